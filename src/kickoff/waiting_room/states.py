"""What may the line do next? The lifecycle of a night's line as a table; what is not in it cannot happen."""

from enum import StrEnum

from kickoff.waiting_room.snapshot import LineState


class Signal(StrEnum):
    """What happens to the line."""

    DRAW = "draw"
    DOORS = "doors"
    FILL = "fill"
    DRAIN = "drain"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


MOVES: dict[LineState, dict[Signal, LineState]] = {
    LineState.BEFORE: {
        Signal.DRAW: LineState.DRAW,
        Signal.DOORS: LineState.OPEN,
        Signal.PAUSE: LineState.PAUSED,
        Signal.END: LineState.CLOSED,
    },
    LineState.DRAW: {Signal.DOORS: LineState.OPEN, Signal.PAUSE: LineState.PAUSED, Signal.END: LineState.CLOSED},
    LineState.OPEN: {Signal.FILL: LineState.QUEUEING, Signal.PAUSE: LineState.PAUSED, Signal.END: LineState.CLOSED},
    LineState.QUEUEING: {Signal.DRAIN: LineState.OPEN, Signal.PAUSE: LineState.PAUSED, Signal.END: LineState.CLOSED},
    LineState.PAUSED: {Signal.RESUME: LineState.OPEN, Signal.END: LineState.CLOSED},
    LineState.CLOSED: {},
}
"""state → signal → next state."""


def moved(state: LineState, signal: Signal) -> LineState:
    """The state after the signal; a signal without a move leaves the line as it is."""
    return MOVES[state].get(signal, state)
