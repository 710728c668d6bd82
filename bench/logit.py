"""Fits a conditional logit: which of several candidates is the right one, by their features?

The chance of candidate i is exp(w·x_i) ÷ the sum over its rivals (McFadden 1974). Weights are drawn towards nought
by a ridge on features of unit spread; how strongly is chosen by cross-validation within what may be learnt from.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.optimize import minimize

Vector = NDArray[np.float64]

RIDGES = (0.3, 1.0, 3.0)
FOLDS = 8


class Choice(Struct, frozen=True, kw_only=True):
    """One set of rivals: features (rivals, features), the row of the right one (None: it is not among them)."""

    features: Vector
    right: int | None
    group: str
    """Choices of one group are learnt from or judged together, never both."""


def fit_with_ridge(choices: Sequence[Choice]) -> tuple[Vector, float]:
    """(weights, ridge): the strongest ridge that is within one standard error of the best, on groups not learnt from.

    The one-standard-error rule (Breiman, Friedman, Olshen and Stone 1984): what cannot be told apart is not learnt.
    """
    groups = sorted({choice.group for choice in choices})
    # Every eighth group of the alphabet: no chance in it, and no order by date.
    folds = [set(groups[start::FOLDS]) for start in range(min(FOLDS, len(groups)))]

    def losses(ridge: float) -> list[float]:
        found = []
        for fold in folds:
            weights = fit([choice for choice in choices if choice.group not in fold], ridge)
            found += [_surprise(choice, weights) for choice in choices if choice.group in fold]
        return found

    by_ridge = {ridge: losses(ridge) for ridge in RIDGES}
    best = min(by_ridge.values(), key=sum)
    error = float(np.std(best, ddof=1)) * len(best) ** 0.5
    ridge = max(ridge for ridge, found in by_ridge.items() if sum(found) <= sum(best) + error)
    return fit(choices, ridge), ridge


def fit(choices: Sequence[Choice], ridge: float) -> Vector:
    """Weights under one ridge."""
    spread = np.concatenate([choice.features for choice in choices]).std(axis=0) + 1e-6
    known = [choice for choice in choices if choice.right is not None]
    sizes = np.array([len(choice.features) for choice in known])
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    features = np.concatenate([choice.features for choice in known]) / spread
    right = begins + np.array([choice.right for choice in known])

    def objective(weights: Vector) -> tuple[float, Vector]:
        scores = features @ weights
        highest = np.maximum.reduceat(scores, begins)
        odds = np.exp(scores - np.repeat(highest, sizes))
        sums = np.add.reduceat(odds, begins)
        loss = float((highest + np.log(sums) - scores[right]).sum() + 0.5 * ridge * weights @ weights)
        return loss, features.T @ (odds / np.repeat(sums, sizes)) - features[right].sum(axis=0) + ridge * weights

    found = minimize(objective, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B")
    return np.asarray(found.x / spread)


def chances(choice: Choice, weights: Vector) -> Vector:
    """The chance of each rival."""
    scores = choice.features @ weights
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum())


def _surprise(choice: Choice, weights: Vector) -> float:
    """Minus the log chance of the right one; at most 8, which stands for "not among them"."""
    if choice.right is None:
        return 8.0
    return min(8.0, -float(np.log(max(chances(choice, weights)[choice.right], 1e-9))))
