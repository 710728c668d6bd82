"""Who is inside? The streams in progress, in columns: 29 bytes each, and their account's entry in the index.

A lease's number is its row: it is written in the signed lease token, so a row needs no key. Rows are never reused while
the night lasts. The streams of one account hang together by `_next`; `heads` (subject → newest row) is handed in, so
that the packed index of the line can serve here too.
"""

from array import array
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.playback.silence import Silences
from kickoff.units import US_PER_MS

OPEN = 1
STARTED = 2
FAILED = 4
STOPPED = 8
"""Ended by its own account from another screen."""
NO_ROW = 0
ROWS_AHEAD_MAX = 65_536
"""A forgotten lease may lie so far beyond the rows known: as many as can have been granted in a lost moment."""
CHANNELS_MAX = 4096
DEVICES_MAX = 4096
OTHER = "(other)"
"""Stands for the words that came after the bound."""
BYTES_PER_ROW = 29
"""What one row takes in the columns below; the heads' index comes beside it."""


class Heads(Protocol):
    """subject → the account's newest row; negative where there is none."""

    def get(self, key: int) -> int:
        """The row, or a negative number."""

    def put(self, key: int, value: int) -> bool:
        """Set the row; False: full."""

    def bulk(self, keys: NDArray[np.int64], values: NDArray[np.int64]) -> None:
        """Fill an empty index at once."""


class Restored(NamedTuple):
    """Streams in columns, a row each, in the order in which they were first granted: what `restore` takes."""

    row: NDArray[np.int64]
    subject: NDArray[np.int64]
    since_us: NDArray[np.int64]
    granted_us: NDArray[np.int64]
    """Granted last: when its playback token was signed."""
    channel: NDArray[np.uint16]
    device: NDArray[np.uint16]
    """Numbers of words; so is `channel`."""
    flags: NDArray[np.uint8]


class Stream(Struct, frozen=True, kw_only=True):
    """One stream in progress, for the list of an account's screens. Instants in microseconds UTC."""

    stream: int
    device: str
    channel: str
    since: int
    seen: int


class Looked(NamedTuple):
    """What the table knows of many streams at once."""

    is_open: NDArray[np.bool_]
    """Whether the stream is in progress and this account's; where it is not, the other columns mean nothing."""
    channel: NDArray[np.int64]
    """Numbers in `LeaseTable.channel_words`."""
    device: NDArray[np.int64]
    flags: NDArray[np.uint8]


class _Book:
    """Words by number. Some come from strangers: the book is bounded, and what comes after that is `OTHER`."""

    def __init__(self, words_max: int, known: Iterable[str] = ()) -> None:
        self.words = ["", OTHER]
        self._codes = {word: code for code, word in enumerate(self.words)}
        self._words_max = words_max
        for word in known:
            self.code(word)

    def code(self, word: str) -> int:
        """The number of a word."""
        code = self._codes.get(word)
        if code is None:
            if len(self.words) >= self._words_max:
                return self._codes[OTHER]
            code = self._codes[word] = len(self.words)
            self.words.append(word)
        return code


class LeaseTable:
    """The leases of one night. At most `rows_max` are granted in it."""

    def __init__(self, heads: Heads, *, epoch_us: int, rows_max: int, channels: Iterable[str] = ()) -> None:
        self._heads = heads
        self._epoch_us = epoch_us
        self._rows_max = rows_max
        self._subject = array("q", [0])
        self._seen_ms = array("I", [0])
        self._since_ms = array("I", [0])
        self._token_ms = array("I", [0])
        self._next = array("I", [0])
        self._channel = array("H", [0])
        self._device = array("H", [0])
        self._flags = array("B", [0])
        self._channels = _Book(CHANNELS_MAX, channels)
        self._devices = _Book(DEVICES_MAX)
        self.open_total = 0
        self.silences = Silences()

    def __len__(self) -> int:
        return len(self._subject) - 1

    @property
    def is_full(self) -> bool:
        """Whether no further lease can be granted."""
        return len(self._subject) > self._rows_max

    def grant(self, subject: int, *, channel: str, device: str, at_us: int) -> int:
        """A new stream's number, from 1 on. The caller has checked `is_full` and the account's limit."""
        return self._fill(len(self._subject), subject, channel=channel, device=device, at_us=at_us)

    def reinstate(self, row: int, subject: int, *, channel: str, device: str, at_us: int) -> bool:
        """Take back a lease that the table forgot or ended; False: the row is another account's, or out of bounds."""
        if self.is_known(row, subject):
            if not self._flags[row] & OPEN:
                self._flags[row] |= OPEN
                self.open_total += 1
            self._seen_ms[row] = self._ms(at_us)
            return True
        if not 0 < row <= min(self._rows_max, len(self._subject) + ROWS_AHEAD_MAX):
            return False
        while len(self._subject) <= row:
            self._append_empty()
        if self._subject[row]:
            return False
        self._fill(row, subject, channel=channel, device=device, at_us=at_us)
        return True

    def restore(
        self, streams: Restored, *, seen_us: NDArray[np.int64], channels: list[str], devices: list[str]
    ) -> None:
        """Fill an empty table at once. `seen_us`: each stream's last sign of life; the words by their number."""
        assert not len(self), "an empty table is filled, no other"
        rows = streams.row
        assert not rows.size or int(rows.max()) <= self._rows_max, "the caller leaves out what is beyond the table"
        size = int(rows.max(initial=0)) + 1
        for column, values in (
            (self._subject, streams.subject),
            (self._seen_ms, self._all_ms(seen_us)),
            (self._since_ms, self._all_ms(streams.since_us)),
            (self._token_ms, self._all_ms(streams.granted_us)),
            (self._channel, np.array([self._channels.code(word) for word in channels], np.uint16)[streams.channel]),
            (self._device, np.array([self._devices.code(word) for word in devices], np.uint16)[streams.device]),
            (self._flags, streams.flags),
        ):
            _fill_column(column, size, rows, values)
        self.open_total = int(np.count_nonzero(streams.flags & OPEN))
        _fill_column(self._next, size, rows, self._chain(streams))

    def _chain(self, streams: Restored) -> NDArray[np.int64]:
        """Tie the streams of each account together, the newest first; of each stream the one before it."""
        order = _by_subject(streams.subject)
        rows, subjects = streams.row[order], streams.subject[order]
        follows = np.diff(subjects, prepend=subjects[:1]) == 0
        follows[:1] = False
        before = np.where(follows, np.roll(rows, 1), NO_ROW)
        newest = np.flatnonzero(np.append(~follows[1:], True)) if rows.size else rows
        self._heads.bulk(subjects[newest], rows[newest])
        chain = np.empty_like(before)
        chain[order] = before
        return chain

    def is_open(self, row: int, subject: int) -> bool:
        """Whether this account's lease is known and in progress."""
        return 0 < row < len(self._subject) and self._subject[row] == subject and bool(self._flags[row] & OPEN)

    def is_known(self, row: int, subject: int) -> bool:
        """Whether this account's lease is known, in progress or ended."""
        return 0 < row < len(self._subject) and self._subject[row] == subject

    def has_been_inside(self, subject: int) -> bool:
        """Whether this account has had a stream tonight: its way back stays open."""
        return self._heads.get(subject) > NO_ROW

    def unmark_if_known(self, row: int, subject: int, flag: int) -> None:
        """Take a flag away from a lease that may have been forgotten."""
        if self.is_known(row, subject):
            self._flags[row] &= ~flag

    def has(self, row: int, flag: int) -> bool:
        """Whether the lease carries a flag: STARTED, FAILED."""
        return bool(self._flags[row] & flag)

    def mark(self, row: int, flag: int) -> None:
        """Set a flag."""
        self._flags[row] |= flag

    def unmark(self, row: int, flag: int) -> None:
        """Take a flag away: a switch of channel starts anew."""
        self._flags[row] &= ~flag

    def seen(self, row: int, *, at_us: int, beat_ms: int) -> None:
        """A sign of life: a beat, or a playlist fetched with its token."""
        now = self._ms(at_us)
        silent = now - self._seen_ms[row]
        if silent > 0:
            self.silences.returned(silent, beat_ms)
            self._seen_ms[row] = now

    def look(self, rows: NDArray[np.int64], subjects: NDArray[np.int64]) -> Looked:
        """What is known of these streams, of which these accounts are said to be the holders."""
        # Views forbid the columns to grow while they live: none leaves this function.
        inside = np.where((rows > 0) & (rows < len(self._subject)), rows, NO_ROW)
        flags = np.frombuffer(self._flags, dtype=np.uint8)[inside]
        same = np.frombuffer(self._subject, dtype=np.int64)[inside] == subjects
        return Looked(
            is_open=(inside != NO_ROW) & same & (flags & OPEN != 0),
            channel=np.frombuffer(self._channel, dtype=np.uint16)[inside].astype(np.int64),
            device=np.frombuffer(self._device, dtype=np.uint16)[inside].astype(np.int64),
            flags=flags,
        )

    def seen_many(self, rows: NDArray[np.int64], *, at_us: int, beat_ms: int) -> None:
        """A sign of life of each of these streams: `seen`, many at once."""
        now, rows = self._ms(at_us), np.unique(rows)
        column = np.frombuffer(self._seen_ms, dtype=np.uint32)
        silent = now - column[rows].astype(np.int64)
        self.silences.returned_many(silent[silent > 0], beat_ms)
        column[rows] = np.maximum(column[rows], now)

    @property
    def channel_words(self) -> list[str]:
        """The channels by their number in `look`."""
        return self._channels.words

    @property
    def device_words(self) -> list[str]:
        """The classes of devices by their number in `look`."""
        return self._devices.words

    def seen_by_all(self, *, at_us: int) -> None:
        """A sign of life of every stream: a rehearsal's beats, which are not played one by one. Teaches nothing."""
        np.frombuffer(self._seen_ms, dtype=np.uint32)[:] = self._ms(at_us)

    def end(self, row: int) -> None:
        """The stream is over, by its own account's will."""
        if self._flags[row] & OPEN:
            self._flags[row] &= ~OPEN
            self.open_total -= 1

    def switch(self, row: int, channel: str) -> None:
        """Another channel of the offer."""
        self._channel[row] = self._channels.code(channel)

    def channel(self, row: int) -> str:
        """What the stream shows."""
        return self._channels.words[self._channel[row]]

    def device(self, row: int) -> str:
        """The class of the device that watches."""
        return self._devices.words[self._device[row]]

    def since_us(self, row: int) -> int:
        """When the lease was granted, to the millisecond."""
        return self._epoch_us + self._since_ms[row] * US_PER_MS

    def token_age_s(self, row: int, at_us: int) -> float:
        """How old the playback token is that was last given out."""
        return (self._ms(at_us) - self._token_ms[row]) / 1000

    def token_given(self, row: int, at_us: int) -> None:
        """A playback token was signed now."""
        self._token_ms[row] = self._ms(at_us)

    def streams_of(self, subject: int) -> Iterator[Stream]:
        """The account's streams in progress, the newest first."""
        row = self._heads.get(subject)
        while row > 0:
            if self._flags[row] & OPEN:
                yield Stream(
                    stream=row,
                    device=self._devices.words[self._device[row]],
                    channel=self._channels.words[self._channel[row]],
                    since=self.since_us(row),
                    seen=self._epoch_us + self._seen_ms[row] * US_PER_MS,
                )
            row = self._next[row]

    def watchable(self, *, at_us: int, life_s: float) -> int:
        """Open leases heard of within the life of a playback token: any other has none that an edge would take."""
        oldest = self._ms(at_us) - round(life_s * 1000)
        if oldest <= 0:
            return self.open_total
        # A copy of neither column is made: the views end with this function.
        is_open = np.frombuffer(self._flags, dtype=np.uint8) & OPEN
        return int(np.count_nonzero(is_open[np.frombuffer(self._seen_ms, dtype=np.uint32) >= oldest]))

    def inside(self, *, at_us: int, beat_ms: int) -> float:
        """Open leases, each weighted by the learnt chance that it still watches."""
        if self._ms(at_us) - int(np.frombuffer(self._seen_ms, dtype=np.uint32)[1:].min(initial=0xFFFFFFFF)) < beat_ms:
            # Nobody has been silent for a beat, the ended ones included: no need to look at each.
            return float(self.open_total)
        # A copy: a view would forbid the columns to grow while it lives.
        is_open = (np.array(self._flags, dtype=np.uint8) & OPEN) != 0
        seen = np.array(self._seen_ms, dtype=np.int64)[is_open]
        return self.silences.inside(np.maximum(0, self._ms(at_us) - seen), beat_ms)

    def _fill(self, row: int, subject: int, *, channel: str, device: str, at_us: int) -> int:
        if row == len(self._subject):
            self._append_empty()
        now = self._ms(at_us)
        self._subject[row] = subject
        self._seen_ms[row] = self._since_ms[row] = self._token_ms[row] = now
        self._next[row] = max(NO_ROW, self._heads.get(subject))
        self._channel[row] = self._channels.code(channel)
        self._device[row] = self._devices.code(device)
        self._flags[row] = OPEN
        self._heads.put(subject, row)
        self.open_total += 1
        return row

    def _append_empty(self) -> None:
        self._subject.append(0)
        for column in (self._seen_ms, self._since_ms, self._token_ms, self._next):
            column.append(0)
        for short in (self._channel, self._device):
            short.append(0)
        self._flags.append(0)

    def _all_ms(self, at_us: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.clip((at_us - self._epoch_us) // US_PER_MS, 0, 0xFFFFFFFF)

    def _ms(self, at_us: int) -> int:
        return min(0xFFFFFFFF, max(0, at_us - self._epoch_us) // US_PER_MS)


def _fill_column(column: "array[int]", size: int, rows: NDArray[np.int64], values: NDArray[np.integer[Any]]) -> None:
    """Make a column so long, and set these rows of it."""
    column.frombytes(bytes(column.itemsize * (size - len(column))))
    # The view forbids the column to grow while it lives: it does not leave this function.
    np.frombuffer(column, dtype=column.typecode)[rows] = values


def _by_subject(subject: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order of rows by subject, of one subject as they came."""
    # PERF: nearly every account has one stream: to sort without keeping the order of equals takes half the time, and
    # equals are put in order afterwards (make bench-rush: `restart_s`).
    order = np.argsort(subject)
    ordered = subject[order]
    again = np.flatnonzero(ordered[1:] == ordered[:-1])
    equals = np.union1d(again, again + 1)
    order[equals] = order[equals][np.lexsort((order[equals], ordered[equals]))]
    return order
