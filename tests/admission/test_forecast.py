"""What those in line are told: an interval, narrow on a quiet night, wide after a fall, none before it is known."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.admission.forecast import SAFE, TELL_AFTER_S, Forecast, Situation, Term, foreseen, per_place
from kickoff.units import US_PER_S, AtUs

TERM = Term(name="sign_in", free_per_s=100.0, allowed_per_s=100.0, could_per_s=100.0, cost=1.0)
QUIET = Situation(
    at=AtUs(0),
    terms=(TERM,),
    rate_per_s=100.0,
    allowed_per_s=100.0,
    show_up=1.0,
    waiting=10_000,
    inside=0.0,
    line=10_000.0,
    safe_per_s=5.0,
    is_capped=False,
)


def after(seconds: float, *situations: Situation, forecast: Forecast | None = None) -> Forecast:
    """The forecast after so many seconds of each situation."""
    seen = forecast or Forecast()
    for situation in situations:
        for _ in range(round(seconds * 4)):
            at = AtUs(round(seen.seconds_seen * US_PER_S) + 1)
            seen = foreseen(seen, msgspec.structs.replace(situation, at=at), tick_s=0.25)
    return seen


def last(seen: Forecast) -> tuple[float, float, float]:
    """What the end of the line is told."""
    _, low, middle, high = seen.rows[-1]
    return low, middle, high


def changed(factor: float, **more: object) -> Situation:
    """The same house with so much of its capacity."""
    able = 100 * factor
    term = msgspec.structs.replace(TERM, free_per_s=able, allowed_per_s=able, could_per_s=able)
    now = msgspec.structs.replace(QUIET, terms=(term,), rate_per_s=100 * factor, allowed_per_s=100 * factor)
    return msgspec.structs.replace(now, **more)


def test_no_time_is_told_before_anything_is_known() -> None:
    """A first guess that is wrong by a factor is worse than none."""
    assert after(TELL_AFTER_S - 1, QUIET).rows == ()
    assert per_place(()) == (math.inf,) * 3


def test_at_a_rate_that_the_operator_set_the_time_is_told_at_once() -> None:
    """Nothing is to be found out: it is as it was said."""
    cap = Term(name="cap", free_per_s=4.0, allowed_per_s=math.inf, could_per_s=4.0, cost=1.0)
    capped = msgspec.structs.replace(QUIET, terms=(TERM, cap), rate_per_s=4.0, waiting=40, is_known=True)
    assert last(after(2, capped))[1] == pytest.approx(10.0, rel=0.1)


def test_a_quiet_night_gives_a_narrow_interval_about_the_truth() -> None:
    """Ten thousand at a hundred a second."""
    low, middle, high = last(after(40, QUIET))
    assert middle == pytest.approx(100.0, rel=0.03)
    assert low < 100.0 < high
    assert (high - low) / middle < 0.25


def test_after_a_fall_both_ends_are_told() -> None:
    """The lost half may come back at once, or more may go."""
    fallen = after(10, changed(0.5), forecast=after(60, QUIET))
    low, _, high = last(fallen)
    assert low < 110
    assert high > 210
    quiet = last(after(60, QUIET))
    assert high - low > 3 * (quiet[2] - quiet[0])


def test_a_house_that_warms_up_is_believed_and_one_that_comes_and_goes_is_averaged() -> None:
    """Caches are cold when the doors open: by the average of the time since, everybody was told half as long again."""
    warming = Forecast()
    for second in range(40):
        warming = after(1, changed(1 - 0.5 * math.exp(-second / 20)), forecast=warming)
    swinging = after(1, *[changed(factor) for _ in range(20) for factor in (0.8, 1.1)])
    [view] = swinging.views.values()

    assert last(warming)[1] == pytest.approx(10_000 / 93, rel=0.06)
    assert abs(view.believed - view.mean) < 0.25 * abs(view.now - view.mean)
    assert last(swinging)[0] < 10_000 / 95 < last(swinging)[2]


def test_what_the_lane_does_not_get_is_not_promised() -> None:
    """The limits would allow a hundred a second; for pauses and brakes it gets sixty."""
    paused = msgspec.structs.replace(QUIET, rate_per_s=60.0)
    first = after(5, QUIET)
    _, middle, high = last(after(60, paused, forecast=first))
    assert middle > 130
    assert high > 140


def test_what_only_fills_the_queue_before_sign_in_is_not_promised() -> None:
    """A fifth more is called until a second's work stands there: told as capacity, everybody's time was too short."""
    filling = msgspec.structs.replace(TERM, free_per_s=120.0, allowed_per_s=120.0, could_per_s=120.0, lasting_per_s=100)
    now = msgspec.structs.replace(QUIET, terms=(filling,), rate_per_s=120.0, allowed_per_s=120.0)
    assert last(after(40, now))[1] == pytest.approx(100.0, rel=0.03)


def test_what_was_not_measured_yet_tells_nothing_of_what_it_will_be() -> None:
    """Two seconds at the safe rate are not remembered as capacity: of twenty they would be a tenth."""
    safe = Term(name=SAFE, free_per_s=5.0, allowed_per_s=5.0, could_per_s=5.0, cost=1.0)
    opening = msgspec.structs.replace(QUIET, terms=(safe,), rate_per_s=5.0, allowed_per_s=5.0)
    seen = after(19, QUIET, forecast=after(2, opening))
    assert last(seen)[1] == pytest.approx(100.0, rel=0.03)


def test_who_was_called_already_is_called_no_second_time() -> None:
    """Four hundred too many are on the way: four seconds for all whom they come before, none where they are due."""
    due = msgspec.structs.replace(QUIET, coming=500.0, arrive_s=5.0)
    more = msgspec.structs.replace(due, coming=900.0)
    assert last(after(40, due))[1] == pytest.approx(last(after(40, QUIET))[1])
    assert last(after(40, more))[1] == pytest.approx(last(after(40, due))[1] + 4.0, abs=0.5)


def test_who_begins_while_people_are_inside_leaves_room_for_a_better_house() -> None:
    """After a restart nobody knows what it could before, though the first second tells of nothing measured."""
    safe = Term(name=SAFE, free_per_s=5.0, allowed_per_s=5.0, could_per_s=5.0, cost=1.0)
    opening = msgspec.structs.replace(QUIET, terms=(safe,), rate_per_s=5.0, allowed_per_s=5.0, inside=5_000.0)
    lows = [
        last(after(21, msgspec.structs.replace(QUIET, inside=inside), forecast=after(1, opening)))[0]
        for inside in (0.0, 5_000.0)
    ]
    assert lows[1] < 0.7 * lows[0]


def test_where_reports_stray_the_measured_rate_counts() -> None:
    """A slope that was learnt from confusion foretells that nobody gets in; the line moves all the same."""
    confused = msgspec.structs.replace(TERM, free_per_s=100.0, inside_per_s=0.05, stray=0.2)
    now = msgspec.structs.replace(QUIET, terms=(confused,), inside=1_000.0, line=10_000.0)
    low, middle, high = last(after(60, now))
    assert middle < 150
    assert low < 100 < high


def test_lanes_that_share_get_their_share() -> None:
    """Half of what binds both is twice the time."""
    shared = msgspec.structs.replace(QUIET, rate_per_s=50.0, allowed_per_s=50.0)
    assert last(after(60, shared))[1] == pytest.approx(200.0, rel=0.05)


def test_a_cap_is_shared_once() -> None:
    """Half of the limits, and a cap of four of all: the lane gets two, not one."""
    cap = Term(name="cap", free_per_s=4.0, allowed_per_s=math.inf, could_per_s=4.0, cost=1.0)
    now = msgspec.structs.replace(
        QUIET, terms=(TERM, cap), rate_per_s=2.0, allowed_per_s=50.0, waiting=40, is_known=True
    )
    assert last(after(30, now))[1] == pytest.approx(20.0, rel=0.05)


def test_a_full_house_is_told_by_its_pace_alone_and_widely() -> None:
    """A cap opens as people leave, which nobody foretells."""
    full = msgspec.structs.replace(QUIET, rate_per_s=10.0, allowed_per_s=10.0, is_capped=True)
    seen = after(60, full)
    places, low, middle, high = seen.rows[-1]
    assert middle / places == pytest.approx(0.1, rel=0.2)
    assert high / low > 2


@given(
    factors=st.lists(st.floats(0.0, 3.0), min_size=25, max_size=60),
    inside=st.floats(0, 1e5),
    slope=st.floats(0, 0.1),
    stray=st.floats(0, 0.5),
    waiting=st.integers(1, 10**6),
)
def test_the_quantiles_are_in_order_and_grow_with_the_place(
    factors: list[float], inside: float, slope: float, stray: float, waiting: int
) -> None:
    """Whatever the capacity did."""
    seen = Forecast()
    for factor in factors:
        situation = changed(factor, inside=inside, waiting=waiting, line=float(waiting))
        term = msgspec.structs.replace(situation.terms[0], inside_per_s=slope, stray=stray)
        seen = after(1, msgspec.structs.replace(situation, terms=(term,)), forecast=seen)
    before = (0.0,) * 4
    for row in seen.rows:
        places, low, middle, high = row
        assert 0 < low <= middle <= high < math.inf
        assert places > before[0]
        assert middle >= before[2] * (1 - 1e-9)
        before = row
