"""Where? The smallest sets of dimension = value that explain the excess, best first, each with its chance."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.findings import Candidate, Scope
from kickoff.incidents.features import FEATURES, Compared
from kickoff.incidents.leaves import Leaves
from kickoff.incidents.suspects import Part, suspects_of
from kickoff.incidents.weights import BOUNDS, WEIGHTS

Vector = NDArray[np.float64]

CANDIDATES_MAX = 10
LOCATED, CANNOT_TELL, OUTSIDE = "located", "cannot_tell", "outside"


class Located(Struct, frozen=True, kw_only=True):
    """What `kickoff locate` prints."""

    candidates: tuple[Candidate, ...]
    """Best first, at most `CANDIDATES_MAX`."""
    verdict: str
    """located · cannot_tell (several sets are as likely) · outside (nothing recorded tells hit from not hit)"""

    def scope(self) -> Scope:
        """The verdict with its first candidate, as the next stages read it."""
        if self.verdict != LOCATED or not self.candidates:
            return Scope(verdict=self.verdict)
        best = self.candidates[0]
        return Scope(verdict=self.verdict, causes=best.causes, confidence=best.confidence)


def locate(leaves: Leaves, weights: dict[str, float] = WEIGHTS) -> Located:
    """Rank the sets that could explain why failures in `leaves` are more than their past."""
    suspects = suspects_of(leaves)
    if not suspects.parts:
        return Located(candidates=(), verdict=OUTSIDE)
    compared = Compared(suspects)
    chances = chances_of(compared.features(), weights)
    order = np.argsort(-chances, kind="stable")[:CANDIDATES_MAX]
    candidates = tuple(
        Candidate(causes=_named(leaves, suspects.parts[row]), confidence=round(float(chances[row]), 4)) for row in order
    )
    return Located(candidates=candidates, verdict=_verdict(compared, int(order[0]), float(chances[order[0]])))


def chances_of(features: Vector, weights: dict[str, float]) -> Vector:
    """Conditional logit (McFadden 1974): exp(score) ÷ sum, so that they add up to one over the suspects."""
    scores = features @ np.array([weights[name] for name in FEATURES])
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum())


def _verdict(compared: Compared, best: int, chance: float) -> str:
    if compared.likelihood.max() < BOUNDS.likelihood_min or compared.factor[best] < BOUNDS.factor_min:
        return OUTSIDE
    return LOCATED if chance >= BOUNDS.confidence_min else CANNOT_TELL


def _named(leaves: Leaves, parts: Sequence[Part]) -> tuple[dict[str, str], ...]:
    return tuple(
        {leaves.dimensions[dimension]: leaves.values[dimension][value] for dimension, value in part} for part in parts
    )
