"""What do the doors of one night tell each other? Each what it recorded; each hears the others, and all know the house.

A door's log is its own; what others must know of it, it tells in messages (`Tell`): who redeemed, which streams began,
failed, ended, and which were heard of. Events are numbered from the start of the writer's log, so that a message told
twice, or read from the log and then heard, counts once. The same values go to the conductor, who sees one house.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.accounts.pairing import Told as Pairing
from kickoff.admission.orders import Health, Orders
from kickoff.door.answer_codes import AnswerCodes
from kickoff.door.journal import Journal, Log, Texts
from kickoff.door.sign_in_meter import SignIns
from kickoff.facts import FACT_NUMBER, KIND_TEXT, LANE_NUMBER, RECORD, Fact, Row
from kickoff.waiting_room.draw import Draw
from kickoff.waiting_room.snapshot import Snapshot

TOLD = (
    Fact.PASSED,
    Fact.SIGNED_IN,
    Fact.SIGN_IN_FAILED,
    Fact.LEASED,
    Fact.READMITTED,
    Fact.STARTED,
    Fact.START_FAILED,
    Fact.ENDED,
    Fact.REPORTED,
)
"""Facts that are told one by one. Places are the line's affair, beats are told as streams that were heard of."""
_TOLD = frozenset(TOLD)
_BEGINNINGS = frozenset({Fact.LEASED, Fact.READMITTED})
EVENTS_AT_ONCE = 5_000
EVENTS_KEPT = 200_000
"""Not told yet, while nobody answers: some minutes of a rush. Beyond, the oldest are left to the log."""


GAPS_KEPT = 64
"""Of one writer: gaps in what was heard that may yet be told again. Beyond, the oldest are left to the log."""


class Event(NamedTuple):
    """One fact as it is told: what changes the house, no more."""

    fact: int
    at: int
    lane: int
    place: int
    subject: int
    stream: int
    channel: str
    device: str
    code: str
    offer: str = ""
    """From here on of streams that begin: with what their beats are recorded when they come without a token."""
    app: str = ""
    isp: str = ""
    region: str = ""
    cdn: str = ""


class Tell(Struct, frozen=True, kw_only=True, array_like=True):
    """A message: events `first`, `first` + 1 … of a writer since it started."""

    writer: str
    epoch: int
    first: int
    events: tuple[Event, ...]
    seen: bytes
    """Streams heard of since the message before: 32-bit numbers, little end first."""
    pairings: tuple[Pairing, ...] = ()
    """How televisions that sign in stand, where it has changed: no event, and told twice it does no harm."""


class Presence(Struct, frozen=True, kw_only=True, array_like=True):
    """What each process says of itself every tick; the last word stands."""

    writer: str
    at_us: int
    epoch: int
    """Of the last snapshot that it shows."""
    serving: dict[str, int]
    is_door: bool
    beats: int = 0
    refused: dict[str, int] = {}
    bitrate_kbps: float = 0.0
    posted: tuple[Health, ...] = ()
    """What the operator's services posted at it."""
    sign_ins: SignIns = SignIns()
    late: tuple[tuple[str, int], ...] = ()
    """(lane, place) of those who stand late before it."""
    draw: Draw | None = None
    """The order that it has taken up: whoever leads next hears it, also where the server has forgotten it."""


class Wishes(Struct, frozen=True, kw_only=True, array_like=True):
    """What the operator wants; the latest stands, whichever door took it."""

    at_us: int = 0
    paused: bool = False
    cap_per_s: float | None = None
    notice: dict[str, str] = {}
    incident: str = ""
    pin_s: float | None = None
    drains: bool = False
    guaranteed: dict[str, float] = {}
    queues: bool = False
    codes: AnswerCodes = AnswerCodes()
    doors_at: int | None = None
    ends_at: int | None = None
    ladder_step: int | None = None
    draw_at: int | None = None


class Published(Struct, frozen=True, kw_only=True, array_like=True):
    """What the leading conductor says at each tick."""

    leader: str
    snapshot: Snapshot
    orders: Orders | None
    health: tuple[Health, ...]
    learnt: bytes = b""
    """The controller's memory, for whoever leads next."""
    log_lines_lost: int = 0
    """Lines of the access logs that it follows which said nothing."""
    draw: Draw | None = None
    """In which order those are called who came before the doors; None: not drawn, or not yet."""


TELL_DECODER = msgspec.msgpack.Decoder(Tell)
PRESENCE_DECODER = msgspec.msgpack.Decoder(Presence)
WISHES_DECODER = msgspec.msgpack.Decoder(Wishes)
PUBLISHED_DECODER = msgspec.msgpack.Decoder(Published)
ENCODER = msgspec.msgpack.Encoder()


class TellingJournal(Journal):
    """A journal that keeps what is to be told."""

    __slots__ = ("_events", "_first", "_seen")

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self._events: deque[Event] = deque()
        self._seen: set[int] = set()
        self._first = 0

    def record(self, row: Row) -> None:
        """Take a fact, and what is to be told of it."""
        super().record(row)
        if row.fact is Fact.BEAT:
            self._seen.add(row.stream)
        elif row.fact in _TOLD:
            self._events.append(_event(row))
            if len(self._events) > EVENTS_KEPT:
                self._events.popleft()
                self._first += 1

    def record_many(self, records: NDArray[np.void], texts: Mapping[str, Texts]) -> None:
        """Take many facts; they are beats."""
        super().record_many(records, texts)
        self._seen.update(records["stream"].tolist())

    def tell(self, *, writer: str, epoch: int, pairings: tuple[Pairing, ...] = ()) -> Tell | None:
        """The next message, taken out of what is kept; None: nothing has happened."""
        if not self._events and not self._seen and not pairings:
            return None
        events = tuple(self._events.popleft() for _ in range(min(EVENTS_AT_ONCE, len(self._events))))
        seen = np.fromiter(self._seen, dtype="<u4", count=len(self._seen)).tobytes()
        self._seen.clear()
        told = Tell(writer=writer, epoch=epoch, first=self._first, events=events, seen=seen, pairings=pairings)
        self._first += len(events)
        return told


def _event(row: Row) -> Event:
    lane = LANE_NUMBER[row.lane] if row.lane else 0
    kind = (row.offer, row.app, row.isp, row.region, row.cdn) if row.fact in _BEGINNINGS else ()
    return Event(
        FACT_NUMBER[row.fact],
        row.at,
        lane,
        row.place,
        row.subject,
        row.stream,
        row.channel,
        row.device,
        row.code,
        *kind,
    )


class Ears:
    """Which events of each writer were heard already."""

    def __init__(self, known: Mapping[tuple[str, int], int]) -> None:
        """`known`: (writer, epoch) → events that the logs told; see `told_in`."""
        self._next = dict(known)
        self._gaps: dict[tuple[str, int], list[tuple[int, int]]] = {}
        """(writer, epoch) → events from, and before, that were not heard when later ones were."""
        self._given_up = 0

    @property
    def missed(self) -> int:
        """Events that were told and not heard: so far they stand in their writer's log alone."""
        return self._given_up + sum(end - first for gaps in self._gaps.values() for first, end in gaps)

    def fresh(self, tell: Tell) -> tuple[Event, ...]:
        """The events of a message that were not heard before: the late ones too, which come when it is told again."""
        key = tell.writer, tell.epoch
        expected, end = self._next.get(key, 0), tell.first + len(tell.events)
        late = self._late(key, tell) if key in self._gaps else ()
        if end <= expected:
            return late
        if tell.first > expected:
            self._miss(key, (expected, tell.first))
        self._next[key] = end
        return late + tell.events[max(0, expected - tell.first) :]

    def _miss(self, key: tuple[str, int], gap: tuple[int, int]) -> None:
        gaps = self._gaps.setdefault(key, [])
        gaps.append(gap)
        if len(gaps) > GAPS_KEPT:
            first, end = gaps.pop(0)
            self._given_up += end - first

    def _late(self, key: tuple[str, int], tell: Tell) -> tuple[Event, ...]:
        found: tuple[Event, ...] = ()
        left: list[tuple[int, int]] = []
        for first, end in self._gaps[key]:
            start, stop = max(first, tell.first), min(end, tell.first + len(tell.events))
            if start < stop:
                found += tell.events[start - tell.first : stop - tell.first]
                left += [gap for gap in ((first, start), (stop, end)) if gap[0] < gap[1]]
            else:
                left.append((first, end))
        self._gaps[key] = left
        return found


def told_in(paths: Iterable[Path]) -> dict[tuple[str, int], int]:
    """(writer, epoch) → how many events these log files hold."""
    numbers = [FACT_NUMBER[fact] for fact in TOLD]
    found: dict[tuple[str, int], int] = {}
    for path in paths:
        writer, epoch, _ = path.stem.rsplit("-", 2)
        for records in _records(path):
            count = np.count_nonzero((records["kind"] != KIND_TEXT) & np.isin(records["fact"], numbers))
            found[writer, int(epoch)] = found.get((writer, int(epoch)), 0) + int(count)
    return found


def _records(path: Path) -> Iterator[NDArray[np.void]]:
    with path.open("rb") as file:
        while (records := np.fromfile(file, dtype=RECORD, count=100_000)).size:
            yield records
