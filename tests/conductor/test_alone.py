"""A door that hears nobody: it goes on at the last rate, then at the safe one; never none, never unlimited."""

import msgspec
import pytest

from kickoff.conductor.alone import DECAY_S, KEEP_S, Alone, LaneView, rate_after
from kickoff.night import Night
from kickoff.units import AtUs, Place
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


def called(night: Night, last: Snapshot, *, until_s: float, waiting: int = 100_000) -> list[int]:
    """The main lane's serving at each tick, from 1.5 s after the last word until `until_s` after it."""
    alone, serving = Alone(night), 100
    shown: list[int] = []
    for tick in range(6, round(until_s * 4) + 1):
        lanes = {
            "main": LaneView(serving=serving, last=serving + waiting),
            "known": LaneView(serving=0, last=0),
        }
        snapshot = alone.tick(last, lanes, heard_at=last.at, at=AtUs(night.at(30 + tick / 4)))
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


def test_where_nobody_ever_led_the_safe_rate_holds_at_once(night: Night) -> None:
    """Doors that open without a conductor let people in all the same."""
    shown = called(night, told(night, rate_per_s=0.0, epoch=0), until_s=20)
    assert shown[-1] == 100 + 20 * night.door.safe_rate_per_s


def test_what_the_operator_paused_stays_paused(night: Night) -> None:
    """A lost conductor is no reason to open the doors."""
    assert set(called(night, told(night, rate_per_s=40.0, state=LineState.PAUSED), until_s=60)) == {100}


def test_an_empty_line_saves_nothing_up(night: Night) -> None:
    """Whoever comes after a quiet minute comes at the rate, not all at once."""
    alone, last = Alone(night), told(night, rate_per_s=40.0)
    empty = {"main": LaneView(serving=100, last=100), "known": LaneView(serving=0, last=0)}
    full = {"main": LaneView(serving=100, last=5_000), "known": LaneView(serving=0, last=0)}
    for tick in range(6, 30):
        alone.tick(last, empty, heard_at=last.at, at=AtUs(night.at(30 + tick / 4)))
    snapshot = alone.tick(last, full, heard_at=last.at, at=AtUs(night.at(30 + 30 / 4)))
    assert snapshot.lanes["main"].serving <= 100 + 11


def test_a_gap_in_the_numbers_is_gone_over(night: Night) -> None:
    """Nobody has them: they are not waited for."""
    alone, last = Alone(night), told(night, rate_per_s=4.0)
    lanes = {
        "main": LaneView(serving=100, last=2_000, skips=((103, 1_102),)),
        "known": LaneView(serving=0, last=0),
    }
    snapshot = alone.tick(last, lanes, heard_at=last.at, at=AtUs(night.at(31.5)))
    assert snapshot.lanes["main"].serving == 1_102 + 4
    assert snapshot.lanes["main"].skips == ()


def test_a_gap_that_is_still_ahead_is_told(night: Night) -> None:
    """Whoever waits behind it would else see some 65,000 people more before them, of a sudden."""
    alone, last = Alone(night), told(night, rate_per_s=4.0)
    lanes = {
        "main": LaneView(serving=100, last=2_000, skips=((7, 9), (203, 1_102))),
        "known": LaneView(serving=0, last=0),
    }
    snapshot = alone.tick(last, lanes, heard_at=last.at, at=AtUs(night.at(31.5)))
    assert snapshot.lanes["main"].skips == ((203, 1_102),)


def test_the_night_ends_by_the_clock(night: Night) -> None:
    """Whoever leads or not."""
    alone, last = Alone(night), told(night, rate_per_s=4.0)
    lanes = {"main": LaneView(serving=1, last=9), "known": LaneView(serving=0, last=0)}
    end = AtUs(night.at(night.schedule.end + 1))
    assert alone.tick(last, lanes, heard_at=last.at, at=end).state is LineState.CLOSED
