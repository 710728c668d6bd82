"""What does the log hold, and what has been added to it since?

A night's log is a folder of append-only files, one after another from each door. `LogFiles` remembers how far it has
read in each; whoever starts in the middle of a file first learns that file's dictionary from its beginning.
"""

from pathlib import Path

import numpy as np
from msgspec import Struct

from kickoff.facts import KIND_FACT, RECORD, RECORD_BYTES, Records, read_records

SUFFIX = ".log"
READ_BYTES_MAX = 64 * 1024 * 1024 // RECORD_BYTES * RECORD_BYTES
"""At most so much of one file is taken in one piece; the rest comes with the next reading."""


class LogError(Exception):
    """A file in the log folder is not a log. The reader moves it away or names another journal."""


class Piece(Struct, frozen=True, kw_only=True):
    """What was added to one log file: its facts, and where in the file they end."""

    file: str
    end: int
    """Bytes from the beginning of the file; only whole records are counted."""
    records: Records


class LogFiles:
    """Reads the log files of one folder on from `positions` (file name → bytes already read)."""

    def __init__(self, folder: Path, positions: dict[str, int] | None = None) -> None:
        self._folder = folder
        self._positions = dict(positions or {})
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
        count = min((size - start) // RECORD_BYTES * RECORD_BYTES, READ_BYTES_MAX)
        if count == 0:
            return None
        with path.open("rb") as file:
            file.seek(start)
            raw = file.read(count)
        records = _parse(path, raw, self._dictionary(path, start))
        self._known[path.name] = records
        self._positions[path.name] = start + records_bytes(raw)
        return Piece(file=path.name, end=self._positions[path.name], records=records)

    def _dictionary(self, path: Path, start: int) -> Records | None:
        if path.name in self._known or start == 0:
            return self._known.get(path.name)
        everything = np.memmap(path, dtype=RECORD, mode="r", shape=(start // RECORD_BYTES,))
        texts = everything[everything["kind"] != KIND_FACT]
        return _parse(path, texts.tobytes(), None)


def records_bytes(raw: bytes) -> int:
    """How many of these bytes are whole records."""
    return len(raw) // RECORD_BYTES * RECORD_BYTES


def _parse(path: Path, raw: bytes, before: Records | None) -> Records:
    try:
        return read_records(raw, before=before)
    except ValueError as error:
        raise LogError(f"{path}: {error}; move it out of the log folder") from error
