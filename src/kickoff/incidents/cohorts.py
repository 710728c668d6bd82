"""How many tried and how many failed, each second, in all and in each cohort?

A cohort is one value of one dimension; the first row of every matrix is everybody.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.incidents.attempts import Attempts
from kickoff.units import US_PER_S, AtUs

COHORTS_MAX = 64
"""Values of one dimension that are watched by themselves, the largest first; the rest is watched in all."""

TRIALS_MIN = 20
"""A cohort of fewer trials in the night so far has nothing to be noticed by."""


class Counts(Struct, frozen=True, kw_only=True):
    """Trials by cohort and second."""

    names: tuple[tuple[str, str], ...]
    """(dimension, value) of each row; ("", "") is everybody."""
    tried: NDArray[np.float64]
    """Shape (cohorts, seconds)."""
    failed: NDArray[np.float64]


def count(attempts: Attempts, *, start: AtUs, until: AtUs) -> Counts:
    """Count trials in whole seconds from `start`; those before it fall into the first."""
    seconds = max(1, -((start - until) // US_PER_S))
    second = np.clip((attempts.at - start) // US_PER_S, 0, seconds - 1)
    names = [("", "")]
    rows = [_histogram(second, attempts.failed, seconds)]
    for dimension, column in attempts.dimensions.items():
        sizes = np.bincount(column.numbers[column.numbers >= 0], minlength=len(column.names))
        largest = [number for number in np.argsort(-sizes, kind="stable")[:COHORTS_MAX] if sizes[number] >= TRIALS_MIN]
        # Where a dimension has one value, its cohort is everybody.
        for number in largest if len(largest) > 1 else ():
            chosen = column.numbers == number
            names.append((dimension, column.names[number]))
            rows.append(_histogram(second[chosen], attempts.failed[chosen], seconds))
    return Counts(
        names=tuple(names),
        tried=np.stack([tried for tried, _ in rows]),
        failed=np.stack([failed for _, failed in rows]),
    )


def _histogram(
    second: NDArray[np.int64], failed: NDArray[np.bool_], seconds: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    tried = np.bincount(second, minlength=seconds).astype(np.float64)
    return tried, np.bincount(second[failed], minlength=seconds).astype(np.float64)
