"""How many tried and how many failed, each second, in all and in each cohort?

A cohort is one value of one dimension; the first row of every matrix is everybody.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.incidents.attempts import Attempts
from kickoff.numbered import Coded
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
    rows = [(_by_second(second, seconds), _by_second(second[attempts.failed], seconds))]
    for dimension, column in attempts.dimensions.items():
        sizes = np.bincount(column.numbers[column.numbers >= 0], minlength=len(column.names))
        largest = [number for number in np.argsort(-sizes, kind="stable")[:COHORTS_MAX] if sizes[number] >= TRIALS_MIN]
        # Where a dimension has one value, its cohort is everybody.
        if len(largest) > 1:
            names += [(dimension, column.names[number]) for number in largest]
            rows += _histograms(column, largest, second, attempts.failed, seconds)
    return Counts(
        names=tuple(names),
        tried=np.stack([tried for tried, _ in rows]),
        failed=np.stack([failed for _, failed in rows]),
    )


def _histograms(
    column: Coded, chosen: Sequence[int], second: NDArray[np.int64], failed: NDArray[np.bool_], seconds: int
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """(trials, failures) by second of each chosen value. PERF: all values in one pass over the rows."""
    place = np.full(len(column.names) + 1, len(chosen), np.int64)
    place[chosen] = np.arange(len(chosen))
    slot = place[column.numbers] * seconds + second
    cells = (len(chosen) + 1) * seconds
    tried, bad = (_by_second(one, cells).reshape(-1, seconds) for one in (slot, slot[failed]))
    return list(zip(tried[:-1], bad[:-1], strict=True))


def _by_second(second: NDArray[np.int64], seconds: int) -> NDArray[np.float64]:
    return np.bincount(second, minlength=seconds).astype(np.float64)
