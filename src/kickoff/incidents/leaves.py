"""What does each smallest combination of dimensions count, before the incident and in it?

A leaf is one combination of values. Its baseline is what its own past and its values' past say together: a model of
main effects (each value multiplies the rate) fitted by iterative proportional fitting (Deming and Stephan 1940),
with which a leaf of little past is smoothed.
"""

from collections.abc import Sequence
from math import prod

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.numbered import first_of

Vector = NDArray[np.float64]

FIT_ROUNDS = 6
VALUE_FAILURES = 5.0
"""Failures, as many as were expected, that each value's past begins with: a past without failures says little."""
LEAF_FAILURES = 3.0
"""The same for each leaf's own past beside its values'."""
RATE_MIN = 1e-5

COUNTED_MAX = 4_000_000
"""So many combinations that could be are counted; more are sorted."""

LEAVES_MAX = 20_000
"""More leaves than these would cost a live answer more than a second, and hold next to nothing each."""


class Leaves(Struct, frozen=True, kw_only=True):
    """Counts by leaf. `codes[leaf, d]` is the number of the value in `values[d]`, -1 where it was not recorded."""

    dimensions: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    codes: NDArray[np.int64]
    tried_before: Vector
    failed_before: Vector
    tried: Vector
    failed: Vector
    given_up: tuple[str, ...] = ()
    """Dimensions left out because there would be too many leaves with them."""


def group(
    dimensions: Sequence[str],
    columns: Sequence[NDArray[np.int64]],
    values: Sequence[tuple[str, ...]],
    *,
    tried: Vector,
    failed: Vector,
    is_now: NDArray[np.bool_],
    most: int = LEAVES_MAX,
) -> Leaves:
    """Add up rows by leaf. Dimensions with a single value say nothing about where, and are left out.

    Beyond `most` leaves the dimension whose values differ least in how often they fail now is given up, and so
    on; at once one that has more values than that by itself, as the numbers of households have.
    """
    varied = [index for index, column in enumerate(columns) if len(column) and column.min() < column.max()]
    kept = [index for index in varied if len(values[index]) <= most]
    first, leaf = _numbered([columns[index] for index in kept], len(tried))
    while len(first) > most:
        kept.remove(min(kept, key=lambda index: _unevenness(columns[index], tried * is_now, failed * is_now)))
        first, leaf = _numbered([columns[index] for index in kept], len(tried))
    leaves = (
        np.stack([columns[index][first] for index in kept], axis=1) if kept else np.zeros((len(first), 0), np.int64)
    )

    def total(weights: Vector, chosen: NDArray[np.bool_]) -> Vector:
        return np.bincount(leaf[chosen], weights=weights[chosen], minlength=len(leaves)).astype(np.float64)

    return Leaves(
        dimensions=tuple(dimensions[index] for index in kept),
        values=tuple(values[index] for index in kept),
        codes=leaves,
        tried_before=total(tried, ~is_now),
        failed_before=total(failed, ~is_now),
        tried=total(tried, is_now),
        failed=total(failed, is_now),
        given_up=tuple(dimensions[index] for index in varied if index not in kept),
    )


def _numbered(columns: Sequence[NDArray[np.int64]], rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(the first row of each leaf, the number of each row's leaf): leaves rise by dimension after dimension."""
    spans = [int(column.max()) + 2 for column in columns]
    if columns and prod(spans) <= COUNTED_MAX:
        # PERF: millions of trials are counted in a fifth of the time in which they are sorted (make bench-answers).
        whole = np.ravel_multi_index(tuple(column + 1 for column in columns), tuple(spans))
        first = first_of(whole, np.arange(rows), prod(spans))
        number = np.empty(prod(spans), np.int64)
        number[whole[first]] = np.arange(len(first))
        return first, number[whole]
    leaf = np.zeros(rows, np.int64)
    first = np.zeros(min(rows, 1), np.int64)
    for column in columns:
        # Renumbered at each step, a number stays below rows x values, whatever the dimensions multiply to.
        numbers = leaf * (int(column.max()) + 2) + column + 1
        _, first, leaf = np.unique(numbers, return_index=True, return_inverse=True)
    return first, leaf.reshape(-1)


def _unevenness(column: NDArray[np.int64], tried: Vector, failed: Vector) -> float:
    """The most standard deviations by which a value's failures are away from everybody's rate."""
    expected = np.bincount(column + 1, weights=tried) * (failed.sum() / max(float(tried.sum()), 1.0))
    seen = np.bincount(column + 1, weights=failed)
    return float((np.abs(seen - expected) / np.sqrt(expected + 1.0)).max())


def expected_failures(leaves: Leaves) -> Vector:
    """Failures that each leaf would have now if nothing had changed."""
    main = _main_effects(leaves)
    own = (leaves.failed_before + LEAF_FAILURES) / (leaves.tried_before * main + LEAF_FAILURES)
    return np.asarray(leaves.tried * np.clip(main * own, RATE_MIN, 1.0))


def _main_effects(leaves: Leaves) -> Vector:
    """Rate of each leaf by its values alone: average × an effect of each value, drawn towards one."""
    tried, failed = leaves.tried_before, leaves.failed_before
    average = (failed.sum() + 0.5) / (tried.sum() + 50.0)
    effects = [np.ones(len(names) + 1) for names in leaves.values]
    rate = np.full(len(tried), average)
    for _ in range(FIT_ROUNDS):
        for dimension, effect in enumerate(effects):
            code = leaves.codes[:, dimension] + 1
            without = rate / effect[code]
            seen = np.bincount(code, weights=failed, minlength=len(effect))
            fitted = np.bincount(code, weights=tried * without, minlength=len(effect))
            effects[dimension] = (seen + VALUE_FAILURES) / (fitted + VALUE_FAILURES)
            rate = without * effects[dimension][code]
    return np.asarray(np.clip(rate, RATE_MIN, 1.0))
