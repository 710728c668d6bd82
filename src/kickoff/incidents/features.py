"""What speaks for each suspect? Nine numbers, none of which knows the name of a dimension or value.

A large night makes every difference significant: leaves vary more than chance, and a likelihood that believes each
count prefers whatever set fits the largest leaves. Three likelihoods therefore stand side by side, from trusting to
wary: Poisson counts of the two groups; leaves whose factors scatter by a gamma law (negative binomial); and log
ratios with an error of their own. Each is given as a share of the best suspect's.
"""

import numpy as np
from numpy.typing import NDArray

from kickoff.incidents.suspects import TINY, Mask, Part, Suspects, Table, are_siblings, mask_of, two_groups

Vector = NDArray[np.float64]

FEATURES = (
    "likelihood", "leaf_likelihood", "ratio_likelihood", "explained", "unlike_siblings", "uneven_inside", "leaves_hit",
    "is_pair", "are_siblings",
)  # fmt: skip

LEAF_SHAPE = 8.0
"""Shape of the gamma law of the leaves' factors: they scatter by about a third around their group's."""
RATIO_ERROR = 0.5
"""Standard deviation of a leaf's log ratio beyond that of its counts."""


class Compared:
    """The sums inside and outside each suspect, and its features."""

    def __init__(self, suspects: Suspects) -> None:
        self._suspects = suspects
        table = suspects.table
        self._held = suspects.masks.astype(np.float64)
        self._k, self._e = float(table.failed.sum()), float(table.expected.sum())
        self._inside_k, self._inside_e = self._held @ table.failed, self._held @ table.expected
        self._inside = (self._inside_k + TINY) / (self._inside_e + TINY)
        self._outside = (self._k - self._inside_k + TINY) / (self._e - self._inside_e + TINY)
        self.likelihood = two_groups(self._inside_k, self._inside_e, self._k, self._e)
        """Log evidence that the suspect's failures differ from the others'."""
        self.factor = np.log(self._inside / self._outside)
        """Log of how many times more often its attempts fail, beyond what was expected, than the others'."""

    def features(self) -> Vector:
        """Shape (suspects, FEATURES)."""
        table, parts = self._suspects.table, self._suspects.parts
        excess = np.maximum(self._inside_k - self._inside_e * self._outside, 0.0)
        columns = (
            _share_of_best(self.likelihood),
            _share_of_best(self._leaf_likelihood(table)),
            _share_of_best(self._ratio_likelihood(table)),
            np.minimum(excess / max(self._k - self._e * float(self._outside.min()), 1.0), 1.0),
            self.factor - self._siblings(table),
            np.log1p(self._best_inside(table)),
            self._leaves_hit(table),
            np.array([len(several) == 2 for several in parts]),
            np.array([len(several) == 2 and are_siblings(several[0], several[1]) for several in parts]),
        )
        return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)

    def _leaf_likelihood(self, table: Table) -> Vector:
        """Two factors against one, each leaf's own factor drawn from a gamma law around its group's."""

        def log_likelihood(factor: Vector) -> Vector:
            mean = np.maximum(factor * table.expected, 1e-9)
            spread = np.log(LEAF_SHAPE + mean)
            return np.asarray(LEAF_SHAPE * (np.log(LEAF_SHAPE) - spread) + table.failed * (np.log(mean) - spread))

        one_factor = log_likelihood(np.ones(1)).sum()
        # PERF: a third of the time goes into these logarithms; each leaf's own group alone is asked for.
        own = np.where(self._suspects.masks, self._inside[:, None], self._outside[:, None])
        two = log_likelihood(own).sum(axis=1)
        return np.asarray(np.maximum(two - one_factor, 0.0))

    def _ratio_likelihood(self, table: Table) -> Vector:
        """Half the weighted sum of squares between the two groups' mean log ratios, where the inside is the worse."""
        ratio = np.log((table.failed + TINY) / (table.expected + TINY))
        weight = 1.0 / (1.0 / (np.maximum(table.expected, table.failed) + TINY) + RATIO_ERROR**2)
        inside, total = self._held @ weight, float(weight.sum())
        sums = self._held @ (weight * ratio)
        outside = np.maximum(total - inside, 1e-9)
        apart = sums / np.maximum(inside, 1e-9) - (float((weight * ratio).sum()) - sums) / outside
        return np.asarray(0.5 * inside * outside / total * np.maximum(apart, 0.0) ** 2)

    def _siblings(self, table: Table) -> Vector:
        """The worst sibling's log factor: who shares all conditions of a part but one, and is not of the suspect."""
        found = np.zeros(len(self._suspects.parts))
        for row, several in enumerate(self._suspects.parts):
            beside = [_without(table, part, left, self._suspects.masks[row]) for part in several for left in part]
            found[row] = max(
                np.log((table.failed[rest].sum() + TINY) / (table.expected[rest].sum() + TINY)) for rest in beside
            )
        return found - np.log(self._outside)

    def _best_inside(self, table: Table) -> Vector:
        """How much better two factors would explain the inside, split by the single set that splits it best."""
        singles = self._held[: self._suspects.singles].T
        split_k, split_e = (self._held * table.failed) @ singles, (self._held * table.expected) @ singles
        split = two_groups(split_k, split_e, self._inside_k[:, None], self._inside_e[:, None])
        return np.asarray(split.max(axis=1))

    def _leaves_hit(self, table: Table) -> Vector:
        """Share of the inside, by expected failures, in leaves that are nearer to its factor than to the outside's."""
        between = np.sqrt(self._inside * self._outside)
        is_hit = table.failed > between[:, None] * table.expected
        return np.asarray((self._held * is_hit) @ table.expected / np.maximum(self._inside_e, 1e-9))


def _without(table: Table, part: Part, left: tuple[int, int], own: Mask) -> Mask:
    """The leaves that fulfil a part but for one condition, less the suspect's own."""
    return mask_of(table.codes, tuple(condition for condition in part if condition != left)) & ~own


def _share_of_best(likelihood: Vector) -> Vector:
    return likelihood / max(float(likelihood.max()), TINY)
