"""The line's lifecycle is a table."""

from kickoff.waiting_room.snapshot import LineState
from kickoff.waiting_room.states import MOVES, Signal, moved


def test_every_state_is_in_the_table_and_leads_only_to_states() -> None:
    """What is not in it cannot happen."""
    assert set(MOVES) == set(LineState)
    assert {state for moves in MOVES.values() for state in moves.values()} <= set(LineState)


def test_every_state_but_the_last_can_end_and_be_reached() -> None:
    """No night is stuck."""
    assert all(Signal.END in moves for state, moves in MOVES.items() if state is not LineState.CLOSED)
    reached = {LineState.BEFORE} | {state for moves in MOVES.values() for state in moves.values()}
    assert reached == set(LineState)


def test_a_signal_without_a_move_changes_nothing() -> None:
    """A night that is over stays over."""
    assert moved(LineState.CLOSED, Signal.RESUME) is LineState.CLOSED
    assert moved(LineState.OPEN, Signal.PAUSE) is LineState.PAUSED
    assert moved(LineState.PAUSED, Signal.DOORS) is LineState.PAUSED
