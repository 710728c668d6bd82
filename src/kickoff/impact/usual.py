"""How many usually come in each interval of an evening, and how far may this evening lie from that?

Where a cohort is silent the others tell: its share of all hardly moves. Where everybody is, earlier nights tell the
shape, and this evening's intervals before and after the silence how far it is from theirs.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import log, sqrt

import numpy as np
from msgspec import Struct

from kickoff.findings import Incident
from kickoff.forecast import EarlierNight
from kickoff.impact.away import Floats, Mask
from kickoff.impact.evening import EVENING_OF_1998

LEVEL = 2.0
"""Standard deviation of the logarithm of the level: this evening is to tell it."""
DRIFT = 0.03
"""Relative: how far a cohort's share of all arrivals moves from night to night, where the nights do not show it."""
DRIFTS = np.geomspace(1e-3, 100, 2_000)
"""Drifts to weigh, of `DRIFT`."""
QUICK, QUICK_MINUTES = 0.18, 3.0
SLOW, SLOW_MINUTES = 0.08, 30.0
"""How far the logarithm of arrivals lies from that of other evenings around kick-off, and over how many minutes it
keeps to one side. On the twelve evenings of June 1998 that may be learnt from, two minutes of that distance differ,
over the root of two, by 0.16 if 2 minutes lie between them, by 0.20 if 4 do, and then hardly more; before and after the
rush by half of that."""
RUSH, CALM = (-10.0, 20.0), 0.5
"""Minutes of the rush, and how far evenings differ outside them, of how far they do within."""
STRANGE = 2.0
"""By so much an evening may lie farther from those of 1998 than these from each other."""
POINTS = 8
"""At so many points of each interval the two scales are averaged."""


class Usual(Struct, frozen=True, kw_only=True):
    """What is known of who comes, before anything is said of who is turned away."""

    count: Floats
    """Up to a factor of `exp(level)`: for each interval, then for what earlier nights stand for."""
    level: float
    unsure: Floats
    """Covariance of its logarithm, the level's own error included."""
    came_earlier: Floats
    """Who came in what earlier nights stand for."""


def usual_by_share(
    own: Floats, others: Floats, is_before: Mask, incident: Incident, earlier: Sequence[EarlierNight]
) -> Usual:
    """The silent ones' share of all, of those others who came in each interval.

    own, others: arrivals in each interval. Earlier nights are one more interval, whose share lies off by the drift.
    """
    before = [counts for night in earlier if (counts := _cohort(night, incident))]
    more = np.array(before, np.float64).sum(axis=0, keepdims=True) if before else np.zeros((0, 2))
    count = np.maximum(np.concatenate([others, more[:, 1]]), 0.5)
    error = 1 / count
    error[len(others) :] += _drift(earlier) ** 2 * (1 + 1 / max(1, len(before)))
    known = own[is_before].sum() + more[:, 0].sum(), others[is_before].sum() + more[:, 1].sum()
    return Usual(
        count=count,
        level=log((known[0] + 0.5) / (known[1] + 0.5)),
        unsure=LEVEL**2 + np.diag(error),
        came_earlier=more[:, 0],
    )


def _cohort(night: EarlierNight, incident: Incident) -> tuple[int, int] | None:
    """(households of the silent cohorts, of the others) on an earlier night; None where it cannot tell."""
    names = [name for cause in incident.scope.causes for name in cause]
    counts = night.cohorts.get(names[0], {}) if len(set(names)) == 1 else {}
    if not counts:
        return None
    values = {value for cause in incident.scope.causes for value in cause.values()}
    own = sum(count for value, count in counts.items() if value in values)
    return own, sum(counts.values()) - own


def _drift(earlier: Sequence[EarlierNight]) -> float:
    """How far shares move from night to night: what chance does not explain between earlier nights.

    By moments, of every cohort at once (Cochran's statistic; DerSimonian and Laird 1986).
    """
    excess = information = freedom = 0.0
    for name in {name for night in earlier for name in night.cohorts}:
        nights = [night.cohorts[name] for night in earlier if night.cohorts.get(name)]
        values = sorted({value for night in nights for value in night})
        counts = np.array([[night.get(value, 0) for value in values] for night in nights], np.float64)
        if len(nights) < 2 or len(values) < 2:
            continue
        whole = counts.sum(axis=1, keepdims=True)
        share = counts.sum(axis=0) / whole.sum()
        free = (len(nights) - 1) * (len(values) - 1)
        excess += float(((counts - share * whole) ** 2 / (share * whole)).sum()) - free
        information += float((share * (1 - share) ** 2 * whole).sum()) * (1 - 1 / len(nights))
        freedom += free
    return _believed(excess / information, sqrt(2 * freedom) / information) if information else DRIFT


def _believed(squared: float, error: float) -> float:
    """Root of the posterior mean of the squared drift: half a normal law as wide as `DRIFT`, and what nights show.

    Where chance explains all, a drift as large as the error of telling it is no likelier than none.
    """
    drift = DRIFTS * DRIFT
    log = -((squared - drift**2) ** 2) / (2 * error**2) - DRIFTS**2 / 2 + np.log(drift)
    return sqrt(np.average(drift**2, weights=np.exp(log - log.max())))


def usual_by_clock(own: Floats, minutes: Floats, is_before: Mask, earlier: Sequence[EarlierNight]) -> Usual:
    """The shape of earlier nights between these minutes of the match clock; where there is none, that of 1998.

    own: arrivals in each interval · minutes: where the intervals begin and end, from kick-off.
    """
    nights = [night for night in earlier if night.came >= 1] or [EVENING_OF_1998]
    far = (1 + 1 / len(nights)) * (STRANGE**2 if nights == [EVENING_OF_1998] else 1.0)
    shape = sum(
        np.array([night.between(since, until) for since, until in pairwise(minutes)]) / night.came for night in nights
    ) / len(nights)
    whole = sum(night.came for night in nights)
    seen = np.asarray(shape) * whole + 0.5
    count = seen / whole
    return Usual(
        count=count,
        level=log((own[is_before].sum() + 0.5) / count[is_before].sum()),
        unsure=LEVEL**2 + far * _covariance(minutes) + np.diag(1 / seen),
        came_earlier=np.zeros(0),
    )


def _covariance(minutes: Floats) -> Floats:
    """Of the means over each interval: two processes that forget exponentially (Ornstein and Uhlenbeck 1930)."""
    within = (np.arange(POINTS) + 0.5) / POINTS
    at = (minutes[:-1, None] + np.diff(minutes)[:, None] * within).ravel()
    apart = np.abs(at[:, None] - at)
    differs = np.where((at > RUSH[0]) & (at < RUSH[1]), 1.0, CALM)
    points = QUICK**2 * np.exp(-apart / QUICK_MINUTES) + SLOW**2 * np.exp(-apart / SLOW_MINUTES)
    count = len(minutes) - 1
    points *= differs[:, None] * differs
    return np.asarray(points.reshape(count, POINTS, count, POINTS).mean(axis=(1, 3)))
