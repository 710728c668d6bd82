"""The states of the line."""

from hypothesis import given
from hypothesis import strategies as st

from kickoff.conductor.states import MOVES, Signal, moved, signals_at
from kickoff.night import Schedule
from kickoff.waiting_room.snapshot import LineState

SCHEDULE = Schedule(doors=20, kick_off=60, half_time=110, second_half=118, whistle=170, end=185)


def test_every_state_has_its_moves() -> None:
    """A state that is not a key could never be left."""
    assert set(MOVES) == set(LineState)


@given(st.lists(st.sampled_from(Signal), max_size=50))
def test_closed_is_for_good(signals: list[Signal]) -> None:
    """A night that is over does not open again by a late click."""
    assert moved(LineState.CLOSED, tuple(signals)) is LineState.CLOSED


def test_an_evening_goes_through_its_states() -> None:
    """Before, open, queueing when a line stands, paused by the operator, open again, closed."""
    state, seen = LineState.BEFORE, []
    for seconds, waiting, paused in [
        (5.0, 100, False),
        (20.0, 0, False),
        (60.0, 500, False),
        (70.0, 500, True),
        (80.0, 500, False),
        (90.0, 0, False),
        (185.0, 0, False),
    ]:
        state = moved(state, signals_at(SCHEDULE, seconds=seconds, waiting=waiting, paused=paused))
        seen.append(str(state))
    assert seen == ["before", "open", "queueing", "paused", "queueing", "open", "closed"]
