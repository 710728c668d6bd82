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


def test_places_to_be_drawn_are_given_from_an_hour_on_and_never_before() -> None:
    """Until then it is before the night; where no hour is said, from the start."""
    for draw, seconds, state in [
        (8, 7.9, LineState.BEFORE), (8, 8, LineState.DRAW), (8, 19.9, LineState.DRAW), (8, 20, LineState.OPEN),
        (float("-inf"), -60.0, LineState.DRAW), (None, 19.9, LineState.BEFORE), (20, 19.9, LineState.BEFORE),
    ]:  # fmt: skip
        hours = Hours(draw=draw, doors=20, end=185)
        assert state_after(LineState.BEFORE, hours, seconds=seconds, waiting=0, paused=False) is state
    late = Hours(draw=15, doors=20, end=185)
    given = state_after(LineState.DRAW, late, seconds=10, waiting=5, paused=False)
    assert given is LineState.DRAW, "places that were given are not taken back"
