"""Which sets of dimension = value could explain the excess?

A suspect is a set of up to `DIMENSIONS_MAX` dimension = value, or two such sets together. With k failures where e
were expected, inside (1) and outside (0) the set, the two-group likelihood asks whether two factors explain the
night better than one: k1 ln(k1/e1) + k0 ln(k0/e0) - k ln(k/e) (Poisson, each factor at its maximum). The likeliest
sets of each size, and the likeliest pairs of them, are compared closely (`features`).
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
SINGLES_MAX = (14, 26, 24)
"""Sets of one, two and three dimensions that are compared closely, the likeliest first."""
PAIRS_MAX = 60
"""Pairs of these sets, the likeliest first."""
SIBLINGS_MAX = 30
"""Pairs of sets besides that differ in one value only: two bitrates, two networks on the same line."""
TINY = 0.5
"""Failures added on both sides of a ratio, so that nothing divided by nothing is one."""


class Table(Struct, frozen=True, kw_only=True):
    """Leaves: failures now, and failures expected, scaled to as many in all; only proportions matter."""

    codes: NDArray[np.int64]
    failed: Vector
    expected: Vector


class Suspects(Struct, frozen=True, kw_only=True):
    """The sets to compare, each of one part or two, with the leaves that they hold."""

    table: Table
    parts: tuple[tuple[Part, ...], ...]
    masks: Mask
    """Shape (suspects, leaves)."""
    singles: int
    """The first so many suspects have one part."""


def suspects_of(leaves: Leaves) -> Suspects:
    """The likeliest sets. Empty when there is no dimension to name, or nothing failed."""
    expected = expected_failures(leaves)
    expected *= (float(leaves.failed.sum()) + TINY) / max(float(expected.sum()), 1e-9)
    table = Table(codes=leaves.codes, failed=leaves.failed, expected=expected)
    parts = _singles(table) if leaves.failed.any() else []
    if not parts:
        return Suspects(table=table, parts=(), masks=np.zeros((0, len(expected)), np.bool_), singles=0)
    masks = np.stack([mask_of(table.codes, part) for part in parts])
    pairs = _pairs(table, parts, masks)
    together = [masks[one] | masks[other] for one, other in pairs]
    return Suspects(
        table=table,
        parts=(*((part,) for part in parts), *((parts[one], parts[other]) for one, other in pairs)),
        masks=np.stack([*masks, *together]),
        singles=len(parts),
    )


def largest_of(leaves: Leaves, most: int) -> list[tuple[Part, ...]]:
    """The sets of fewest conditions, those of most attempts first; after them pairs of values of one dimension."""
    found: list[tuple[int, float, Part]] = []
    for size in range(1, DIMENSIONS_MAX + 1):
        for chosen in combinations(range(len(leaves.dimensions)), size):
            sets, member = np.unique(leaves.codes[:, chosen], axis=0, return_inverse=True)
            tried = _total(member.reshape(-1), leaves.tried)
            found += [
                (size, -float(tried[row]), tuple(zip(chosen, map(int, values), strict=True)))
                for row, values in enumerate(sets)
                if values.min() >= 0
            ]
        if len(found) >= most:
            break
    parts = [part for _, _, part in sorted(found)[:most]]
    pairs = [pair for pair in combinations(parts, 2) if are_siblings(*pair)]
    return [*((part,) for part in parts), *pairs][:most]


def two_groups(inside_k: Vector, inside_e: Vector, k: Vector | float, e: Vector | float) -> Vector:
    """The log likelihood ratio of two factors over one, from sums inside and in all; 0 where the inside is better."""
    outside_k, outside_e = k - inside_k, e - inside_e
    ratio = _gain(inside_k, inside_e) + _gain(outside_k, outside_e) - _gain(k, e)
    is_worse = (inside_k + TINY) / (inside_e + TINY) > (outside_k + TINY) / (outside_e + TINY)
    return np.where(is_worse, np.maximum(ratio, 0.0), 0.0)


def mask_of(codes: NDArray[np.int64], part: Part) -> Mask:
    """The leaves that a set holds; the empty set of conditions holds all."""
    held = np.ones(len(codes), np.bool_)
    for dimension, value in part:
        held &= codes[:, dimension] == value
    return held


def _gain(k: Vector | float, e: Vector | float) -> Vector:
    k, e = np.maximum(np.asarray(k, np.float64), 0.0), np.maximum(np.asarray(e, np.float64), 0.0)
    return np.asarray((k + TINY) * np.log((k + TINY) / (e + TINY)))


def _singles(table: Table) -> list[Part]:
    """The likeliest sets of each size, best first."""
    dimensions = table.codes.shape[1]
    kept: list[tuple[float, Part]] = []
    for size, most in zip(range(1, DIMENSIONS_MAX + 1), SINGLES_MAX, strict=True):
        found = [scored for chosen in combinations(range(dimensions), size) for scored in _best_of(table, chosen, most)]
        kept += sorted(found, key=lambda scored: (-scored[0], scored[1]))[:most]
    return [part for _, part in sorted(kept, key=lambda scored: (-scored[0], scored[1]))]


def _best_of(table: Table, chosen: tuple[int, ...], most: int) -> list[tuple[float, Part]]:
    """The likeliest sets over these dimensions; unrecorded values name nothing."""
    codes = table.codes[:, chosen] + 1
    spans = tuple(codes.max(axis=0) + 1)
    sets, member = np.unique(np.ravel_multi_index(tuple(codes.T), spans), return_inverse=True)
    likelihood = two_groups(
        _total(member, table.failed), _total(member, table.expected), table.failed.sum(), table.expected.sum()
    )
    named = np.stack(np.unravel_index(sets, spans), axis=1) - 1
    best = np.argsort(-likelihood, kind="stable")[:most]
    return [
        (float(likelihood[row]), tuple(zip(chosen, map(int, named[row]), strict=True)))
        for row in best
        if named[row].min() >= 0
    ]


def _total(member: NDArray[np.int64], weights: Vector) -> Vector:
    return np.bincount(member, weights=weights).astype(np.float64)


def _pairs(table: Table, parts: list[Part], masks: Mask) -> list[tuple[int, int]]:
    """Two sets together, neither inside the other: the likeliest, and the likeliest that differ in one value only."""
    likelihood = _likelihood_together(table, masks)
    apart = [
        (one, other)
        for one, other in combinations(range(len(parts)), 2)
        if not (set(parts[one]) <= set(parts[other]) or set(parts[other]) <= set(parts[one]))
    ]
    apart.sort(key=lambda pair: -likelihood[pair])
    siblings = [pair for pair in apart if are_siblings(parts[pair[0]], parts[pair[1]])]
    likely = [pair for pair in apart[:PAIRS_MAX] if likelihood[pair] > 0]
    return list(dict.fromkeys([*likely, *siblings[:SIBLINGS_MAX]]))


def are_siblings(one: Part, other: Part) -> bool:
    """Whether two sets are over the same dimensions and differ in one value."""
    if [dimension for dimension, _ in one] != [dimension for dimension, _ in other]:
        return False
    return sum(mine != yours for mine, yours in zip(one, other, strict=True)) == 1


def _likelihood_together(table: Table, masks: Mask) -> Vector:
    """Shape (sets, sets): the two-group likelihood of each two sets' union."""
    held = masks.astype(np.float64)
    inside_k, inside_e = held @ table.failed, held @ table.expected
    both_k, both_e = (held * table.failed) @ held.T, (held * table.expected) @ held.T
    union_k = inside_k[:, None] + inside_k - both_k
    union_e = inside_e[:, None] + inside_e - both_e
    return two_groups(union_k, union_e, float(table.failed.sum()), float(table.expected.sum()))
