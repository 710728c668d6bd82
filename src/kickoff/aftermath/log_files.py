"""What does the log hold, and what has been added to it since?

A night's log is a folder of append-only files, one after another from each door. `LogFiles` remembers how far it has
read in each; whoever starts in the middle of a file first learns that file's dictionary from its beginning.
"""

from pathlib import Path

import numpy as np
from msgspec import Struct

from kickoff.facts import FACT_NUMBER, KIND_FACT, KIND_TEXT, RECORD, RECORD_BYTES, Fact, Records, read_records
from kickoff.units import US_PER_S, AtUs

SUFFIX = ".log"
READ_BYTES_MAX = 64 * 1024 * 1024 // RECORD_BYTES * RECORD_BYTES
"""At most so much of one file is taken in one piece; the rest comes with the next reading."""

AHEAD_US = 600 * US_PER_S
"""A fact stamped so far beyond `before` was stamped by a wrong clock."""


COUNTED_AT_ONCE = 1_000_000
"""Records whose kind is looked at in one step of counting."""


class LogError(Exception):
    """A file in the log folder is not a log. The reader moves it away or names another journal."""


class Piece(Struct, frozen=True, kw_only=True):
    """What was added to one log file: its facts, and where in the file they end."""

    file: str
    end: int
    """Bytes from the beginning of the file; only whole records are counted."""
    records: Records


class LogFiles:
    """Reads the log files of one folder on from `positions` (file name → bytes already read).

    `before`: each file is read up to its first fact of that instant or later; what follows it is left for later.
    """

    def __init__(self, folder: Path, positions: dict[str, int] | None = None, *, before: AtUs | None = None) -> None:
        self._folder = folder
        self._positions = dict(positions or {})
        self._before = before
        self._known: dict[str, Records] = {}

    def read_new(self) -> list[Piece]:
        """The whole records added since the last call, file by file in the order of their names.

        Raises `LogError` when a file holds something else. A torn tail is left for later.
        """
        if not self._folder.is_dir():
            return []
        pieces: list[Piece] = []
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            while piece := self._read_on(path):
                pieces.append(piece)
        return pieces

    def _read_on(self, path: Path) -> Piece | None:
        start = self._positions.get(path.name, 0)
        size = path.stat().st_size
        if size < start:
            raise LogError(f"{path}: is shorter than what was sealed of it; put the whole file back")
        with path.open("rb") as file:
            file.seek(start)
            raw = file.read(min(size - start, READ_BYTES_MAX))
        raw = raw[: self._closed(raw) * RECORD_BYTES]
        if not raw:
            return None
        records = _parse(path, raw, self._dictionary(path, start))
        self._known[path.name] = records
        self._positions[path.name] = start + len(raw)
        return Piece(file=path.name, end=self._positions[path.name], records=records)

    def _closed(self, raw: bytes) -> int:
        """How many whole records there are up to the last fact before the first that is too young."""
        whole = np.frombuffer(raw, dtype=RECORD, count=len(raw) // RECORD_BYTES)
        is_fact = whole["kind"] != KIND_TEXT
        if self._before is not None:
            # A clock far ahead must not hold everything behind it back: such a fact is taken as it is.
            young = is_fact & (whole["at"] >= self._before) & (whole["at"] < self._before + AHEAD_US)
            is_fact = is_fact[: int(young.argmax())] if young.any() else is_fact
        return int(np.flatnonzero(is_fact).max(initial=-1)) + 1

    def _dictionary(self, path: Path, start: int) -> Records | None:
        if path.name in self._known or start == 0:
            return self._known.get(path.name)
        everything = np.memmap(path, dtype=RECORD, mode="r", shape=(start // RECORD_BYTES,))
        texts = everything[everything["kind"] == KIND_TEXT]
        return _parse(path, texts.tobytes(), None)


def has_beats_over(most: int, folder: Path, *, until: AtUs | None) -> bool:
    """Whether the log holds more beats than `most` up to `until`; reads none of them into memory."""
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    if sum(path.stat().st_size for path in paths) // RECORD_BYTES <= most:
        return False
    return sum(_beats_in(path, until) for path in paths) > most


def _beats_in(path: Path, until: AtUs | None) -> int:
    size, count = path.stat().st_size // RECORD_BYTES, 0
    records = np.memmap(path, dtype=RECORD, mode="r", shape=(size,)) if size else np.empty(0, RECORD)
    for start in range(0, size, COUNTED_AT_ONCE):
        some = records[start : start + COUNTED_AT_ONCE]
        is_beat = (some["kind"] == KIND_FACT) & (some["fact"] == FACT_NUMBER[Fact.BEAT])
        count += int(np.count_nonzero(is_beat if until is None else is_beat & (some["at"] <= until)))
    return count


def _parse(path: Path, raw: bytes, before: Records | None) -> Records:
    try:
        return read_records(raw, before=before)
    except ValueError as error:
        raise LogError(f"{path}: {error}; move it out of the log folder") from error
