"""Which sets of dimension = value could explain the excess, and what speaks for each?

A suspect is a set of up to `DIMENSIONS_MAX` dimension = value, or two such sets together. With k failures where e
were expected, inside (1) and outside (0) the set, the two-group likelihood asks whether two factors explain the
night better than one: llr = k1 ln(k1/e1) + k0 ln(k0/e0) - k ln(k/e) (Poisson, each factor at its maximum). The
features beside it compare a set with its parts, with the sets it is part of, and with what it leaves over. None of
them knows the name of a dimension or value.
"""

from itertools import combinations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.incidents.leaves import Leaves, expected_failures

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]
Part = tuple[tuple[int, int], ...]
"""(dimension, number of its value) of one set, in the order of the dimensions."""

DIMENSIONS_MAX = 3
SINGLES_MAX = 60
"""Single sets that are compared closely, the most likely first."""
PAIRED = 16
"""Of these, so many are also tried two by two."""
TINY = 0.5
"""Failures added on both sides of a ratio, so that nothing divided by nothing is one."""

FEATURES = (
    "likelihood", "log_likelihood", "explained", "factor", "two_dimensions", "three_dimensions", "is_pair",
    "uneven_inside", "unlike_siblings", "left_outside", "size", "pair_gain",
)  # fmt: skip


class Suspects(Struct, frozen=True, kw_only=True):
    """Suspects with their features, shape (suspects, FEATURES)."""

    parts: tuple[tuple[Part, ...], ...]
    features: Vector
    likelihood: Vector


class _Table(Struct, frozen=True, kw_only=True):
    """Leaves that have something to say: failures k now, failures e expected."""

    codes: NDArray[np.int64]
    failed: Vector
    expected: Vector


def suspects_of(leaves: Leaves) -> Suspects:
    """The likeliest sets, with their features. Empty when there is nothing in excess or no dimension to name."""
    expected = expected_failures(leaves)
    # Only proportions matter: expected failures are scaled to as many as there were.
    expected *= (float(leaves.failed.sum()) + TINY) / max(float(expected.sum()), 1e-9)
    table = _Table(codes=leaves.codes, failed=leaves.failed, expected=expected)
    parts, masks, likelihood = _singles(table)
    if not parts:
        return Suspects(parts=(), features=np.zeros((0, len(FEATURES))), likelihood=np.zeros(0))
    singles: list[tuple[Part, ...]] = [(part,) for part in parts]
    pairs, pair_masks, gain = _pairs(table, parts[:PAIRED], masks[:PAIRED], likelihood)
    everything = [*singles, *pairs]
    all_masks = np.concatenate([masks, pair_masks])
    return Suspects(
        parts=tuple(everything),
        features=_features(table, everything, all_masks, masks, np.concatenate([np.zeros(len(singles)), gain])),
        likelihood=two_groups(table.failed, table.expected, all_masks),
    )


def two_groups(failed: Vector, expected: Vector, masks: Mask) -> Vector:
    """The log likelihood ratio of each mask (sets, leaves); 0 where the inside is not the worse side."""
    inside_k, inside_e = masks @ failed, masks @ expected
    return ratio_of(inside_k, inside_e, float(failed.sum()), float(expected.sum()))


def ratio_of(inside_k: Vector, inside_e: Vector, k: Vector | float, e: Vector | float) -> Vector:
    """The ratio from sums: inside the set, and in all."""
    outside_k, outside_e = k - inside_k, e - inside_e
    ratio = _gain(inside_k, inside_e) + _gain(outside_k, outside_e) - _gain(k, e)
    worse = (inside_k + TINY) / (inside_e + TINY) > (outside_k + TINY) / (outside_e + TINY)
    return np.where(worse, np.maximum(ratio, 0.0), 0.0)


def _gain(k: Vector | float, e: Vector | float) -> Vector:
    k, e = np.maximum(np.asarray(k, np.float64), 0.0), np.maximum(np.asarray(e, np.float64), 0.0)
    return np.asarray((k + TINY) * np.log((k + TINY) / (e + TINY)))


def _singles(table: _Table) -> tuple[list[Part], Mask, Vector]:
    """The likeliest single sets of up to three dimensions, best first."""
    k, e = float(table.failed.sum()), float(table.expected.sum())
    found: list[tuple[float, Part]] = []
    dimensions = table.codes.shape[1]
    for size in range(1, min(DIMENSIONS_MAX, dimensions) + 1):
        for chosen in combinations(range(dimensions), size):
            found += _best_of(table, chosen, k, e)
    found.sort(key=lambda scored: (-scored[0], scored[1]))
    parts = [part for _, part in found[:SINGLES_MAX]]
    masks = (
        np.stack([mask_of(table.codes, part) for part in parts]) if parts else np.zeros((0, len(table.codes)), np.bool_)
    )
    return parts, masks, np.array([score for score, _ in found[: len(parts)]])


def _best_of(table: _Table, chosen: tuple[int, ...], k: float, e: float) -> list[tuple[float, Part]]:
    codes = table.codes[:, chosen]
    spans = codes.max(axis=0) + 2
    flat = np.ravel_multi_index(tuple((codes + 1).T), tuple(spans))
    sets, member = np.unique(flat, return_inverse=True)
    likelihood = ratio_of(_total(member, table.failed), _total(member, table.expected), k, e)
    named = np.stack(np.unravel_index(sets, tuple(spans)), axis=1) - 1
    best = np.argsort(-likelihood, kind="stable")[:SINGLES_MAX]
    return [
        (float(likelihood[row]), tuple(zip(chosen, map(int, named[row]), strict=True)))
        for row in best
        if named[row].min() >= 0
    ]


def mask_of(codes: NDArray[np.int64], part: Part) -> Mask:
    """The leaves that a set holds."""
    return np.asarray(np.logical_and.reduce([codes[:, dimension] == value for dimension, value in part]))


def _total(member: NDArray[np.int64], weights: Vector) -> Vector:
    return np.bincount(member, weights=weights).astype(np.float64)


def _pairs(
    table: _Table, parts: list[Part], masks: Mask, likelihood: Vector
) -> tuple[list[tuple[Part, ...]], Mask, Vector]:
    """Two sets together, neither inside the other, with what the second adds to the better one."""
    chosen = [
        (one, other)
        for one, other in combinations(range(len(parts)), 2)
        if not (set(parts[one]) <= set(parts[other]) or set(parts[other]) <= set(parts[one]))
    ]
    if not chosen:
        return [], np.zeros((0, len(table.codes)), np.bool_), np.zeros(0)
    together = np.stack([masks[one] | masks[other] for one, other in chosen])
    gain = two_groups(table.failed, table.expected, together)
    gain -= np.array([max(likelihood[one], likelihood[other]) for one, other in chosen])
    return [(parts[one], parts[other]) for one, other in chosen], together, gain


def _features(table: _Table, parts: list[tuple[Part, ...]], masks: Mask, singles: Mask, pair_gain: Vector) -> Vector:
    k, e = float(table.failed.sum()), float(table.expected.sum())
    inside_k, inside_e = masks @ table.failed, masks @ table.expected
    outside = (k - inside_k + TINY) / (e - inside_e + TINY)
    likelihood = ratio_of(inside_k, inside_e, k, e)
    best = max(float(likelihood.max()), TINY)
    sizes = np.array([max(len(part) for part in several) for several in parts])
    columns = (
        likelihood / best,
        np.log(likelihood + 1.0) - np.log(best + 1.0),
        np.clip((inside_k - inside_e * outside) / max(k - e * outside.min(), 1.0), 0.0, 1.0),
        np.log((inside_k + TINY) / (inside_e + TINY)) - np.log(outside),
        sizes == 2,
        sizes == 3,
        np.array([len(several) == 2 for several in parts]),
        _best_inside(table, masks, singles, inside_k, inside_e) / (likelihood + 1.0),
        _unlike_siblings(table, parts, masks, inside_k, inside_e),
        _best_inside(table, ~masks, singles, k - inside_k, e - inside_e) / (best + 1.0),
        np.log((inside_e + TINY) / (e + TINY)),
        pair_gain / best,
    )
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)


def _best_inside(table: _Table, masks: Mask, singles: Mask, k: Vector, e: Vector) -> Vector:
    """How much better two factors would explain the inside of each mask, split by the best single set."""
    split_k = (masks * table.failed) @ singles.T.astype(np.float64)
    split_e = (masks * table.expected) @ singles.T.astype(np.float64)
    return np.asarray(ratio_of(split_k, split_e, k[:, None], e[:, None]).max(axis=1))


def _unlike_siblings(
    table: _Table, parts: list[tuple[Part, ...]], masks: Mask, inside_k: Vector, inside_e: Vector
) -> Vector:
    """By what factor a set is worse than its nearest siblings: the set without one of its conditions, less itself."""
    found = np.zeros(len(parts))
    for row, several in enumerate(parts):
        factors = [
            _factor(
                table, mask_of(table.codes, tuple(c for c in part if c != left)) if len(part) > 1 else None, masks[row]
            )
            for part in several
            for left in part
        ]
        own = np.log((inside_k[row] + TINY) / (inside_e[row] + TINY))
        found[row] = own - max(factors)
    return found


def _factor(table: _Table, around: Mask | None, inside: Mask) -> float:
    rest = ~inside if around is None else around & ~inside
    return float(np.log((table.failed[rest].sum() + TINY) / (table.expected[rest].sum() + TINY)))
