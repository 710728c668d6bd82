"""Seconds until so many are called, from the limits."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.admission.course import Slope, course, seconds_until

FREE = Slope(free_per_s=100.0, cost=1.0)


def knots(
    *slopes: Slope, rate_per_s: float = 100.0, show_up: float = 1.0, share: float = 1.0
) -> tuple[tuple[float, float], ...]:
    """The course of a lane with a long line."""
    return course(slopes, rate_per_s=rate_per_s, share=share, show_up=show_up, safe_per_s=5.0, places=1e9)


def test_a_house_that_costs_nothing_inside_goes_on_at_its_rate() -> None:
    """A hundred a second: ten thousand in a hundred seconds; twice as many places where half come."""
    assert seconds_until(knots(FREE), 10_000) == pytest.approx(100.0, rel=1e-3)
    assert seconds_until(knots(FREE, show_up=0.5), 20_000) == pytest.approx(100.0, rel=1e-3)
    assert seconds_until(knots(FREE, share=0.5, rate_per_s=50.0), 5_000) == pytest.approx(100.0, rel=1e-3)


def test_a_house_that_fills_slows_down() -> None:
    """dX/dt = 100 - X/100: as X = 10,000 (1 - exp(-t/100)) says, within the steps' error."""
    filling = knots(Slope(free_per_s=100.0, cost=1.0, inside_per_s=0.01))
    for people in (2_000, 5_000, 8_000):
        assert seconds_until(filling, people) == pytest.approx(-100 * math.log(1 - people / 10_000), rel=0.06)


def test_a_line_that_has_just_opened_is_not_foretold_by_its_first_rate() -> None:
    """Five a second now, a hundred soon: the climb is in the time."""
    opening = seconds_until(knots(FREE, rate_per_s=5.0), 5_000)
    assert 50 < opening < 75


def test_those_too_many_on_the_way_come_first_and_those_missing_are_called_at_once() -> None:
    """In the long run by as many as they are; never faster or slower at once than the door calls."""

    def seconds(excess: float, places: float) -> float:
        found = course((FREE,), rate_per_s=100.0, share=1.0, show_up=1.0, safe_per_s=5.0, places=1e9, excess=excess)
        return seconds_until(found, places)

    assert seconds(400.0, 10_000) == pytest.approx(104.0, abs=0.5)
    assert seconds(-400.0, 10_000) == pytest.approx(96.0, abs=0.5)
    assert seconds(5_000.0, 100) > 10
    assert seconds(-5_000.0, 320) == pytest.approx(2.0, rel=0.05)


@given(
    slope=st.builds(Slope, free_per_s=st.floats(1, 1e5), cost=st.floats(0.01, 10), inside_per_s=st.floats(0, 1)),
    rate=st.floats(0, 1e5),
    places=st.floats(1, 1e6),
    more=st.floats(1, 1e6),
)
def test_the_time_grows_with_the_places(slope: Slope, rate: float, places: float, more: float) -> None:
    """Whoever stands further back is never foretold a shorter time."""
    found = knots(slope, rate_per_s=rate)
    assert seconds_until(found, places) <= seconds_until(found, places + more)
