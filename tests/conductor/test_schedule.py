"""The line through an evening."""

from kickoff.conductor.schedule import Hours, state_after
from kickoff.waiting_room.snapshot import LineState

HOURS = Hours(doors=20, end=185)


def test_an_evening_goes_through_its_states() -> None:
    """Before, open, queueing when a line stands, paused by the operator, open again, closed for good."""
    state, seen = LineState.BEFORE, []
    for seconds, waiting, paused in [
        (5.0, 100, True),
        (6.0, 100, False),
        (20.0, 0, False),
        (60.0, 500, False),
        (70.0, 500, True),
        (80.0, 500, False),
        (90.0, 0, False),
        (185.0, 0, False),
        (186.0, 10, False),
    ]:
        state = state_after(state, HOURS, seconds=seconds, waiting=waiting, paused=paused)
        seen.append(str(state))
    assert seen == ["before", "before", "open", "queueing", "paused", "queueing", "open", "closed", "closed"]
