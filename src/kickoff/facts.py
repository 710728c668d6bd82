"""What is recorded? One thing that happened to one viewer, or to the house, and how it stands in the log.

This file is the schema: `kickoff facts --schema` prints it and `docs/facts.md` is generated from it. Whoever writes a
journal with these columns alone gets every answer of the aftermath.

Two forms. In the *log* a fact is one record of `RECORD_BYTES` bytes, packed by `recorder.Recorder` and read back by
NumPy in one call; strings are stored once per file, as dictionary records. In the *tables* (`COLUMNS`) strings are
strings again and what a fact does not have is null.
"""

from collections.abc import Iterator
from enum import StrEnum

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

SCHEMA_VERSION = 2
"""1: spans without the numbers of beats and without players' clocks. 2: with them. Both are read."""


class Fact(StrEnum):
    """What happened. The order is the number in the log: append only, never reorder."""

    # PERF: an enum's own hash is a Python call, and each fact is looked up by it (make bench-door).
    __hash__ = str.__hash__

    # to a viewer
    JOINED = "joined"
    CALLED = "called"
    PASSED = "passed"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    REFUSED = "refused"
    LEASED = "leased"
    STARTED = "started"
    START_FAILED = "start_failed"
    BEAT = "beat"
    ENDED = "ended"
    READMITTED = "readmitted"
    EXPELLED = "expelled"
    REPORTED = "reported"
    # to the house: subject is null
    HEALTH = "health"
    RATE = "rate"
    RELEASED = "released"
    MATCH = "match"
    OPERATOR = "operator"
    TOLD = "told"


class Lane(StrEnum):
    """The lanes of the line, in the order of their number in the log: append only."""

    __hash__ = str.__hash__

    MAIN = "main"
    GRACE = "grace"
    REENTRY = "reentry"
    KNOWN = "known"
    SLOW = "slow"
    OPERATOR = "operator"


MEANINGS: dict[Fact, str] = {
    Fact.JOINED: "took a place in the line; asked again, the same place is not a second fact",
    Fact.CALLED: "everyone of the lane up to `place` may come in now; one row a step of the lane, subject null",
    Fact.PASSED: "redeemed a called ticket for a pass; `wait_ms` since joined",
    Fact.SIGNED_IN: "signed in; `duration_ms` is the back end's answer time; `place` links a device to its account",
    Fact.SIGN_IN_FAILED: "tried to sign in and was not; `code` says why",
    Fact.REFUSED: "was told no for another reason; `code` says which",
    Fact.LEASED: "pressed play: a stream was granted; one row an attempt to start, the denominator of start failures",
    Fact.STARTED: "saw the first frame; `duration_ms` from the lease to the picture (start-up time, CTA-2066)",
    Fact.START_FAILED: "a fatal error before the first frame (video start failure, CTA-2066); `code` says which",
    Fact.BEAT: "was watching: `watched_ms` and `stalled_ms` since the last beat of this stream; where the player tells "
    "them, `place` is the beat's number in its stream (CMCD v2 `sn`) and `wait_ms` its arrival less the player's own "
    "clock (CMCD v2 `ts`), negative where that clock is ahead",
    Fact.ENDED: "a stream ended; `code` says by whom; before `started` and without `start_failed` it is an exit "
    "before video start",
    Fact.READMITTED: "came back in through the re-entry lane",
    Fact.EXPELLED: "was put out while watching by the house: a defect wherever it is found",
    Fact.REPORTED: "a signed-in subscriber said what they see; `code` is what",
    Fact.HEALTH: "a dependency's health, once a second",
    Fact.RATE: "the rate at which people are called changed; `code` is the binding term",
    Fact.RELEASED: "a version of an app or of the back end was released; `app` names it",
    Fact.MATCH: "an instant of the match clock",
    Fact.OPERATOR: "an act of the operator; `app` is who did it",
    Fact.TOLD: "what the last of a lane's line is told, once a second while it stands: `place` is where they stand in "
    "the order of calling, `duration_ms` and `wait_ms` the 0.1 and 0.9 quantiles of their wait",
}

DRAWN = "draw"
CODES: dict[Fact, dict[str, str]] = {
    Fact.JOINED: {
        "session": "by a session: the household's place",
        "device": "by a device cookie; in lane `slow`: from a network that was hot, with nothing shown for itself",
        "proof": "by a device cookie, with a proof of work shown",
        "claim": "by a claim of the operator's",
    },
    Fact.PASSED: {"in_time": "within `call_s`", "grace": "later, through the grace lane"},
    Fact.SIGN_IN_FAILED: {
        "wrong_password": "the account exists, the password is wrong",
        "unknown_account": "no such account",
        "overloaded": "the permit was full or the back end shed the work",
        "timeout": "no answer by the deadline",
        "error": "the back end answered with an error",
    },
    Fact.REFUSED: {
        "not_in_offer": "the offer does not hold the channel",
        "too_many_streams": "the offer's stream limit is reached",
        "rate_limited": "the network's quota is used up",
        "bad_token": "a token was forged, cut, stale or of another night",
        "proof_needed": "the place was called, but its network turned out to be hot: a proof of work is asked for",
        "shared_ticket": "too many networks redeemed one ticket: its holder is in the slow lane",
        "full": "the line itself is full, or the disk",
        "draining": "the operator lets the line empty: no new places are given",
        "closed": "the night is not open",
        "unreachable": "the client said later that it had met no door at this instant",
        "gave_up": "the client said later that it had left the line at this instant",
    },
    Fact.LEASED: {"new": "a new stream", "switch": "another channel of a stream in progress"},
    Fact.START_FAILED: {
        "manifest": "the playlist was not to be had",
        "segment": "a media segment was not to be had",
        "forbidden": "the playback token was refused",
        "timeout": "no first frame by the player's deadline",
        "decode": "the device could not decode",
        "other": "any other fatal error",
    },
    Fact.ENDED: {
        "quit": "the viewer left",
        "whistle": "the viewer left at the end",
        "failed": "a fatal error while watching, after the player's own retry",
        "stopped": "ended by its own account from another screen",
    },
    Fact.REPORTED: {
        "black_screen": "no picture",
        "error": "an error message",
        "buffering": "the picture stops",
        "sign_in": "cannot sign in",
        "sound": "no sound or wrong language",
        "other": "something else",
    },
    Fact.RATE: {"measured": "the code is the name of the binding dependency, cap or operator act"},
    Fact.MATCH: {
        "kick_off": "",
        "goal": "",
        "half_time": "",
        "second_half": "",
        "penalties": "",
        "whistle": "",
    },
    Fact.OPERATOR: {
        DRAWN: "`place` people of this lane, who came before the doors, were put in order by lot; the seed follows",
        "pause": "",
        "resume": "",
        "cap": "",
        "drain": "no new places are given",
        "no_drain": "they are given again",
        "queue": "everybody waits who does not watch, those called too",
        "no_queue": "people are let in again",
        "open": "",
        "close": "",
        "notice": "",
        "incident": "",
        "pin": "the heartbeat interval is set by hand, `duration_ms`; -1: as ordered again",
        "ladder": "players choose among the lower bitrates: so many rungs are capped; without a number, as ordered",
        "lanes": "shares are guaranteed to the lanes that follow, each with its share; without any, no longer",
        "doors": "the doors open at another time than planned: `duration_ms` from the start of the night",
        "draws": "places are given, before the doors, from another time than planned, likewise",
        "ends": "the night ends at another time, likewise",
        "schedule": "doors, end and when places are given are as planned again",
        "codes": "who waits, and who cannot be taken, is answered with the statuses that follow; without any, as ever",
    },
}
"""fact → code → meaning. RATE and OPERATOR codes are open lists."""


class Column(Struct, frozen=True, kw_only=True):
    """One column of the facts table."""

    name: str
    type: str
    """Arrow type in the tables: int64, int32, string."""
    unit: str
    meaning: str


COLUMNS: tuple[Column, ...] = (
    Column(name="at", type="int64", unit="µs UTC", meaning="when it happened; never null"),
    Column(name="fact", type="string", unit="", meaning="what happened; never null"),
    Column(
        name="subject", type="int64", unit="", meaning="keyed hash of the account, else of the device; null: the house"
    ),
    Column(name="stream", type="int64", unit="", meaning="which of the subject's streams; 32-bit number of the lease"),
    Column(name="offer", type="string", unit="", meaning="what the account pays for"),
    Column(name="channel", type="string", unit="", meaning="channel asked for or watched"),
    Column(name="device", type="string", unit="", meaning="class of device: tv, box, phone, tablet, web"),
    Column(name="app", type="string", unit="", meaning="application and version"),
    Column(name="isp", type="string", unit="", meaning="internet access provider"),
    Column(name="region", type="string", unit="", meaning="region of the viewer"),
    Column(name="cdn", type="string", unit="", meaning="delivery network the stream came from"),
    Column(name="source", type="int64", unit="", meaning="pseudonymised network: keyed 32-bit hash of /24 or /48"),
    Column(name="lane", type="string", unit="", meaning="lane of the line"),
    Column(name="place", type="int64", unit="", meaning="place in the lane, from 1 on"),
    Column(name="wait_ms", type="int32", unit="ms", meaning="time in line"),
    Column(name="duration_ms", type="int32", unit="ms", meaning="how long the thing itself took"),
    Column(name="code", type="string", unit="", meaning="which kind; allowed values by fact in CODES"),
    Column(name="watched_ms", type="int32", unit="ms", meaning="picture moving since the last beat"),
    Column(name="stalled_ms", type="int32", unit="ms", meaning="picture stopped against the viewer's will since then"),
    Column(name="bitrate_kbps", type="int32", unit="kbit/s", meaning="bitrate played"),
    Column(name="dependency", type="string", unit="", meaning="health: sign_in, playlist, origin …"),
    Column(name="utilisation", type="int32", unit="ppm", meaning="health: share of capacity in use, millionths"),
    Column(name="queue_ms", type="int32", unit="ms", meaning="health: queueing delay"),
    Column(name="errors", type="int32", unit="", meaning="health: failed calls in the last second"),
    Column(
        name="capacity_per_s", type="int32", unit="1/1000 s⁻¹", meaning="health: calls a second it can carry × 1000"
    ),
    Column(name="rate_per_s", type="int32", unit="1/1000 s⁻¹", meaning="rate: people called a second × 1000"),
)

_FACTS = tuple(Fact)
_LANES = tuple(Lane)
FACT_NUMBER: dict[Fact, int] = {fact: number for number, fact in enumerate(_FACTS, 1)}
LANE_NUMBER: dict[Lane, int] = {lane: number for number, lane in enumerate(_LANES, 1)}
FACT_NAMES: tuple[str, ...] = ("", *(str(fact) for fact in _FACTS))
LANE_NAMES: tuple[str, ...] = ("", *(str(lane) for lane in _LANES))

STRING_COLUMNS: tuple[str, ...] = (
    "offer", "channel", "device", "app", "isp", "region", "cdn", "code", "dependency",
)  # fmt: skip
"""Columns whose strings stand in the log as 16-bit numbers; 0 is null."""

NULL_SUBJECT = -(2**63)
NULL_INT = -1
RECORD_BYTES = 96
TEXT_BYTES_MAX = 80
CODES_MAX = 4096
"""Distinct strings per column and file; what comes after is recorded as `(other)`."""

KIND_FACT = 1
KIND_TEXT = 2

RECORD = np.dtype(
    [
        ("kind", "u1"), ("fact", "u1"), ("lane", "u1"), ("spare", "u1"), ("stream", "<u4"),
        ("at", "<i8"), ("subject", "<i8"), ("place", "<i8"),
        ("source", "<u4"), ("wait_ms", "<i4"), ("duration_ms", "<i4"),
        ("watched_ms", "<i4"), ("stalled_ms", "<i4"), ("bitrate_kbps", "<i4"),
        ("offer", "<u2"), ("channel", "<u2"), ("device", "<u2"), ("app", "<u2"), ("isp", "<u2"), ("region", "<u2"),
        ("cdn", "<u2"), ("code", "<u2"), ("dependency", "<u2"), ("spare2", "<u2"),
        ("utilisation", "<i4"), ("queue_ms", "<i4"), ("errors", "<i4"), ("capacity_per_s", "<i4"),
        ("rate_per_s", "<i4"),
    ]
)  # fmt: skip
TEXT = np.dtype(
    [("kind", "u1"), ("column", "u1"), ("code", "<u2"), ("length", "<u2"), ("text", "S80"), ("rest", "S10")]
)


class Row(Struct, kw_only=True, gc=False):
    """One fact about to be recorded; what is left out is null. `capacity_per_s` and `rate_per_s` are × 1000."""

    at: int
    fact: Fact
    subject: int = NULL_SUBJECT
    stream: int = 0
    offer: str = ""
    channel: str = ""
    device: str = ""
    app: str = ""
    isp: str = ""
    region: str = ""
    cdn: str = ""
    source: int = 0
    lane: Lane | None = None
    place: int = NULL_INT
    wait_ms: int = NULL_INT
    duration_ms: int = NULL_INT
    code: str = ""
    watched_ms: int = NULL_INT
    stalled_ms: int = NULL_INT
    bitrate_kbps: int = NULL_INT
    dependency: str = ""
    utilisation: int = NULL_INT
    queue_ms: int = NULL_INT
    errors: int = NULL_INT
    capacity_per_s: int = NULL_INT
    rate_per_s: int = NULL_INT


class Records(Struct, frozen=True):
    """What one log file holds: its facts in order, and per string column the strings by number (0 is null)."""

    facts: NDArray[np.void]
    texts: dict[str, list[str]]


def read_records(raw: bytes | bytearray | memoryview, *, before: Records | None = None) -> Records:
    """Read the whole records of a log file; a torn tail is left out.

    `before`: what was read earlier from the same file, when `raw` continues it; its dictionary goes on.
    Raises `ValueError` when a whole record is neither a fact nor a dictionary entry, or names what does not exist: the
    file is not a log, or bytes of it were changed or lost.
    """
    whole = len(raw) // RECORD_BYTES
    records = np.frombuffer(raw, dtype=RECORD, count=whole)
    texts = {name: list(before.texts[name]) if before else [""] for name in STRING_COLUMNS}
    is_fact = records["kind"] == KIND_FACT
    is_text = records["kind"] == KIND_TEXT
    if not np.all(is_fact | is_text):
        message = (
            f"record {int(np.argmin(is_fact | is_text))} is neither a fact nor a dictionary entry: not a log of facts"
        )
        raise ValueError(message)
    for entry in records[is_text].view(TEXT):
        _learn_again(texts, entry)
    # PERF: a file's dictionary stands near its beginning; what follows is not copied (make bench-rush: `restart_s`).
    facts = records if is_fact.all() else records[is_fact]
    _check_numbers(facts, texts)
    return Records(facts=facts, texts=texts)


def _learn_again(texts: dict[str, list[str]], entry: np.void) -> None:
    column, length = int(entry["column"]), int(entry["length"])
    if column >= len(STRING_COLUMNS) or length > TEXT_BYTES_MAX:
        message = f"a dictionary entry for column {column} of {length} bytes: not a log of facts, or damaged"
        raise ValueError(message)
    book = texts[STRING_COLUMNS[column]]
    if int(entry["code"]) != len(book):
        message = f"entry {int(entry['code'])} of {STRING_COLUMNS[column]} follows {len(book) - 1}: a part is missing"
        raise ValueError(message)
    # NumPy drops trailing zero bytes; the length brings them back.
    book.append(bytes(entry["text"]).ljust(TEXT_BYTES_MAX, b"\0")[:length].decode(errors="replace"))


def _check_numbers(facts: NDArray[np.void], texts: dict[str, list[str]]) -> None:
    known = {"fact": len(FACT_NAMES), "lane": len(LANE_NAMES), **{name: len(book) for name, book in texts.items()}}
    for name, count in known.items():
        if (most := int(facts[name].max(initial=0))) >= count:
            message = f"a fact names {name} {most} of {count - 1}: bytes were changed or lost"
            raise ValueError(message)
    if len(facts) and int(facts["fact"].min()) == 0:
        message = "a fact is of no kind: bytes were changed or lost"
        raise ValueError(message)


LAYOUT = {
    "JOURNAL/NIGHT/facts/*.parquet": "the facts of one night: any number of files, rows in any order; a folder a night",
    "JOURNAL/NIGHT/night.toml": "the night file with `starts_at`; without it, start and schedule are told by the facts",
    "JOURNAL/NIGHT/subscribers.parquet": "who could have come: subject, offer, known_since (µs UTC); may be missing",
}
"""Where a journal's files stand: path → what it holds."""


def schema() -> Iterator[dict[str, object]]:
    """The schema as plain rows: first the columns, then the facts with their codes."""
    for column in COLUMNS:
        yield {"column": column.name, "type": column.type, "unit": column.unit, "meaning": column.meaning}
    for fact in Fact:
        yield {"fact": str(fact), "meaning": MEANINGS[fact], "codes": CODES.get(fact, {})}
