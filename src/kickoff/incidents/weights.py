"""How much does each feature of a suspect count? A table of numbers, and when the ranking says nothing.

Fitted by `make bench-locate RS=DIR ARGS=--weights` on 79 real incidents of a live-streaming platform (the public
cases of the RobustSpot project before April 2020), by the conditional logit of bench/logit.py. The same command
without `ARGS` measures what such a fit is worth on streams that it has not seen.
"""

from msgspec import Struct

WEIGHTS: dict[str, float] = {
    "likelihood": 1.994,
    "leaf_likelihood": 2.763,
    "ratio_likelihood": 2.985,
    "explained": 2.548,
    "unlike_siblings": 1.012,
    "uneven_inside": 0.303,
    "leaves_hit": 1.091,
    "is_pair": -5.705,
    "are_siblings": 1.014,
}
"""feature → weight in the conditional logit: the chance of a suspect is exp(score) ÷ the sum over all suspects."""


class Bounds(Struct, frozen=True, kw_only=True):
    """When the ranking says nothing."""

    likelihood_min: float = 9.2
    """Log evidence below which the excess is not confined to any set: 10,000 to 1."""
    factor_min: float = 0.41
    """Log of the least ratio between the inside's factor and the outside's: one and a half times."""
    located_above: float = 0.5
    """Chance above which the first candidate is the answer: it is likelier than all others together, and no other can
    be about as likely."""
    followed_min: float = 0.15
    """Chance below which an incident that goes on is not even followed by its first candidate."""


BOUNDS = Bounds()
