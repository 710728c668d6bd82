"""Where does an incident stand? A table of states, and what an incident is made of when it comes back."""

from enum import StrEnum

from msgspec import Struct


class State(StrEnum):
    """Where the viewers of one kind of trial stand."""

    QUIET = "quiet"
    NOTICED = "noticed"
    ENDED = "ended"
    RELAPSED = "relapsed"


class Signal(StrEnum):
    """What the evidence says."""

    ALARM = "alarm"
    CALM = "calm"
    LONG_CALM = "long_calm"
    """Calm for so long that whatever comes next is another incident."""


MOVES: dict[State, dict[Signal, State]] = {
    State.QUIET: {Signal.ALARM: State.NOTICED},
    State.NOTICED: {Signal.CALM: State.ENDED},
    State.ENDED: {Signal.ALARM: State.RELAPSED, Signal.LONG_CALM: State.QUIET},
    State.RELAPSED: {Signal.CALM: State.ENDED},
}
"""state → signal → next state; what is not in it cannot happen."""


class Span(Struct, frozen=True, kw_only=True):
    """A stretch of failures, in seconds from the start of the counts."""

    noticed: int
    """Known at the end of this second."""
    began: int
    ended: int | None
    """None while it lasts."""


def incidents_of(spans: list[Span], *, relapse_s: float) -> list[tuple[Span, ...]]:
    """Group spans in order of time: one that begins within `relapse_s` of the last one's end is a relapse of it."""
    state = State.QUIET
    found: list[tuple[Span, ...]] = []
    for span in spans:
        if found and span.began - (found[-1][-1].ended or span.began) > relapse_s:
            state = MOVES[state][Signal.LONG_CALM]
        state = MOVES[state][Signal.ALARM]
        found = [*found[:-1], (*found[-1], span)] if state is State.RELAPSED else [*found, (span,)]
        if span.ended is not None:
            state = MOVES[state][Signal.CALM]
    return found
