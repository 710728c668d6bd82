"""What does a message from a player say? A beat becomes facts; nothing is touched here.

A beat carries the CMCD v2 player state (CTA-5004-A `sta`) and what was watched since the last one. The first `p` is the
first frame; `f` before it is a failed start, after it an ended stream.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

TEN_MINUTES_MS = 600_000
Milliseconds = Annotated[int, Meta(ge=0, le=TEN_MINUTES_MS)]
Word = Annotated[str, Meta(max_length=40)]


class PlayerState(StrEnum):
    """CMCD v2 `sta`."""

    PLAYING = "p"
    STARTING = "s"
    REBUFFERING = "r"
    PAUSED = "a"
    SEEKING = "k"
    WAITING = "w"
    ENDED = "e"
    FAILED = "f"
    QUIT = "q"


class Beat(Struct, frozen=True, kw_only=True, gc=False):
    """What the player sent. Milliseconds since its last beat; `msd` is the start-up time, on the first picture."""

    sta: PlayerState = PlayerState.PLAYING
    watched_ms: Milliseconds = 0
    stalled_ms: Milliseconds = 0
    br: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    msd: Milliseconds | None = None
    ec: Word = ""
    cdn: Word = ""
    channel: Word = ""
    sn: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    """CMCD v2: the number of this beat in its stream."""
    ts: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    """CMCD v2: the player's own clock when it sent this, in milliseconds since 1970."""


class Happened(StrEnum):
    """What the beat tells, besides that the stream was watched."""

    STARTED = "started"
    START_FAILED = "start_failed"
    ENDED = "ended"


def happened(beat: Beat, *, started: bool, failed: bool) -> tuple[Happened, str] | None:
    """(what, code) of a beat; None: nothing but watching.

    `started`, `failed`: what is known of this stream. A failed start is told once, until a picture comes.
    """
    if beat.sta is PlayerState.PLAYING and not started:
        return Happened.STARTED, ""
    if beat.sta is PlayerState.FAILED:
        if started:
            return Happened.ENDED, "failed"
        return None if failed else (Happened.START_FAILED, start_failure(beat.ec))
    if beat.sta is PlayerState.QUIT:
        return Happened.ENDED, "quit"
    return None


def lag_ms(clock_ms: int | None, *, at_ms: int) -> int | None:
    """Arrival less the player's own clock; None where it tells none, or one that is wrong beyond ten minutes."""
    if clock_ms is None:
        return None
    lag = at_ms - clock_ms
    return lag if abs(lag) <= TEN_MINUTES_MS else None


_FAILURES = frozenset({"manifest", "segment", "forbidden", "timeout", "decode"})


def start_failure(error: str) -> str:
    """The code of a failed start from the player's error code; what is not in the list is `other`."""
    return error if error in _FAILURES else "other"


def next_beat_s(beat_s: float, stream: int) -> float:
    """When the next beat is due: the interval, spread by a tenth, so that those who started together part."""
    return round(beat_s * (0.95 + (stream * 0x9E3779B1 % 1024) / 10_240), 3)
