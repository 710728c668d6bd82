"""What do those say who hear many players? Beats in columns, hundreds a request, from a collector with a token.

A collector is a delivery network's edge or an app's gateway: it has checked each player's playback token with the
public key, so it knows the account (`sub`) and the stream. One seal is opened for the whole batch; that each stream is
in progress and is this account's is looked up in the lease table, many at once. What is not is named in the answer.

    {"stream": [1, 2], "subject": [-44, 17], "watched_ms": [10000, 10000], "sn": [4, 9], "ts": [1662490800000, …]}
"""

from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from kickoff.door.bodies import decode
from kickoff.door.identity import bearer
from kickoff.door.journal import Texts
from kickoff.door.problems import problem
from kickoff.door.seam import Reply, Request
from kickoff.door.state import JSON, House
from kickoff.door.streams import tell
from kickoff.facts import FACT_NUMBER, KIND_FACT, NULL_INT, RECORD, Fact, Row
from kickoff.playback.beats import TEN_MINUTES_MS, Beat, Happened, Milliseconds, PlayerState, happened
from kickoff.playback.kinds import Kind
from kickoff.playback.leases import FAILED, STARTED, Looked
from kickoff.seals import SealError
from kickoff.units import US_PER_MS

CONTENT_TYPE = "application/vnd.kickoff.beats+json"
COLLECTOR_PURPOSE = "collector"
BEATS_MAX = 1000
Ints = NDArray[np.int64]


class CollectorClaims(Struct, frozen=True, kw_only=True, array_like=True):
    """Who may speak for many players of a night."""

    name: str
    night: str
    expires_at: int


COLLECTOR_DECODER = msgspec.msgpack.Decoder(CollectorClaims)


class Columns(Struct, frozen=True, kw_only=True):
    """A batch: columns of one length; `stream` and `subject` always, others where they are known. Nulls are −1."""

    stream: Annotated[list[Annotated[int, Meta(ge=0, le=2**32 - 1)]], Meta(max_length=BEATS_MAX)]
    subject: Annotated[list[Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]], Meta(max_length=BEATS_MAX)]
    watched_ms: Annotated[list[Milliseconds], Meta(max_length=BEATS_MAX)]
    stalled_ms: Annotated[list[Milliseconds], Meta(max_length=BEATS_MAX)] = []
    br: Annotated[list[Annotated[int, Meta(ge=-1, le=1_000_000)]], Meta(max_length=BEATS_MAX)] = []
    sn: Annotated[list[Annotated[int, Meta(ge=-1, le=2**31 - 1)]], Meta(max_length=BEATS_MAX)] = []
    ts: Annotated[list[Annotated[int, Meta(ge=-1, le=2**53)]], Meta(max_length=BEATS_MAX)] = []
    msd: Annotated[list[Annotated[int, Meta(ge=-1, le=TEN_MINUTES_MS)]], Meta(max_length=BEATS_MAX)] = []
    sta: Annotated[str, Meta(max_length=BEATS_MAX, pattern=r"^[psrakwefq]*\Z")] = ""
    """A CMCD v2 state a beat, one letter each; empty: all play."""


COLUMNS = msgspec.json.Decoder(Columns)


class Batch(Struct, frozen=True, kw_only=True):
    """A batch whose columns are known to be of one length."""

    streams: Ints
    subjects: Ints
    states: NDArray[np.uint8]
    columns: Columns
    at: int

    def ints(self, name: str) -> Ints:
        """One of the columns that may be left out."""
        found: list[int] = getattr(self.columns, name)
        return np.array(found, dtype=np.int64) if found else np.full(self.streams.size, NULL_INT, dtype=np.int64)


def collected(house: House, request: Request) -> Reply:
    """202 `{"taken", "refused": [index, …]}`: those refused are of streams not in progress here, or of others."""
    if not _is_collector(house, request):
        return problem("bad_token", "A batch needs a collector's token: `kickoff collector` makes one.")
    try:
        batch = _read(decode(COLUMNS, request.body), request.at_us)
    except msgspec.DecodeError as error:
        return problem("bad_request", str(error))
    found = house.leases.look(batch.streams, batch.subjects)
    kept = np.flatnonzero(found.is_open)
    if kept.size:
        _take(house, batch, found, kept)
    refused = np.flatnonzero(~found.is_open).tolist()
    return Reply(status=202, body=JSON.encode({"taken": kept.size, "refused": refused}), needs_log=True)


def _is_collector(house: House, request: Request) -> bool:
    try:
        claims = house.seals.open(COLLECTOR_PURPOSE, bearer(request), COLLECTOR_DECODER, at_us=request.at_us)
    except SealError:
        return False
    return claims.night == house.night.name


def _read(columns: Columns, at: int) -> Batch:
    size = len(columns.stream)
    for name in ("subject", "watched_ms"):
        if len(getattr(columns, name)) != size:
            raise msgspec.DecodeError(f"{name}: has another length than stream, {size}; write one value a beat")
    for name in ("stalled_ms", "br", "sn", "ts", "msd", "sta"):
        if len(getattr(columns, name)) not in (0, size):
            raise msgspec.DecodeError(f"{name}: has another length than stream, {size}; write one a beat, or none")
    return Batch(
        streams=np.array(columns.stream, dtype=np.int64),
        subjects=np.array(columns.subject, dtype=np.int64),
        states=np.frombuffer((columns.sta or "p" * size).encode(), dtype=np.uint8),
        columns=columns,
        at=at,
    )


def _take(house: House, batch: Batch, found: Looked, kept: Ints) -> None:
    """Renew the leases, record a beat each, and tell what else they say: first pictures, failures, ends."""
    streams = batch.streams[kept]
    house.leases.seen_many(streams, at_us=batch.at, beat_ms=house.beat_ms)
    kinds = house.kinds.of(streams)
    records = _records(batch, kept, streams)
    house.journal.record_many(records, _texts(house, kinds, found.channel[kept], found.device[kept]))
    house.counts.beats += kept.size
    rates = records["bitrate_kbps"][records["bitrate_kbps"] > 0]
    if rates.size:
        house.played_many(float(rates.mean()), rates.size)
    states = batch.states[kept]
    plays = (states == ord("p")) & (found.flags[kept] & STARTED == 0)
    for at in np.flatnonzero(plays | (states == ord("f")) | (states == ord("q"))).tolist():
        _tell(house, batch, int(kept[at]), house.kinds.kinds[int(kinds[at])])


_BLANK = np.zeros(1, dtype=RECORD)
for _name in RECORD.names or ():
    if RECORD[_name].kind == "i":
        _BLANK[_name] = NULL_INT
_BLANK["kind"], _BLANK["fact"] = KIND_FACT, FACT_NUMBER[Fact.BEAT]


def _records(batch: Batch, kept: Ints, streams: Ints) -> NDArray[np.void]:
    records = np.repeat(_BLANK, kept.size)
    records["at"], records["stream"], records["subject"] = batch.at, streams, batch.subjects[kept]
    records["watched_ms"] = np.array(batch.columns.watched_ms, dtype=np.int64)[kept]
    records["stalled_ms"] = np.maximum(batch.ints("stalled_ms"), 0)[kept]
    records["bitrate_kbps"], records["place"] = batch.ints("br")[kept], batch.ints("sn")[kept]
    if batch.columns.ts:
        ts = batch.ints("ts")[kept]
        lag = batch.at // US_PER_MS - ts
        records["wait_ms"] = np.where((ts >= 0) & (np.abs(lag) <= TEN_MINUTES_MS), lag, NULL_INT)
    return records


def _texts(house: House, kinds: Ints, channels: Ints, devices: Ints) -> dict[str, Texts]:
    known, leases = house.kinds.kinds, house.leases
    return {
        "offer": Texts(kinds, lambda number: known[number].offer),
        "channel": Texts(channels, leases.channel_words.__getitem__),
        "device": Texts(devices, leases.device_words.__getitem__),
        "app": Texts(kinds, lambda number: known[number].app),
        "isp": Texts(kinds, lambda number: known[number].isp),
        "region": Texts(kinds, lambda number: known[number].region),
        "cdn": Texts(kinds, lambda number: known[number].cdn),
    }


def _tell(house: House, batch: Batch, index: int, kind: Kind) -> None:
    """What one beat says besides that the stream was watched: as if it had come alone."""
    stream, leases = int(batch.streams[index]), house.leases
    beat = Beat(sta=PlayerState(chr(batch.states[index])))
    told = happened(beat, started=leases.has(stream, STARTED), failed=leases.has(stream, FAILED))
    if told is None:
        return
    row = Row(
        at=batch.at,
        fact=Fact.BEAT,
        subject=int(batch.subjects[index]),
        stream=stream,
        channel=leases.channel(stream),
        device=leases.device(stream),
        **kind._asdict(),
    )
    if told[0] is Happened.STARTED and batch.columns.msd:
        row.duration_ms = batch.columns.msd[index]
    tell(house, told, row)
