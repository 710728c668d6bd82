"""What happens to the line by the clock, by the operator and by the people? Signals for the table of moves."""

from kickoff.night import Schedule
from kickoff.waiting_room.snapshot import LineState
from kickoff.waiting_room.states import Signal, moved


def state_after(
    state: LineState, schedule: Schedule, *, seconds: float, waiting: int, paused: bool, draw: bool = False
) -> LineState:
    """The state at so many seconds from the start of the night, with `waiting` people not yet called.

    `draw`: who comes before the doors is drawn.
    """
    for signal in signals_at(schedule, seconds=seconds, waiting=waiting, paused=paused, draw=draw):
        state = moved(state, signal)
    return state


def signals_at(
    schedule: Schedule, *, seconds: float, waiting: int, paused: bool, draw: bool = False
) -> tuple[Signal, ...]:
    """What is signalled now, each taken once and in this order."""
    if seconds >= schedule.end:
        return (Signal.END,)
    if seconds < schedule.doors:
        # Shut already: a pause before the doors takes hold when they open, and ends no earlier.
        return (Signal.DRAW,) if draw else ()
    return (
        Signal.DOORS,
        Signal.PAUSE if paused else Signal.RESUME,
        Signal.FILL if waiting else Signal.DRAIN,
    )


def calls_people(state: LineState) -> bool:
    """Whether anybody may be called in this state."""
    return state in {LineState.OPEN, LineState.QUEUEING}
