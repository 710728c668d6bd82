"""How many met no door? Those who were expected while a silence lasted, less those who came all the same.

Nobody records them. What is known: how many others came meanwhile and which share the silent ones have of all; or,
where everybody is silent, how an evening that has begun like this one goes on. Of those who came while it lasted some
had been turned away before: an app that tells of its earlier attempts shows how many, as far as apps do tell. And
nobody who told can have been less than one.
"""

from math import sqrt

from msgspec import Struct
from scipy.stats import truncnorm

from kickoff.findings import Range

TELLS = (0.55, 0.23)
"""Mean and standard deviation of the share of those shut out whose app tells of it afterwards: between 0.15 and 0.95,
before this evening has shown anything."""
DRIFT = 0.03
"""Relative: how far a cohort's share of all arrivals moves from night to night."""
EARLY_MINUTES = 2.0
EARLY_MIN = 15.0
"""Where fewer were expected in those minutes, they tell nothing."""
STEADY = 0.06
"""Relative: how far the share that is turned away moves while it lasts."""


class Silence(Struct, frozen=True, kw_only=True):
    """What is known of one silence."""

    expected: float
    """Households that would have come of those who are silent."""
    spread: float
    """Standard deviation of that."""
    came: int
    """Of them, those who came while it lasted."""
    told: int
    """Accounts or devices that told of an attempt while it lasted."""
    told_and_came: int
    """Of these, those who came while it still lasted."""
    early_expected: float
    """Of `expected`, those of the first `EARLY_MINUTES`: hardly anybody who was turned away is back by then."""
    early_came: int
    """Of them, those who came and told of no earlier attempt."""
    tells: float
    tells_spread: float
    """Share whose app tells, and its standard deviation."""


def shut_out(silence: Silence) -> tuple[float, float]:
    """Mean and standard deviation of how many were turned away at least once, told or not.

    Two ways, weighed by their errors: expected less those who came, of whom some had been turned away before; and the
    share that was turned away in the first minutes, of all expected. Both share the error of what was expected.
    """
    mean, spread = _by_return(silence)
    if silence.early_expected < EARLY_MIN:
        return mean, spread
    share = 1 - silence.early_came / silence.early_expected
    scale = silence.expected / silence.early_expected
    other = max(0.0, share) * silence.expected
    common = max(0.0, share) * silence.spread
    error = sqrt(scale**2 * (silence.early_came + 1) + (STEADY * other) ** 2)
    own = sqrt(max(spread**2 - common**2, 1.0))
    weight, weight_other = 1 / own**2, 1 / error**2
    both = (mean * weight + other * weight_other) / (weight + weight_other)
    return both, sqrt(1 / (weight + weight_other) + common**2)


def _by_return(silence: Silence) -> tuple[float, float]:
    # How many came for each who told: the reciprocal of a share that is not known has a mean and an error of its own,
    # to second order; those who tell are a binomial share of those who came back.
    relative = silence.tells_spread / silence.tells
    back = silence.told_and_came / silence.tells * (1 + relative**2)
    back_spread = back * sqrt((relative * (1 + relative**2)) ** 2 + (1 - silence.tells) / max(1.0, back))
    mean = silence.expected - silence.came + back
    return mean, sqrt(silence.spread**2 + back_spread**2)


def unseen_of(silence: Silence) -> Range:
    """Those shut out who never told: 90 % of a normal law, cut off where it would be fewer than nobody."""
    mean, spread = shut_out(silence)
    mean -= silence.told
    spread = max(spread, 0.5)
    left = (0 - mean) / spread
    low, mid, high = (
        max(0, round(float(truncnorm.ppf(share, left, float("inf"), loc=mean, scale=spread))))
        for share in (0.05, 0.5, 0.95)
    )
    return Range(low=low, mid=mid, high=high)


def tells_of(told_after: float, back_after: float, back_spread: float) -> tuple[float, float]:
    """The share whose app tells: what was believed, and what those showed who came back when it was over.

    told_after: those who told of them · back_after: how many more came afterwards than were expected, and its error.
    """
    mean, spread = TELLS
    if back_after < 2 * back_spread or back_after < 10:
        return mean, spread
    share = min(0.98, max(0.05, told_after / back_after))
    error = sqrt(share * (1 - share) / back_after + (share * back_spread / back_after) ** 2)
    weight, prior = 1 / max(error, 0.02) ** 2, 1 / spread**2
    return (mean * prior + share * weight) / (prior + weight), sqrt(1 / (prior + weight))
