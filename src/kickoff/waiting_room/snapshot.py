"""What everybody is told about the line: a frozen snapshot that a tick replaces whole; the status object."""

import math
from enum import StrEnum

import msgspec
from msgspec import Struct

from kickoff.units import AtUs, Place
from kickoff.waiting_room.skips import Skips, longest

SKIPS_TOLD = 64
"""Of the gaps in a line so many are told, the longest: who stands behind the others comes in sooner than is told."""


class LineState(StrEnum):
    """What the line does. Moves stand in `states.py`."""

    BEFORE = "before"
    DRAW = "draw"
    OPEN = "open"
    QUEUEING = "queueing"
    PAUSED = "paused"
    CLOSED = "closed"


SHUT = (LineState.BEFORE, LineState.DRAW)
"""The doors have not been opened yet."""


class LaneStatus(Struct, frozen=True, kw_only=True):
    """One lane: everyone up to `serving` may come in."""

    serving: Place
    skips: Skips = ()
    """Numbers ahead that nobody has; a line of one door has none."""
    rate_per_s: float
    eta: tuple[float, float, float]
    """Seconds per place at the end of the line: 0.1, 0.5 and 0.9 quantiles."""
    curve: tuple[tuple[float, float, float, float], ...] = ()
    """(places ahead, seconds until they are called: 0.1, 0.5 and 0.9 quantiles), the nearest first."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """All that a request needs to know of the line. `epoch` counts the snapshots of this night."""

    at: AtUs
    state: LineState
    epoch: int
    lanes: dict[str, LaneStatus]
    poll_s: tuple[float, float]
    beat_s: float
    call_s: float
    reason: str = ""
    notice: dict[str, str] = {}
    """Language → words: `fr` and `en`, or empty."""
    bitrate_cap_kbps: int | None = None
    incident: str = ""
    """Empty, or the identifier of an open incident, for the player's honest words."""
    admit_max: int | None = None
    """Passes, counted from the start of the night, that may have been given: who is called beyond it is next. None: no
    hard cap is known. For the door alone, not in the status object."""
    doors_at: AtUs | None = None
    """When the doors open, as the operator says by now; None: as planned."""
    ends_at: AtUs | None = None
    draw_at: AtUs | None = None
    """From when places are given, as the operator says by now; None: from the start."""
    appointment: tuple[AtUs, AtUs] | None = None
    """Instead of a poll: the range from which each draws the instant of its next look (`appointments.py`)."""


def status_object(
    snapshot: Snapshot, *, draw: dict[str, object] | None = None, waiting_status: int | None = None, late: int = 0
) -> bytes:
    """The bytes of `GET /v1/{night}/status`: the same for everybody, infinite ETAs as null.

    `waiting_status`: with which pages of those who wait are answered; None: with 200, and nothing is said of it.
    `late`: how many were called, came late and stand at the door of a full house.
    """
    return msgspec.json.encode(
        {
            "state": snapshot.state,
            "epoch": snapshot.epoch,
            "at": snapshot.at,
            "lanes": {
                name: {
                    "serving": lane.serving,
                    **({"skips": longest(lane.skips, SKIPS_TOLD)} if lane.skips else {}),
                    "rate_per_s": round(lane.rate_per_s, 3),
                    "eta": {
                        quantile: round(seconds, 6) if math.isfinite(seconds) else None
                        for quantile, seconds in zip(("p10", "p50", "p90"), lane.eta, strict=True)
                    }
                    | {"curve": [[round(number, 1) for number in row] for row in lane.curve]},
                }
                for name, lane in snapshot.lanes.items()
            },
            "grace": {"waiting": late},
            "draw": draw or {},
            "times": {"draw": snapshot.draw_at, "doors": snapshot.doors_at, "ends": snapshot.ends_at},
            "appointment": snapshot.appointment,
            "poll_s": snapshot.poll_s,
            "beat_s": snapshot.beat_s,
            "call_s": snapshot.call_s,
            "reason": snapshot.reason,
            "notice": snapshot.notice,
            "incident": snapshot.incident,
            **({} if waiting_status is None else {"waiting_status": waiting_status}),
        }
    )
