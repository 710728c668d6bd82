"""What does the line do? Its states, and the signals that move it.

    before ──doors──▶ open ◀──clear── queueing        any but before: ──pause──▶ paused ──resume──▶ open
                        └────line────────▲            any: ──end──▶ closed, for good

`MOVES` is the rule, the picture is drawn from it; what is not in it cannot happen, and such a signal is ignored.
"""

from enum import StrEnum

from kickoff.night import Schedule
from kickoff.waiting_room.snapshot import LineState


class Signal(StrEnum):
    """What can move the line."""

    DOORS = "doors"
    LINE = "line"
    CLEAR = "clear"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


MOVES: dict[LineState, dict[Signal, LineState]] = {
    LineState.BEFORE: {Signal.DOORS: LineState.OPEN, Signal.END: LineState.CLOSED},
    LineState.DRAW: {Signal.DOORS: LineState.OPEN, Signal.END: LineState.CLOSED},
    LineState.OPEN: {Signal.LINE: LineState.QUEUEING, Signal.PAUSE: LineState.PAUSED, Signal.END: LineState.CLOSED},
    LineState.QUEUEING: {Signal.CLEAR: LineState.OPEN, Signal.PAUSE: LineState.PAUSED, Signal.END: LineState.CLOSED},
    LineState.PAUSED: {Signal.RESUME: LineState.OPEN, Signal.END: LineState.CLOSED},
    LineState.CLOSED: {},
}


def moved(state: LineState, signals: tuple[Signal, ...]) -> LineState:
    """The state after the signals of one tick, each taken once and in this order."""
    for signal in signals:
        state = MOVES[state].get(signal, state)
    return state


def signals_at(schedule: Schedule, *, seconds: float, waiting: int, paused: bool) -> tuple[Signal, ...]:
    """What is signalled at so many seconds from the start of the night, with `waiting` people not yet called."""
    if seconds >= schedule.end:
        return (Signal.END,)
    found: list[Signal] = [Signal.DOORS] if seconds >= schedule.doors else []
    found.append(Signal.PAUSE if paused else Signal.RESUME)
    found.append(Signal.LINE if waiting else Signal.CLEAR)
    return tuple(found)


def calls_people(state: LineState) -> bool:
    """Whether anybody may be called in this state."""
    return state in {LineState.OPEN, LineState.QUEUEING}
