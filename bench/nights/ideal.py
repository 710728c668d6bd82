"""The same posterior of those shut out, given the world's true parameters: what nobody could know better.

True are a cohort's share of all, the shape of the evening, the share of apps that tell, and when it began and ended;
how many came of how many is chance all the same.
"""

from math import sqrt

import msgspec
import numpy as np

from bench.nights import curves
from bench.nights.plans import KICK_OFF_MIN, Plan
from kickoff.aftermath.answers import Evening
from kickoff.findings import Incident, Metric
from kickoff.impact.away import Silence, unseen_of
from kickoff.impact.rows import rows_of
from kickoff.impact.silences import silence_of
from kickoff.units import US_PER_S

TELLS_SPREAD = 0.01


def widths(evening: Evening, incidents: tuple[Incident, ...], plan: Plan) -> tuple[int, int] | None:
    """(width of the product's 90 % range of the unseen, width with true parameters), over all silences."""
    quiet = [incident for incident in incidents if incident.metric is Metric.SILENCE]
    if not quiet:
        return None
    rows = rows_of(evening.facts, evening.subscribers, evening.until)
    own = better = 0.0
    for incident in quiet:
        known = silence_of(rows, incident, evening.view.night, evening.earlier, evening.until)
        if known is None:
            continue
        own += _width(known) ** 2
        better += _width(_told_the_truth(known, incident, evening, plan)) ** 2
    return round(sqrt(own)), round(sqrt(better))


def _width(silence: Silence) -> float:
    found = unseen_of(silence)
    return float(found.high - found.low)


def _told_the_truth(known: Silence, incident: Incident, evening: Evening, plan: Plan) -> Silence:
    share = 0.0
    for cause in incident.scope.causes:
        share += float(np.prod([plan.shares[name][value] for name, value in cause.items()]))
    expected = max(known.expected, 1.0)
    if incident.scope.causes and 0 < share < 1:
        others = expected * (1 - share) / share
        spread = sqrt(expected + expected**2 / others)
    else:
        spread = sqrt(expected + expected**2 / max(1.0, _before(evening, incident, plan)))
    return msgspec.structs.replace(
        known, expected=expected, spread=spread, tells=plan.law("says_so"), tells_spread=TELLS_SPREAD
    )


def _before(evening: Evening, incident: Incident, plan: Plan) -> float:
    """How many come before it, by the evening's true shape."""
    _, requests = curves.evenings(plan.regime)[plan.evening]
    shape = curves.shape(requests, rush=plan.law("rush"))[: KICK_OFF_MIN + 106]
    minute = int((incident.began_at - evening.view.night.at(0)) / US_PER_S / plan.minute_s)
    return float(shape[:minute].sum() / shape.sum()) * plan.law("subscribers") * plan.law("come")
