"""The same posterior of those shut out, given the world's true parameters: what nobody could know better.

True are a cohort's share of all, the shape of the evening, the share of apps that tell, the share that is turned away,
the same from first to last; how many came of how many is chance all the same. Since when, until when and whom it hit
are as the product told them.
"""

from math import log

import msgspec
import numpy as np

from bench.nights import curves
from bench.nights.plans import KICK_OFF_MIN, Plan
from kickoff.aftermath.answers import Evening
from kickoff.findings import Incident, Metric, Range
from kickoff.impact.away import Evidence, Floats, shut_out, unseen_of
from kickoff.impact.rows import rows_of
from kickoff.impact.silences import Silence, silence_of
from kickoff.impact.unseen import add
from kickoff.impact.usual import LEVEL
from kickoff.units import US_PER_S

GIVEN_SPREAD = 0.01
"""Of a share."""
SHARE_MAX = 0.99
EXACT = 1e-3
"""Where the world knows a thing exactly: a posterior needs some width of everything."""


def ranges(evening: Evening, incidents: tuple[Incident, ...], plan: Plan) -> tuple[Range, Range] | None:
    """(the product's 90 % range of those shut out who never told, that with true parameters), over all silences."""
    quiet = [incident for incident in incidents if incident.metric is Metric.SILENCE]
    if not quiet:
        return None
    rows = rows_of(evening.facts, evening.subscribers, evening.until)
    own, better = [], []
    for incident in quiet:
        known = silence_of(rows, incident, evening.view.night, evening.earlier, evening.until)
        if known is None:
            continue
        own.append(unseen_of(known.shut_out, known.told))
        better.append(unseen_of(shut_out(_told_the_truth(known, incident, evening, plan)), known.told))
    return add(own), add(better)


def _told_the_truth(known: Silence, incident: Incident, evening: Evening, plan: Plan) -> Evidence:
    true = msgspec.structs.replace(
        known.evidence,
        steady=EXACT,
        tells=_given(plan.law("says_so")),
        turned_away=_given(next((one.share for one in plan.troubles if one.kind == "silence"), 1.0)),
    )
    share = sum(float(np.prod([plan.shares[name][value] for name, value in cause.items()]))
                for cause in incident.scope.causes)  # fmt: skip
    if 0 < share < 1:
        # Chance is left in how many of the others came.
        error = EXACT**2 + np.diag(1 / true.usual)
        return msgspec.structs.replace(true, level=log(share / (1 - share)), unsure=error)
    usual = _shape(known, evening, plan) * true.came.sum()
    level = log((true.came[: true.silent.argmax()].sum() + 0.5) / usual[: true.silent.argmax()].sum())
    error = LEVEL**2 + EXACT**2 * np.eye(len(usual))
    return msgspec.structs.replace(true, usual=usual, level=level, unsure=error)


def _given(share: float) -> tuple[float, float]:
    """Log odds of a share that the world knows, and their spread."""
    held = min(share, SHARE_MAX)
    return log(held / (1 - held)), GIVEN_SPREAD / held / (1 - held)


def _shape(known: Silence, evening: Evening, plan: Plan) -> Floats:
    """The share of all who come in each interval, by the evening's true shape."""
    _, requests = curves.evenings(plan.regime)[plan.evening]
    shape = curves.shape(requests, rush=plan.law("rush"))[: KICK_OFF_MIN + 106]
    came = np.concatenate([[0.0], np.cumsum(shape)]) / shape.sum()
    minutes = (known.edges - evening.view.night.at(0)) / US_PER_S / plan.minute_s
    each = np.diff(np.interp(minutes, np.arange(len(came)), came))
    return np.asarray(np.maximum(each, EXACT / known.evidence.came.sum()))
