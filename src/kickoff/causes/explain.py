"""Why did it happen, how sure is that, and what would settle it?"""

from math import exp, log

import numpy as np
import pyarrow as pa

from kickoff.causes.evening import Evening, Window, window_of
from kickoff.causes.expectations import CAUSES, HYPOTHESES, expected_instead, is_open, weights
from kickoff.causes.signs import Sign, attempts_per_subject, signs_of
from kickoff.findings import Cause, Evidence, Incident, Verdict
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs

FAILURES_MIN = 30
"""Fewer failures than this bear no verdict."""
SECONDS_MIN = 10
"""Nor does an incident that has only just begun."""
SURE = 0.85
"""Probability from which on a cause is named."""
MALICE_SURE = 0.95
"""The same for malice: a wrong "malice" is the worst answer."""
MALICE_SIGNS = 2
"""And so many signs must each favour it by more than a factor of e."""
EVIDENCE_MAX = 24
"""So many pieces of evidence are told, the weightiest first."""
RETRIES = 1.8
"""Failed attempts of each subject, from which on it is a storm of retries."""
STATEMENT_MINUTES = 10
"""Minutes of the match until the next statement."""

Weighed = tuple[Sign, tuple[float, ...]]
"""A sign with its log likelihood under each hypothesis."""

SETTLES = {
    Cause.TOO_EARLY: "more attempts: the signs so far do not tell the causes apart",
    Cause.NONE: "nothing: there is nothing to explain",
    Cause.CAPACITY: "a load test at this night's arrival rate; the dependency's health once the crowd is gone",
    Cause.FAULT: "the change log and the error log of what the scope names, at the minute it began",
    Cause.MALICE: "the networks and accounts that took part, held against the account holders' own words",
    Cause.MIXED: "each incident by itself, in the order in which they began",
}


def explain(
    facts: pa.Table, subscribers: pa.Table, night: Night, incidents: tuple[Incident, ...], until: AtUs
) -> Verdict:
    """Weigh the signs of each incident; one verdict for the night.

    facts, subscribers: the journal's tables, columns may be missing · until: µs UTC, no later row is used.
    """
    if not incidents:
        nothing = {str(cause): 0.0 for cause in CAUSES} | {str(Cause.NONE): 1.0}
        return _statement(Cause.NONE, nothing, (), night, until)
    evening = Evening(facts, until)
    windows = [window_of(evening, incident) for incident in incidents]
    weighed = [
        [(sign, weights(sign.name, sign.measure)) for sign in signs_of(evening, incident, window)]
        for incident, window in zip(incidents, windows, strict=True)
    ]
    each = [_posterior(signs) for signs in weighed]
    said = [
        _said(chances, signs) if _is_ripe(incident, window) else Cause.TOO_EARLY
        for incident, window, chances, signs in zip(incidents, windows, each, weighed, strict=True)
    ]
    sizes = np.array([max(1, window.failures) for window in windows], np.float64)
    chances = {cause: float(np.average([one[cause] for one in each], weights=sizes)) for cause in CAUSES}
    names = [str(incident.metric).replace("_", " ") for incident in incidents]
    evidence = [*_evidence(weighed, names), *_retry_storms(evening, windows, subscribers)]
    probabilities = {str(cause): round(chance, 4) for cause, chance in chances.items()} | {str(Cause.NONE): 0.0}
    return _statement(_together(said, sizes), probabilities, tuple(evidence), night, until)


def _posterior(signs: list[Weighed]) -> dict[Cause, float]:
    scores = [log(one.prior) + sum(weight[number] for _, weight in signs) for number, one in enumerate(HYPOTHESES)]
    odds = [exp(score - max(scores)) for score in scores]
    return {
        cause: sum(odd for odd, one in zip(odds, HYPOTHESES, strict=True) if one.cause is cause) / sum(odds)
        for cause in CAUSES
    }


def _is_ripe(incident: Incident, window: Window) -> bool:
    long_enough = incident.ended_at is not None or window.ended - window.began >= SECONDS_MIN * US_PER_S
    # A silence is made of those who are not there: its own test has counted them.
    return long_enough and (window.failures >= FAILURES_MIN or incident.metric == "silence")


def _said(chances: dict[Cause, float], signs: list[Weighed]) -> Cause:
    best = max(CAUSES, key=lambda cause: chances[cause])
    if best is Cause.MALICE:
        favoured = [_favour(sign, weight) for sign, weight in signs]
        speaking = sum(cause is Cause.MALICE and ratio > 1 for cause, ratio in favoured)
        is_sure = chances[best] >= MALICE_SURE and speaking >= MALICE_SIGNS
    else:
        is_sure = chances[best] >= SURE
    return best if is_sure else Cause.TOO_EARLY


def _together(said: list[Cause], sizes: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Cause:
    """Several incidents with different causes are mixed; one undecided larger than the others leaves all undecided."""
    decided = {cause for cause in said if cause is not Cause.TOO_EARLY}
    undecided = sizes[[cause is Cause.TOO_EARLY for cause in said]].sum()
    if not decided or undecided > sizes.sum() / 2:
        return Cause.TOO_EARLY
    return decided.pop() if len(decided) == 1 else Cause.MIXED


def _favour(sign: Sign, weight: tuple[float, ...]) -> tuple[Cause, float]:
    """(the cause a sign favours, by what log ratio over the next), among the causes that say something of it."""
    by_cause = {
        one.cause: score for one, score in zip(HYPOTHESES, weight, strict=True) if not is_open(sign.name, one.cause)
    }
    best, second, *_ = sorted(by_cause, key=lambda cause: -by_cause[cause])
    return best, by_cause[best] - by_cause[second]


def _evidence(weighed: list[list[Weighed]], names: list[str]) -> list[Evidence]:
    """Strongest first, each saying of which incident it speaks where there are several."""
    found = []
    signs = [(name, *one) for name, own in zip(names, weighed, strict=True) for one in own]
    for name, sign, weight in signs:
        favours, ratio = _favour(sign, weight)
        found.append(
            Evidence(
                fact=sign.words if len(names) == 1 else f"{name}: {sign.words}",
                value=round(sign.measure, 4),
                expected=expected_instead(sign.name, favours),
                favours=favours,
                weight=round(ratio, 3),
            )
        )
    return sorted(found, key=lambda one: (-one.weight, one.fact))[:EVIDENCE_MAX]


def _retry_storms(evening: Evening, windows: list[Window], subscribers: pa.Table) -> list[Evidence]:
    """Genuine people who try again and again look like a flood; they are counted and called what they are."""
    found = []
    known = subscribers["subject"].to_numpy() if "subject" in subscribers.column_names else np.zeros(0, np.int64)
    subject = evening.integers("subject", 0)
    for window in windows:
        each, people = attempts_per_subject(evening, window)
        if each >= RETRIES and people >= FAILURES_MIN:
            share = float(np.isin(np.unique(subject[window.failed & window.now]), known).mean()) if len(known) else 0.0
            words = f"{people:,} who failed did so {each:.1f} times each: a storm of retries, not a flood"
            if share:
                words += f"; {share:.0%} of them are known as subscribers"
            found.append(Evidence(fact=words, value=round(each, 2), expected=1.0, favours=Cause.CAPACITY, weight=0.0))
    return found


def _statement(
    verdict: Cause, probabilities: dict[str, float], evidence: tuple[Evidence, ...], night: Night, until: AtUs
) -> Verdict:
    over = bool(night.starts_at) and until >= night.at(night.schedule.end)
    pause_us = round(STATEMENT_MINUTES * night.match_minute_s * US_PER_S)
    return Verdict(
        verdict=verdict,
        probabilities=probabilities,
        evidence=evidence,
        settles=SETTLES[verdict],
        next_statement_at=None if over else AtUs(until + pause_us),
    )
