"""What does the log tell a door that starts again? One pass over its files, piece by piece, into columns.

Memory is bounded by what there is to remember, not by how long the night was: 21 to 28 bytes for each fact that names a
place or a stream, sixteen for the last beat of each stream, and one piece of a file. Nothing here is interpreted:
`recovery.py` does that.

    LogUnreadableError    a file of the folder is not a log, or damaged: the operator moves it away
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from kickoff.facts import DRAWN, FACT_NAMES, FACT_NUMBER, LANE_NAMES, RECORD, RECORD_BYTES, Fact, Records, read_records
from kickoff.playback.kinds import Kind
from kickoff.units import US_PER_MS

PIECE_BYTES = 20_000 * RECORD_BYTES
"""Read at once: it stays in the processor's cache while its columns are looked at."""
PLACES = (Fact.JOINED, Fact.CALLED, Fact.PASSED, Fact.LEASED)
STREAMS = (Fact.LEASED, Fact.READMITTED, Fact.STARTED, Fact.START_FAILED, Fact.ENDED)
GRANTS = (Fact.LEASED, Fact.READMITTED)
"""Of them those that say with what the stream is watched."""
_ALIVE = (Fact.LEASED, Fact.READMITTED, Fact.STARTED, Fact.START_FAILED, Fact.BEAT)
"""Facts that are a sign of life of their stream."""
_TEACHES = (Fact.STARTED, Fact.START_FAILED, Fact.BEAT)
"""Of them those that end a silence; a stream that is granted anew was silent because it was over."""
PLACE_COLUMN = np.dtype([("at", "<i8"), ("subject", "<i8"), ("place", "<i4"), ("lane", "u1")])
STREAM_COLUMN = np.dtype(
    [
        ("fact", "u1"), ("stopped", "u1"), ("channel", "<u2"), ("device", "<u2"), ("kind", "<u2"),
        ("stream", "<u4"), ("at", "<i8"), ("subject", "<i8"),
    ]
)  # fmt: skip
WORDS_MAX = 65_536
_RECORDED = frozenset(RECORD.names or ())
Word = TypeVar("Word")


class LogUnreadableError(Exception):
    """A file of the log cannot be read back. Its text says which, why and how to mend it."""


def read_back(paths: Iterable[Path], *, beat_ms: int, streams_max: int) -> "Told":
    """What these files tell, in the order given. Raises `LogUnreadableError`.

    `beat_ms`: in which silences are counted. `streams_max`: streams of higher numbers are left out.
    """
    told = Told(beat_ms=beat_ms, streams_max=streams_max)
    for path in paths:
        told.take_file(_pieces(path))
    return told


def _pieces(path: Path) -> Iterator[Records]:
    """The records of one file, piece by piece; a torn tail is left out."""
    known: Records | None = None
    try:
        with path.open("rb", buffering=0) as file:
            while raw := file.read(PIECE_BYTES):
                known = read_records(raw, before=known)
                yield known
    except (OSError, ValueError) as error:
        raise LogUnreadableError(f"{path}: {error}; move the file away to start without it") from error


class Act(NamedTuple):
    """An act of the operator, as the journal writes it."""

    code: str
    rate_per_s: int
    duration_ms: int


class Told:
    """Columns of what the log tells, filled file by file: `take_file`."""

    def __init__(self, *, beat_ms: int, streams_max: int) -> None:
        self.counts: Counter[Fact] = Counter()
        self.sign_ins: Counter[int] = Counter()
        """Lane's number → sign-ins tried."""
        self.refused: Counter[str] = Counter()
        self.match: set[tuple[int, str]] = set()
        """Instants of the match: (at, code)."""
        self.last_at = 0
        """The latest instant of any fact."""
        self.seen_ms = np.zeros(1, np.int64)
        """Stream → its last sign of life, in milliseconds UTC; 0: none."""
        self.silences: NDArray[np.int64] = np.zeros(0, np.int64)
        """Beats missed → silences that ended so."""
        self.channels, self.devices, self.kinds = Words(""), Words(""), Words(Kind())
        self._beat_ms, self._streams_max = beat_ms, streams_max
        self._heard_ms = np.zeros(1, np.int64)
        self.drawn: list[tuple[str, int, str]] = []
        """What the facts of a draw say (`draw_told`); empty: nobody was drawn."""
        self.acts: dict[str, Act] = {}
        """What the operator did, the last of each kind, in the order of the log."""
        self._places: dict[Fact, list[NDArray[np.void]]] = {fact: [] for fact in PLACES}
        self._streams: list[NDArray[np.void]] = []

    def places(self, fact: Fact) -> NDArray[np.void]:
        """Where the fact (one of `PLACES`) names a place: the rows in the order of the log, `PLACE_COLUMN`."""
        return _whole(self._places[fact], PLACE_COLUMN)

    def streams(self) -> NDArray[np.void]:
        """All that happened to streams but beats, in the order of the log: `STREAM_COLUMN`."""
        return _whole(self._streams, STREAM_COLUMN)

    def in_time(self) -> "Told":
        """Sorted by the clock, where several writers' files were taken."""
        for fact, found in self._places.items():
            self._places[fact] = [_by_time(np.concatenate([np.zeros(0, PLACE_COLUMN), *found]))]
        self._streams = [_by_time(self.streams())]
        return self

    def last_place(self, lane: int) -> int:
        """The highest place that any joined fact of the lane names; 0 when nobody has joined."""
        found = (part["place"][part["lane"] == lane] for part in self._places[Fact.JOINED])
        return max((int(places.max(initial=0)) for places in found), default=0)

    def take_file(self, pieces: Iterable[Records]) -> None:
        """Take one file. A silence that spans two files teaches nothing: the door may have been away between them."""
        self._heard_ms[:] = 0
        for piece in pieces:
            if piece.facts.size:
                self._take(piece)

    def _take(self, piece: Records) -> None:
        facts = piece.facts
        # PERF: each column is copied out of the wide records once (make bench-rush: `restart_s`).
        fact, at = np.ascontiguousarray(facts["fact"]), np.ascontiguousarray(facts["at"])
        self.last_at = max(self.last_at, int(at.max()))
        found = {Fact(FACT_NAMES[n]): int(c) for n, c in enumerate(np.bincount(fact)) if c}
        self.counts.update(found)
        for one in found.keys() & self._places.keys():
            rows = np.flatnonzero(fact == FACT_NUMBER[one])
            rows = rows[facts["place"][rows] > 0]
            self._places[one].append(_columns(facts, rows, PLACE_COLUMN))
        self._take_streams(piece, fact)
        self._take_signs_of_life(facts, fact, at)
        if found.keys() & {Fact.REFUSED, Fact.MATCH, Fact.SIGNED_IN, Fact.SIGN_IN_FAILED}:
            self._take_rest(piece, fact, at)
        if Fact.OPERATOR in found:
            self._take_acts(piece, fact)

    def _take_streams(self, piece: Records, fact: NDArray[np.uint8]) -> None:
        facts, texts = piece.facts, piece.texts
        rows = self._of_streams(facts, fact, STREAMS)
        if not rows.size:
            return
        taken = _columns(facts, rows, STREAM_COLUMN)
        stopped = texts["code"].index("stopped") if "stopped" in texts["code"] else -1
        taken["stopped"] = facts["code"][rows] == stopped
        taken["channel"] = self.channels.numbers(texts["channel"])[taken["channel"]]
        taken["device"] = self.devices.numbers(texts["device"])[taken["device"]]
        granted = _is(taken["fact"], GRANTS)
        taken["kind"][granted] = self._kinds(facts, rows[granted], texts)
        self._streams.append(taken)

    def _kinds(
        self, facts: NDArray[np.void], rows: NDArray[np.int64], texts: dict[str, list[str]]
    ) -> NDArray[np.int64]:
        """The combinations of words in these rows, as numbers."""
        key = np.zeros(len(rows), np.int64)
        for name in Kind._fields:
            # At most 4096 words a column and five columns: 60 bits.
            key = key * len(texts[name]) + facts[name][rows]
        found = np.unique(key)
        words, rest = list[list[str]](), found
        for name in reversed(Kind._fields):
            rest, numbers = np.divmod(rest, len(texts[name]))
            words.append([texts[name][number] for number in numbers.tolist()])
        kinds = [Kind(*reversed(one)) for one in zip(*words, strict=True)]
        return self.kinds.numbers(kinds)[np.searchsorted(found, key)]

    def _take_signs_of_life(self, facts: NDArray[np.void], fact: NDArray[np.uint8], at: NDArray[np.int64]) -> None:
        rows = self._of_streams(facts, fact, _ALIVE)
        if not rows.size:
            return
        # PERF: the row's number in the low half makes any sort a stable one, and the fastest will do (make bench-rush).
        keys = (facts["stream"][rows].astype(np.int64) << 32) | rows
        keys.sort()
        rows, stream = keys & 0xFFFFFFFF, keys >> 32
        self._make_room(int(stream[-1]))
        at_ms, follows = at[rows] // US_PER_MS, np.diff(stream, prepend=-1) == 0
        before = np.where(follows, np.roll(at_ms, 1), self._heard_ms[stream])
        silent = (at_ms - before)[_is(fact[rows], _TEACHES) & (before > 0) & (at_ms > before)]
        counts = np.bincount(silent // self._beat_ms, minlength=len(self.silences))
        counts[: len(self.silences)] += self.silences
        self.silences = counts
        # Of several of one stream the last one stands.
        self.seen_ms[stream] = self._heard_ms[stream] = at_ms

    def _of_streams(
        self, facts: NDArray[np.void], fact: NDArray[np.uint8], kinds: tuple[Fact, ...]
    ) -> NDArray[np.int64]:
        rows = np.flatnonzero(_is(fact, kinds))
        stream = facts["stream"][rows]
        return rows[(stream > 0) & (stream <= self._streams_max)]

    def _make_room(self, stream: int) -> None:
        size = len(self.seen_ms)
        if stream >= size:
            more = np.zeros(max(stream + 1, 2 * size) - size, np.int64)
            self.seen_ms = np.concatenate([self.seen_ms, more])
            self._heard_ms = np.concatenate([self._heard_ms, more])

    def _take_rest(self, piece: Records, fact: NDArray[np.uint8], at: NDArray[np.int64]) -> None:
        facts, codes = piece.facts, piece.texts["code"]
        self.sign_ins.update(facts["lane"][_is(fact, (Fact.SIGNED_IN, Fact.SIGN_IN_FAILED))].tolist())
        self.refused.update(codes[code] for code in facts["code"][_is(fact, (Fact.REFUSED,))].tolist())
        match = _is(fact, (Fact.MATCH,))
        told = zip(at[match].tolist(), facts["code"][match].tolist(), strict=True)
        self.match |= {(when, codes[code]) for when, code in told}

    def _take_acts(self, piece: Records, fact: NDArray[np.uint8]) -> None:
        facts, codes = piece.facts, piece.texts["code"]
        for row in np.flatnonzero(_is(fact, (Fact.OPERATOR,))).tolist():
            code = codes[facts["code"][row]]
            act, _, words = code.partition(" ")
            if act == DRAWN:
                self.drawn.append((LANE_NAMES[int(facts["lane"][row])], int(facts["place"][row]), words))
                continue
            self.acts.pop(act, None)
            self.acts[act] = Act(code, int(facts["rate_per_s"][row]), int(facts["duration_ms"][row]))


class Words(Generic[Word]):
    """Words of many files by one number each. The first stands for those that come after `WORDS_MAX`."""

    def __init__(self, first: Word) -> None:
        self.words = [first]
        self._numbers = {first: 0}

    def numbers(self, words: list[Word]) -> NDArray[np.int64]:
        """The numbers of these words, new or known."""
        for word in words:
            if word not in self._numbers and len(self.words) < WORDS_MAX:
                self._numbers[word] = len(self.words)
                self.words.append(word)
        return np.array([self._numbers.get(word, 0) for word in words], np.int64)


def _whole(parts: list[NDArray[np.void]], dtype: "np.dtype[np.void]") -> NDArray[np.void]:
    """All parts as one, which takes their place: nothing is held twice."""
    if len(parts) != 1:
        parts[:] = [np.concatenate([np.zeros(0, dtype), *parts])]
    return parts[0]


def _is(fact: NDArray[np.uint8], facts: tuple[Fact, ...]) -> NDArray[np.bool_]:
    wanted = np.zeros(256, np.bool_)
    wanted[[FACT_NUMBER[one] for one in facts]] = True
    return wanted[fact]


def _by_time(rows: NDArray[np.void]) -> NDArray[np.void]:
    return rows[np.argsort(rows["at"], kind="stable")]


def _columns(facts: NDArray[np.void], rows: NDArray[np.int64], dtype: "np.dtype[np.void]") -> NDArray[np.void]:
    """These rows' columns, packed."""
    taken = np.zeros(len(rows), dtype)
    for name in dtype.names or ():
        if name in _RECORDED:
            taken[name] = facts[name][rows]
    return taken
