"""Where? The smallest sets of dimension = value that explain the excess, best first, each with its chance."""

from collections.abc import Sequence
from math import exp, log

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.findings import Candidate, Scope
from kickoff.incidents.features import FEATURES, Compared
from kickoff.incidents.leaves import Leaves, expected_failures
from kickoff.incidents.suspects import TINY, Mask, Part, largest_of, suspects_of, two_groups
from kickoff.incidents.weights import BOUNDS, WEIGHTS

Vector = NDArray[np.float64]

CANDIDATES_MAX = 10
LOCATED, CANNOT_TELL, OUTSIDE = "located", "cannot_tell", "outside"


class Located(Struct, frozen=True, kw_only=True):
    """What `kickoff locate` prints."""

    candidates: tuple[Candidate, ...]
    """Best first, at most `CANDIDATES_MAX`."""
    verdict: str
    """located (the first is likelier than all others together) · cannot_tell · outside (failures are more than their
    past, and nothing recorded tells hit from not hit)"""

    def scope(self) -> Scope:
        """The verdict with its first candidate, as the next stages read it.

        What cannot be told is followed by the likeliest candidate all the same, where that has some chance.
        """
        best = self.candidates[0] if self.candidates else None
        if self.verdict == OUTSIDE or best is None or best.confidence < BOUNDS.followed_min:
            return Scope(verdict=self.verdict)
        return Scope(verdict=self.verdict, causes=best.causes, confidence=best.confidence)


def locate(leaves: Leaves, weights: dict[str, float] = WEIGHTS) -> Located:
    """Rank the sets that could explain why failures in `leaves` are more than their past."""
    suspects = suspects_of(leaves)
    if not suspects.parts:
        return Located(candidates=_largest(leaves), verdict=_nowhere(leaves))
    compared = Compared(suspects)
    chances = chances_of(compared.features(), weights)
    order = np.argsort(-chances, kind="stable")[:CANDIDATES_MAX]
    added, times = _added(leaves, suspects.masks[order[0]])
    evidence = min(float(compared.likelihood.max()), added)
    factor = min(float(compared.factor[order[0]]), times)
    is_confined = evidence >= BOUNDS.likelihood_min and factor >= BOUNDS.factor_min
    verdict = _told(float(chances[order[0]])) if is_confined else _nowhere(leaves)
    share = 1.0 if is_confined else _chance_confined(evidence, factor)
    candidates = tuple(
        Candidate(causes=_named(leaves, suspects.parts[row]), confidence=round(float(chances[row]) * share, 4))
        for row in order
    )
    return Located(candidates=candidates, verdict=verdict)


def _added(leaves: Leaves, held: Mask) -> tuple[float, float]:
    """(log evidence, log of how many times) that more failures are added to a set's attempts than to the others'.

    What hits everybody alike adds as many to every hundred attempts, whatever failed before. Where that was a handful,
    chance makes it twice as many in one cohort as in another, and the same failures now are then twice the excess.
    """
    usual = expected_failures(leaves)
    added = max(float(leaves.failed.sum() - usual.sum()), 0.0)
    alike = usual + leaves.tried * added / max(float(leaves.tried.sum()), TINY)
    evidence = two_groups(leaves.failed[held].sum(), alike[held].sum(), leaves.failed.sum(), alike.sum())
    inside, outside = (
        (max(float((leaves.failed - usual)[chosen].sum()), 0.0) + TINY) / (float(leaves.tried[chosen].sum()) + TINY)
        for chosen in (held, ~held)
    )
    return float(evidence), log(inside / outside)


def chances_of(features: Vector, weights: dict[str, float]) -> Vector:
    """Conditional logit (McFadden 1974): exp(score) ÷ sum, so that they add up to one over the suspects."""
    scores = features @ np.array([weights[name] for name in FEATURES])
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum())


def _told(chance: float) -> str:
    return LOCATED if chance > BOUNDS.located_above else CANNOT_TELL


def _nowhere(leaves: Leaves) -> str:
    """Where no set holds the excess: outside, if there is one at all, by the evidence that a set would need."""
    failed, expected = float(leaves.failed.sum()), max(float(expected_failures(leaves).sum()), 1e-9)
    if failed <= expected:
        return CANNOT_TELL
    evidence = failed * log(failed / expected) - (failed - expected)
    return OUTSIDE if evidence >= BOUNDS.likelihood_min else CANNOT_TELL


def _chance_confined(evidence: float, factor: float) -> float:
    """The chance that a set holds the excess after all: even odds at a bound, fewer the farther below it.

    Evidence is worth its odds (the bound says what they began with); a factor counts by its share of the bound.
    """
    by_evidence = 1.0 / (1.0 + exp(BOUNDS.likelihood_min - evidence))
    by_factor = max(factor, 0.0) / (2.0 * BOUNDS.factor_min)
    return min(by_evidence, by_factor)


def _largest(leaves: Leaves) -> tuple[Candidate, ...]:
    """Where nothing failed, the sets of most attempts: one is as good as the other."""
    parts = largest_of(leaves, CANDIDATES_MAX)
    return tuple(Candidate(causes=_named(leaves, several), confidence=0.0) for several in parts)


def _named(leaves: Leaves, parts: Sequence[Part]) -> tuple[dict[str, str], ...]:
    return tuple(
        {leaves.dimensions[dimension]: leaves.values[dimension][value] for dimension, value in part} for part in parts
    )
