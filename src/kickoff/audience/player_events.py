"""What do other players say of themselves? Events of CMCD v2 and of Eyevinn's specification, read into one form.

CMCD v2 event mode (CTA-5004-B): a line an event, `application/cmcd`, all with `e` and `ts`:

    e=ps,sta=p,ts=1662490800000,sid="6e2f…",sn=3,msd=640,br=(2500)

Eyevinn Player Analytics Specification 0.2: a JSON object an event:

    {"event": "buffering", "sessionId": "6e2f…", "timestamp": 1662490800000, "playhead": 0, "duration": 0}

Neither says how long was watched: they say when the player's state changed. `Story` adds that up. A heartbeat or an
interval event changes nothing and proves that the state went on.
"""

from collections.abc import Mapping

from msgspec import Struct

from kickoff.audience.cmcd import KNOWN, CmcdError, Value, parse

SILENT_MS_MAX = 120_000
"""A player that said nothing for so long (four default intervals of CMCD v2) is not known to have played on."""
STATES = frozenset("psrakwefq")
"""CMCD v2 `sta`: playing, starting, rebuffering, paused, seeking, waiting, ended, failed, quit. `d`, preloading, is
nobody's watching and reads as starting."""
_EYEVINN = {
    "init": "s", "loading": "s", "loaded": "s", "playing": "p", "paused": "a", "buffering": "r", "buffered": "p",
    "seeking": "k", "seeked": "p", "stopped": "q", "error": "f",
    "heartbeat": "", "metadata": "", "bitrate_changed": "", "warning": "",
    # names of version 0.1
    "play": "s", "pause": "a", "resume": "p",
}  # fmt: skip
"""Event → state from then on; empty: as before."""
_INSTANT_MAX = 2**53


class EventError(ValueError):
    """This is not an event of a player. The reader counts it and goes on."""


class Said(Struct, frozen=True, kw_only=True):
    """One event. What it does not say is empty or None."""

    at_ms: int
    """By the player's own clock, milliseconds since 1970."""
    state: str
    """From now on, a CMCD v2 `sta`; empty: as before."""
    session: str
    content: str = ""
    number: int | None = None
    bitrate_kbps: int | None = None
    start_up_ms: int | None = None
    error: str = ""
    unknown: tuple[str, ...] = ()
    """Keys or events that are in no specification."""


class Spent(Struct, frozen=True, kw_only=True):
    """What the time since the event before was spent with, and the state from now on."""

    state: str
    watched_ms: int
    stalled_ms: int


class Story(Struct, kw_only=True):
    """One session so far: since when it is in which state."""

    at_ms: int = 0
    state: str = ""

    def hear(self, said: Said) -> Spent:
        """Go on to this event. One that is older than the last, or comes after a long silence, covers no time."""
        before, self.state = self.state, said.state or self.state
        silent_ms = said.at_ms - self.at_ms
        self.at_ms = max(self.at_ms, said.at_ms)
        covered_ms = silent_ms if before and 0 < silent_ms <= SILENT_MS_MAX else 0
        return Spent(
            state=self.state,
            watched_ms=covered_ms if before == "p" else 0,
            stalled_ms=covered_ms if before == "r" else 0,
        )


def read_cmcd(line: str) -> Said:
    """An event of CMCD v2. Raises `EventError`."""
    try:
        told = parse(line.strip())
    except CmcdError as error:
        raise EventError(f"CMCD: {error}") from error
    at, event = _whole(told.get("ts"), _INSTANT_MAX), told.get("e")
    if at is None or not isinstance(event, str):
        raise EventError("CMCD: an event has the keys e and ts")
    state = told.get("sta") if event != "e" else told.get("sta", "f")
    state = {"d": "s"}.get(state, state) if isinstance(state, str) else ""
    return Said(
        at_ms=at,
        state=state if state in STATES else "",
        session=_text(told.get("sid")),
        content=_text(told.get("cid")),
        number=_whole(told.get("sn"), 2**31 - 1),
        bitrate_kbps=_whole(told.get("br"), 1_000_000),
        start_up_ms=_whole(told.get("msd"), 600_000),
        error=_text(told.get("ec")),
        unknown=tuple(sorted(told.keys() - KNOWN)),
    )


class EyevinnEvent(Struct, frozen=True, kw_only=True, rename="camel"):
    """The object as it is sent; other fields are passed over."""

    event: str
    session_id: str
    timestamp: int
    payload: dict[str, object] = {}


def read_eyevinn(told: EyevinnEvent) -> Said:
    """An event of Eyevinn's specification. Raises `EventError`."""
    if not 0 < told.timestamp <= _INSTANT_MAX:
        # The specification lets `init` say −1: then it places nothing in time.
        raise EventError(f"{told.event[:40]}: timestamp {told.timestamp} is no instant")
    state = _EYEVINN.get(told.event)
    if told.event == "stopped" and told.payload.get("reason") == "error":
        state = "f"
    return Said(
        at_ms=told.timestamp,
        state=state or "",
        session=told.session_id[:128],
        content=_first_text(told.payload, "contentId", "contentTitle"),
        bitrate_kbps=_whole(_number(told.payload.get("bitrate")), 1_000_000),
        error=_first_text(told.payload, "code", "category"),
        unknown=() if state is not None else (told.event[:64],),
    )


def _first_text(payload: Mapping[str, object], *names: str) -> str:
    return next((text[:128] for name in names if isinstance(text := payload.get(name), str) and text), "")


def _number(value: object) -> Value | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 16:
        return int(value)
    return value if isinstance(value, int) else None


def _text(value: Value | None) -> str:
    return value[:128] if isinstance(value, str) else ""


def _whole(value: Value | None, most: int) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most else None
