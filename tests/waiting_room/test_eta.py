"""A time is an interval, and never invented."""

import math

import hypothesis.strategies as st
from hypothesis import given

from kickoff.units import Place
from kickoff.waiting_room.eta import ASK_AGAIN_S_MAX, ask_again_s, eta_interval, personal_s, seconds_at
from kickoff.waiting_room.snapshot import LaneStatus


def lane(serving: int, eta: tuple[float, float, float]) -> LaneStatus:
    """A lane that moves so."""
    return LaneStatus(serving=Place(serving), rate_per_s=1.0, eta=eta)


def test_who_is_called_waits_no_time_and_who_stands_still_is_told_none() -> None:
    """Shut is not slow: no huge number, no zero."""
    still = lane(10, (math.inf, math.inf, math.inf))
    assert eta_interval(10, still) == (0.0, 0.0)
    assert eta_interval(11, still) is None
    assert eta_interval(110, lane(10, (0.1, 0.2, 0.5))) == (10.0, 50.0)


CURVE = ((100.0, 8.0, 10.0, 14.0), (1000.0, 90.0, 110.0, 160.0))


def test_a_curve_is_linear_between_its_rows_and_in_proportion_outside() -> None:
    """A line that slows down is told so: the second hundred takes longer than the first."""
    assert seconds_at(50, CURVE) == (4.0, 5.0, 7.0)
    assert seconds_at(100, CURVE) == (8.0, 10.0, 14.0)
    assert seconds_at(550, CURVE) == (49.0, 60.0, 87.0)
    assert seconds_at(2000, CURVE) == (180.0, 220.0, 320.0)
    curved = LaneStatus(serving=Place(10), rate_per_s=1.0, eta=(0.0, 0.0, 0.0), curve=CURVE)
    assert eta_interval(110, curved) == (8.0, 14.0)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.floats(0.001, 10), st.floats(1, 5))
def test_the_time_grows_with_the_place(place: int, more: int, low: float, spread: float) -> None:
    """Whoever stands further back is never told a shorter time."""
    moving = lane(0, (low, low, low * spread))
    near, far = eta_interval(place, moving), eta_interval(place + more, moving)
    assert near is not None
    assert far is not None
    assert near[0] <= near[1]
    assert near[0] < far[0]


@given(st.integers(1, 10**7), st.floats(0, 10**5), st.floats(0.5, 10), st.floats(0, 10))
def test_asking_again_is_spread_and_bounded(place: int, low_s: float, least: float, more: float) -> None:
    """Those who were told together do not come back together, and nobody is sent away for long."""
    poll = (least, least + more)
    assert poll[0] <= ask_again_s(place, None, poll) <= poll[1]
    assert poll[0] <= ask_again_s(place, (low_s, low_s * 2), poll) <= max(ASK_AGAIN_S_MAX, poll[1])


def test_times_to_come_back_are_personal_and_spread() -> None:
    """A thousand who were refused together come back over half the time, each at their own."""
    times = [personal_s(30.0, subject) for subject in range(-500, 500)]
    assert min(times) >= 22.5
    assert max(times) <= 37.5
    assert len({round(time) for time in times}) > 10
    assert personal_s(30.0, 7) == personal_s(30.0, 7)
