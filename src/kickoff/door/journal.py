"""The way of a fact into the log: packed when it happens, written in one batch before any reply of it leaves."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from kickoff.facts import Lane, Row
from kickoff.recorder import Recorder, Words

KINDS_MAX = 65_536


class Texts(NamedTuple):
    """One string column of many facts: which of the writer's own words each has. Numbers below `KINDS_MAX`."""

    numbers: NDArray[np.int64]
    word: Callable[[int], str]


class Log(Protocol):
    """Takes whole records. `kickoff.plumbing.record_log.RecordLog` is one; rehearsals and tests bring their own."""

    dropped_bytes: int

    @property
    def is_stuck(self) -> bool:
        """Whether something could not be written yet."""

    @property
    def is_long(self) -> bool:
        """Whether the next batch belongs into a new file."""

    def append(self, data: bytes) -> bool:
        """Write; True: everything so far is with the operating system."""

    def rotate(self) -> bool:
        """Go on in a new file, with a dictionary of its own."""


class MemoryLog:
    """A log that keeps its bytes: rehearsals and tests."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.dropped_bytes = 0
        self.is_stuck = False
        self.is_long = False

    def append(self, data: bytes) -> bool:
        """Keep the bytes."""
        self.data += data
        return True

    def rotate(self) -> bool:
        """One file is enough."""
        return False


class Journal:
    """Records facts; `commit` writes them. One for each log."""

    __slots__ = ("_batch", "_dropped", "_known", "_log", "_recorder", "recorded")

    def __init__(self, log: Log) -> None:
        self._log = log
        self._recorder = Recorder()
        self._known: dict[str, NDArray[np.int32]] = {}
        """Column → the writer's number of a word → its number in this file; -1 where it has none yet."""
        self._batch: list[bytes] = []
        self._dropped = log.dropped_bytes
        self.recorded = 0

    @property
    def is_stuck(self) -> bool:
        """Whether the log refuses: no new promise may be made."""
        return self._log.is_stuck

    def record(self, row: Row) -> None:
        """Take a fact into the present batch."""
        self._batch.append(self._recorder.pack(row))
        self.recorded += 1

    def record_many(self, records: NDArray[np.void], texts: Mapping[str, Texts]) -> None:
        """Take many facts at once: records whose string columns are still to be filled. `texts`: column → its words."""
        for column, told in texts.items():
            records[column] = self._numbers(column, told)
        self._batch.append(records.tobytes())
        self.recorded += len(records)

    def _numbers(self, column: str, told: Texts) -> NDArray[np.int32]:
        known = self._known.get(column)
        if known is None:
            known = self._known[column] = np.full(KINDS_MAX, -1, dtype=np.int32)
        found = known[told.numbers]
        if found.min(initial=0) < 0:
            for number in np.unique(told.numbers[found < 0]).tolist():
                known[number], fresh = self._recorder.number(column, told.word(number))
                self._batch.append(fresh)
            found = known[told.numbers]
        return found

    def joined(  # noqa: PLR0917 - PERF: arguments by their names take twice the time (make bench-door)
        self, at: int, subject: int, words: Words, source: int, lane: Lane, place: int
    ) -> None:
        """Take the fact of a new place into the present batch."""
        self._batch.append(self._recorder.pack_joined(at, subject, words, source, lane, place))
        self.recorded += 1

    def commit(self) -> bool:
        """Write the batch; False: the log refused, and keeps what it could not write for later."""
        if not self._batch and not self._log.is_stuck:
            return True
        batch = self._batch
        data = batch[0] if len(batch) == 1 else b"".join(batch)
        batch.clear()
        written = self._log.append(data)
        if written and (self._log.is_long or self._log.dropped_bytes != self._dropped):
            self._renew()
        return written

    def _renew(self) -> None:
        """Begin a new file. After a drop it must be new: dictionary entries may be among what was dropped."""
        if self._log.rotate():
            self._recorder = Recorder()
            self._known.clear()
            self._dropped = self._log.dropped_bytes
