"""Was a version replaced? Whoever misses its people finds them in another version.

A cohort's share of arrivals falls when its people stay away, and when they come as another value: a release replaces
a version, at once or by and by. If they stay away, the others' mix among themselves is as it was. If they come as
another value, that one has among the others as much more as the cohort has lost. Each arrival is held against both,
for every value that may have gained; what stands first at 1,000 to 1 is believed (Wald 1945), and until then they are
missing.
"""

from math import log

import numpy as np
from numpy.typing import NDArray

from kickoff.incidents.cohorts import Counts
from kickoff.incidents.sequential import CALM, Alarm
from kickoff.incidents.silence import SHARE_MIN

Matrix = NDArray[np.float64]

REPLACED = ("app",)
"""Dimensions whose value a household may change within an evening without doing anything."""


def is_replaced(arrivals: Counts, cohort: int, alarm: Alarm, *, learnt_from: int, until: int) -> bool:
    """Whether a cohort that is missed from `alarm.since` to `until` came as another value.

    learnt_from: the first second of what was usual before. Arrivals are as `silence.count_arrivals` counts them.
    """
    if arrivals.names[cohort][0] not in REPLACED:
        return False
    own, others = arrivals.tried[cohort] - arrivals.failed[cohort], _others(arrivals, cohort)
    usual = others[:, learnt_from : alarm.since].sum(axis=1)
    known = float(own[learnt_from : alarm.since].sum() + usual.sum())
    if usual.sum() < SHARE_MIN * known:
        # Next to nobody had anything else: were they missing, everybody would be, and that is tested elsewhere.
        return True
    span = slice(alarm.since, alarm.second + 1)
    lost = 1.0 - alarm.base - float(own[span].sum() / max(arrivals.tried[cohort, span].sum(), 1.0))
    # Shares are known to so many arrivals, and one household with a version of its own proves no release.
    shares = usual / max(known, 1.0)
    most = np.maximum(shares + np.sqrt(shares * (1 - shares) / max(known, 1.0)), SHARE_MIN)
    came = np.cumsum(others[:, alarm.since : until], axis=1)
    # What it has lost is known of the time up to the alarm as a whole: a release by degrees begins with less.
    came = came[:, min(alarm.second - alarm.since, came.shape[1] - 1) :]
    evidence = (
        gained * log(1 + lost / share) - came.sum(axis=0) * log(1 + lost / (share + rest))
        for gained, share, rest in zip(came, most.tolist(), (shares.sum() - shares).tolist(), strict=True)
    )
    return lost > 0 and any(map(_is_believed, evidence))


def _others(arrivals: Counts, cohort: int) -> Matrix:
    """Arrivals of every other value of the dimension by second; the last row is those of values too rare to name."""
    dimension = arrivals.names[cohort][0]
    came = arrivals.tried - arrivals.failed
    rows = [row for row, (name, _) in enumerate(arrivals.names) if name == dimension]
    rest = arrivals.tried[cohort] - came[rows].sum(axis=0)
    return np.stack([*(came[row] for row in rows if row != cohort), rest])


def _is_believed(evidence: Matrix) -> bool:
    """Whether the log evidence for reaches 1,000 to 1 before the evidence against does."""
    decided = np.flatnonzero(np.abs(evidence) >= CALM)
    return len(decided) > 0 and bool(evidence[decided[0]] > 0)
