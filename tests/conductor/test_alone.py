"""A door that hears nobody: it goes on at the last rate, then at the safe one; never none, never unlimited."""

import math

import msgspec
import pytest

from kickoff.admission.controller import TICK_S_MAX
from kickoff.conductor.alone import DECAY_S, KEEP_S, STALE_S, Alone, rate_after
from kickoff.conductor.tick import LineInput
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs, Place
from kickoff.waiting_room.skips import Skips
from kickoff.waiting_room.snapshot import LaneStatus, LineState, Snapshot
from tests.door.rig import night as played

SAFE = 10.0


@pytest.fixture
def night() -> Night:
    """The short night; its doors are open at 30 s."""
    return played()


def told(night: Night, *, rate_per_s: float, state: LineState = LineState.QUEUEING, epoch: int = 7) -> Snapshot:
    """What a conductor said last, at 30 s."""
    lane = LaneStatus(serving=Place(100), rate_per_s=rate_per_s, eta=(0.1, 0.1, 0.1))
    return Snapshot(
        at=AtUs(night.at(30)),
        state=state,
        epoch=epoch,
        lanes={"main": lane, "known": msgspec.structs.replace(lane, rate_per_s=0.0)},
        poll_s=(2.0, 4.0),
        beat_s=10.0,
        call_s=15.0,
    )


def line(serving: int, last: int, *, skips: Skips = (), notice: dict[str, str] | None = None) -> LineInput:
    """A main lane, and nobody in the other."""
    joined = {"main": last, "known": 0}
    return LineInput(serving={"main": serving, "known": 0}, joined=joined, skips={"main": skips}, notice=notice or {})


def ticked(
    alone: Alone, last: Snapshot, stands: LineInput, after_s: float, *, paused: bool = False, cap: float | None = None
) -> Snapshot:
    """What is shown so long after the last word."""
    at = AtUs(last.at + round(after_s * US_PER_S))
    return alone.tick(last, stands, paused=paused, cap_per_s=cap, heard_at=last.at, at=at)


def called(
    night: Night, last: Snapshot, *, until_s: float, paused: bool = False, cap: float | None = None
) -> list[int]:
    """The main lane's serving at each tick, from 1.5 s after the last word until `until_s` after it."""
    alone, serving = Alone(night), 100
    shown: list[int] = []
    for tick in range(6, round(until_s * 4) + 1):
        snapshot = ticked(alone, last, line(serving, serving + 100_000), tick / 4, paused=paused, cap=cap)
        serving = snapshot.lanes["main"].serving
        shown.append(serving)
    return shown


def test_the_last_rate_is_kept_for_a_while(night: Night) -> None:
    """A leader is replaced within seconds: nobody shall notice."""
    shown = called(night, told(night, rate_per_s=40.0), until_s=KEEP_S)
    assert shown[0] == 100 + 60
    assert shown[-1] == 100 + round(40 * KEEP_S)


def test_afterwards_it_goes_over_to_the_safe_rate_from_either_side() -> None:
    """Too fast for what nobody measures; or braked, by a cause that may be long over."""
    for last in (0.0, 2.0, 400.0):
        assert rate_after(last, SAFE, since_s=KEEP_S) == last
        assert rate_after(last, SAFE, since_s=KEEP_S + 5 * DECAY_S) == pytest.approx(SAFE, rel=0.3)
        between = rate_after(last, SAFE, since_s=KEEP_S + DECAY_S)
        assert min(last, SAFE) < between < max(last, SAFE)


def test_what_those_who_wait_are_told_lies_between_this_rate_and_the_safe_one(night: Night) -> None:
    """The rate goes over to the safe one unless somebody leads again: one number would be a promise of either."""
    for last, after_s in ((40.0, 2.0), (2.0, 2.0), (40.0, KEEP_S + DECAY_S), (2.0, KEEP_S + DECAY_S)):
        shown = ticked(Alone(night), told(night, rate_per_s=last), line(100, 900), after_s).lanes["main"]
        soonest, likely, latest = shown.eta
        assert likely == pytest.approx(1 / shown.rate_per_s)
        assert (soonest, latest) == pytest.approx((min(likely, 1 / SAFE), max(likely, 1 / SAFE)))
        assert soonest < latest


def test_the_safe_rate_that_is_told_is_the_lanes_own_and_capped(night: Night) -> None:
    """Of a lane in which a quarter waits a quarter; and never more than the operator allows."""
    last = told(night, rate_per_s=40.0)
    both = msgspec.structs.replace(last, lanes=dict.fromkeys(last.lanes, last.lanes["main"]))
    stands = LineInput(serving={"main": 100, "known": 0}, joined={"main": 400, "known": 100})
    shown = ticked(Alone(night), both, stands, 2)
    assert shown.lanes["known"].eta == pytest.approx((1 / 40, 1 / 40, 4 / SAFE))
    shown = ticked(Alone(night), last, line(100, 900), 2, cap=5.0)
    assert shown.lanes["main"].eta == pytest.approx((1 / 5, 1 / 5, 1 / 5))
    shown = ticked(Alone(night), last, line(100, 900), 2, paused=True)
    assert shown.lanes["main"].eta == (math.inf, math.inf, math.inf)


def test_who_comes_first_to_an_empty_line_is_told_a_time(night: Night) -> None:
    """Nobody's share of the safe rate is none, and one over none is for ever."""
    shown = ticked(Alone(night), told(night, rate_per_s=0.0, epoch=0), line(100, 100), 2).lanes["main"]
    assert shown.eta == pytest.approx((1 / SAFE, 1 / SAFE, 1 / SAFE))


def test_a_door_that_stood_still_does_not_make_up_for_it_at_once(night: Night) -> None:
    """A late tick counts a second, as the leader's; the first one the silence before it; none counts backwards."""
    alone, last = Alone(night), told(night, rate_per_s=40.0)
    assert ticked(alone, last, line(100, 9_000), STALE_S).lanes["main"].serving == 100 + round(40 * STALE_S)
    assert ticked(alone, last, line(100, 9_000), 9.0).lanes["main"].serving == 100 + round(40 * TICK_S_MAX)
    assert ticked(alone, last, line(100, 9_000), 8.0).lanes["main"].serving == 100
    assert ticked(Alone(night), last, line(100, 9_000), 9.0).lanes["main"].serving == 100 + round(40 * STALE_S)


def test_where_nobody_ever_led_the_safe_rate_holds_at_once(night: Night) -> None:
    """Doors that open without a conductor let people in all the same."""
    shown = called(night, told(night, rate_per_s=0.0, epoch=0), until_s=20)
    assert shown[-1] == 100 + 20 * night.door.safe_rate_per_s


def test_what_the_operator_paused_stays_paused(night: Night) -> None:
    """A lost conductor is no reason to open the doors."""
    last = told(night, rate_per_s=0.0, state=LineState.PAUSED)
    assert set(called(night, last, until_s=60, paused=True)) == {100}


def test_a_pause_holds_while_nobody_leads_and_so_does_its_end(night: Night) -> None:
    """The operator was told that it is done: the line stands, and goes on, at the next tick."""
    last = told(night, rate_per_s=40.0)
    assert set(called(night, last, until_s=20, paused=True)) == {100}
    shown = ticked(Alone(night), last, line(100, 900), 2, paused=True)
    assert (shown.state, shown.reason, shown.lanes["main"].rate_per_s) == (LineState.PAUSED, "paused", 0.0)
    stood = msgspec.structs.replace(told(night, rate_per_s=0.0, state=LineState.PAUSED), reason="paused")
    # There is no rate to go on at: it begins at the safe one.
    assert called(night, stood, until_s=20)[-1] == 100 + 20 * night.door.safe_rate_per_s
    shown = ticked(Alone(night), stood, line(100, 900), 2)
    assert (shown.state, shown.reason) == (LineState.QUEUEING, "no_health")


def test_everyone_queues_while_nobody_leads_and_then_no_longer(night: Night) -> None:
    """Either way at the next tick; the line that stood begins at the safe rate."""
    last, everyone = told(night, rate_per_s=40.0), msgspec.structs.replace(line(100, 900), queues=True)
    shown = ticked(Alone(night), last, everyone, 8)
    assert (shown.lanes["main"].serving, shown.reason) == (100, "everyone")
    stood = msgspec.structs.replace(told(night, rate_per_s=0.0), reason="everyone")
    assert called(night, stood, until_s=8)[-1] == 100 + 8 * night.door.safe_rate_per_s


def test_a_cap_holds_while_nobody_leads(night: Night) -> None:
    """For all lanes together, and only while it is wanted."""
    last = told(night, rate_per_s=40.0)
    both = msgspec.structs.replace(last, lanes=dict.fromkeys(last.lanes, last.lanes["main"]))
    assert called(night, last, until_s=8, cap=2.0)[-1] == 100 + 2 * 8
    assert set(called(night, last, until_s=8, cap=0.0)) == {100}
    assert called(night, last, until_s=8, cap=50.0) == called(night, last, until_s=8)
    crowded = LineInput(serving={"main": 100, "known": 0}, joined={"main": 900, "known": 900})
    shown = ticked(Alone(night), both, crowded, 2, cap=20.0)
    assert [lane.rate_per_s for lane in shown.lanes.values()] == [10.0, 10.0]
    shown = ticked(Alone(night), both, line(100, 900), 2, cap=20.0)
    assert [lane.rate_per_s for lane in shown.lanes.values()] == [20.0, 20.0]


def test_a_notice_given_while_nobody_leads_is_shown_and_one_taken_back_is_not(night: Night) -> None:
    """So are an incident and a pinned heartbeat."""
    last = msgspec.structs.replace(told(night, rate_per_s=4.0), notice={"en": "Old."}, incident="a")
    shown = ticked(Alone(night), last, line(100, 900, notice={"en": "New."}), 2)
    assert (shown.notice, shown.incident, shown.beat_s) == ({"en": "New."}, "", last.beat_s)
    pinned = msgspec.structs.replace(line(100, 900), incident="b", beat_s=60.0)
    shown = ticked(Alone(night), last, pinned, 2)
    assert (shown.notice, shown.incident, shown.beat_s) == ({}, "b", 60.0)


def test_an_empty_line_saves_nothing_up(night: Night) -> None:
    """Whoever comes after a quiet minute comes at the rate, not all at once."""
    alone, last = Alone(night), told(night, rate_per_s=40.0)
    for tick in range(6, 30):
        ticked(alone, last, line(100, 100), tick / 4)
    assert ticked(alone, last, line(100, 5_000), 30 / 4).lanes["main"].serving <= 100 + 11


def test_a_gap_in_the_numbers_is_gone_over(night: Night) -> None:
    """Nobody has them: they are not waited for."""
    stands = line(100, 2_000, skips=((103, 1_102),))
    shown = ticked(Alone(night), told(night, rate_per_s=4.0), stands, 1.5).lanes["main"]
    assert (shown.serving, shown.skips) == (1_102 + 4, ())


def test_a_gap_that_is_still_ahead_is_told(night: Night) -> None:
    """Whoever waits behind it would else see some 65,000 people more before them, of a sudden."""
    stands = line(100, 2_000, skips=((7, 9), (203, 1_102)))
    shown = ticked(Alone(night), told(night, rate_per_s=4.0), stands, 1.5).lanes["main"]
    assert shown.skips == ((203, 1_102),)


def test_the_night_ends_by_the_clock(night: Night) -> None:
    """Whoever leads or not."""
    after_s = night.schedule.end + 1 - 30
    shown = ticked(Alone(night), told(night, rate_per_s=4.0), line(1, 9), after_s)
    assert shown.state is LineState.CLOSED


def test_what_the_operator_says_of_hours_and_of_everyone_holds_while_nobody_leads(night: Night) -> None:
    """Doors that open later stay shut, and nobody is called of those who are queued with everyone."""
    alone, last = Alone(night), told(night, rate_per_s=50.0)
    queued = msgspec.structs.replace(line(100, 10_000), queues=True)
    for quarter in range(6, 40):
        shown = ticked(alone, last, queued, quarter / 4)
        assert (shown.lanes["main"].serving, shown.state, shown.reason) == (100, LineState.QUEUEING, "everyone")
    later = AtUs(last.at + 60 * US_PER_S)
    shut = msgspec.structs.replace(line(0, 10), doors_at=later)
    shown = ticked(alone, told(night, rate_per_s=0.0, state=LineState.BEFORE), shut, 20)
    assert (shown.state, shown.doors_at, shown.appointment) == (LineState.DRAW, later, (later, later + 4 * US_PER_S))


def test_places_are_given_from_the_same_hour_on_while_nobody_leads(night: Night) -> None:
    """Or a night whose conductor is late would give none until its doors open."""
    hours = msgspec.structs.replace(night.schedule, draw=40, doors=50)
    alone = Alone(msgspec.structs.replace(night, schedule=hours))
    last = told(night, rate_per_s=0.0, state=LineState.BEFORE)
    for after_s, state in ((9.75, LineState.BEFORE), (10.0, LineState.DRAW)):
        shown = ticked(alone, last, line(0, 0), after_s)
        assert (shown.state, shown.draw_at) == (state, night.at(40))
