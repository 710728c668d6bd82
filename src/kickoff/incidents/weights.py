"""How much does each feature of a suspect count? A table of numbers, and how sure the ranking may be.

First by hand, after looking at real incidents; `make bench-locate` says how good they are.
"""

from msgspec import Struct

WEIGHTS: dict[str, float] = {
    "likelihood": 6.0,
    "log_likelihood": 0.0,
    "explained": 1.0,
    "factor": 1.0,
    "two_dimensions": -1.2,
    "three_dimensions": -2.4,
    "is_pair": -3.0,
    "uneven_inside": -2.0,
    "unlike_siblings": 0.8,
    "left_outside": -2.0,
    "size": 0.0,
    "pair_gain": 0.0,
}
"""feature → weight in the conditional logit: the chance of a suspect is exp(score) ÷ the sum over all suspects."""


class Bounds(Struct, frozen=True, kw_only=True):
    """When the ranking says nothing."""

    likelihood_min: float = 9.2
    """Log evidence below which the excess is not confined to any set: 10,000 to 1."""
    confidence_min: float = 0.15
    """Chance below which the first candidate is no answer."""
    factor_min: float = 0.41
    """Log of the least ratio between the inside's factor and the outside's: one and a half times."""


BOUNDS = Bounds()
