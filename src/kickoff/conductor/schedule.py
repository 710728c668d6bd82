"""What happens to the line by the clock, by the operator and by the people? Signals for the table of moves."""

from msgspec import Struct

from kickoff.waiting_room.snapshot import LineState
from kickoff.waiting_room.states import Signal, moved


class Hours(Struct, frozen=True, kw_only=True):
    """When the doors open and when the night ends: seconds from its start, as the operator says by now."""

    draw: float | None = None
    """From when places are given that are drawn as the doors open; None: nobody is drawn."""
    doors: float
    end: float


def state_after(state: LineState, hours: Hours, *, seconds: float, waiting: int, paused: bool) -> LineState:
    """The state at so many seconds from the start of the night, with `waiting` people not yet called."""
    for signal in signals_at(hours, seconds=seconds, waiting=waiting, paused=paused):
        state = moved(state, signal)
    return state


def signals_at(hours: Hours, *, seconds: float, waiting: int, paused: bool) -> tuple[Signal, ...]:
    """What is signalled now, each taken once and in this order."""
    if seconds >= hours.end:
        return (Signal.END,)
    if seconds < hours.doors:
        # Shut already: a pause before the doors takes hold when they open, and ends no earlier.
        return (Signal.DRAW,) if hours.draw is not None and seconds >= hours.draw else ()
    return (
        Signal.DOORS,
        Signal.PAUSE if paused else Signal.RESUME,
        Signal.FILL if waiting else Signal.DRAIN,
    )


def calls_people(state: LineState) -> bool:
    """Whether anybody may be called in this state."""
    return state in {LineState.OPEN, LineState.QUEUEING}
