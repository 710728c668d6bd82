"""How many were turned away: what is unknown widens the range, and shifts it where a share stands below the line."""

import pytest
from msgspec import structs

from kickoff.impact.away import Silence, shut_out

KNOWN = Silence(
    expected=1_000.0, spread=1.0, came=600, told=100, told_and_came=100, early_expected=0.0, early_came=0, tells=0.5,
    tells_spread=0.001,
)  # fmt: skip


def told_by(tells: float, spread: float) -> tuple[float, float]:
    """The same silence, where so large a share tells."""
    return shut_out(structs.replace(KNOWN, tells=tells, tells_spread=spread))


def test_where_the_share_that_tells_is_known_those_who_came_back_are_counted() -> None:
    """A hundred told, half tell: two hundred had been turned away of those who came."""
    mean, spread = told_by(0.5, 0.001)

    assert mean == pytest.approx(1_000 - 600 + 200, abs=0.1)
    assert spread < 20


def test_a_share_that_may_be_small_means_more_came_back_than_its_mean_tells() -> None:
    """Spread evenly from 0.15 to 0.95 the reciprocal is 2.3 on average, not 1 / 0.55 = 1.8."""
    mean, spread = told_by(0.55, 0.23)

    assert 210 <= mean - 400 <= 235
    assert spread >= 90
