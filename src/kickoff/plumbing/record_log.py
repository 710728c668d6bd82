"""Append-only files of whole records: `WRITER-EPOCH-SEQ.log`, one write a batch, never rewritten.

A disk that refuses (full, or failing) loses nothing at once: what could not be written waits in memory, up to a bound,
and is tried again before anything newer. The writer is told (`append` → False) so that it stops promising.
"""

import os
import re
from pathlib import Path

UNWRITTEN_BYTES_MAX = 32 * 1024 * 1024
_NAME = re.compile(r"^(?P<writer>.+)-(?P<epoch>\d{6})-(?P<sequence>\d{6})\.log$")


class RecordLog:
    """The log of one writer since its present start. Make one per start: `open_log`."""

    def __init__(self, folder: Path, *, writer: str, epoch: int, file_bytes_max: int) -> None:
        self._folder = folder
        self._writer = writer
        self.epoch = epoch
        self._file_bytes_max = file_bytes_max
        self._sequence = 0
        self._unwritten = b""
        self._file = -1
        self._size = 0
        self.dropped_bytes = 0
        self.rotate()

    @property
    def is_stuck(self) -> bool:
        """Whether something could not be written yet."""
        return bool(self._unwritten)

    @property
    def is_long(self) -> bool:
        """Whether the next batch belongs into a new file."""
        return self._size >= self._file_bytes_max

    @property
    def bytes_in_file(self) -> int:
        """Bytes of the present file."""
        return self._size

    def append(self, data: bytes) -> bool:
        """Write at the end; True: all of it, and all from before, is with the operating system."""
        if self._unwritten:
            self._unwritten = self._write(self._unwritten)
        if not self._unwritten:
            self._unwritten = self._write(data)
        elif len(self._unwritten) + len(data) <= UNWRITTEN_BYTES_MAX:
            self._unwritten += data
        else:
            # Whole batches are left out, so that what follows still begins at the start of a record.
            self.dropped_bytes += len(data)
        return not self._unwritten

    def _write(self, data: bytes) -> bytes:
        """Write what the disk takes; what it does not take comes back."""
        try:
            written = os.write(self._file, data)
        except OSError:
            return data
        self._size += written
        return data[written:]

    def rotate(self) -> bool:
        """Go on in a new file; False: it could not be made, the old one goes on."""
        path = self._folder / f"{self._writer}-{self.epoch:06d}-{self._sequence + 1:06d}.log"
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError:
            if self._file < 0:
                raise
            return False
        if self._file >= 0:
            os.close(self._file)
        self._file, self._size = file, 0
        self._sequence += 1
        return True

    def close(self) -> None:
        """Try what is left once more, bring everything to the disk, and end."""
        if self._unwritten:
            self.append(b"")
        os.fsync(self._file)
        os.close(self._file)


def open_log(folder: Path, *, writer: str, file_bytes_max: int) -> RecordLog:
    """A log for this start: its epoch is one above every earlier one's."""
    folder.mkdir(parents=True, exist_ok=True)
    epochs = [int(match["epoch"]) for path in folder.iterdir() if (match := _NAME.match(path.name))]
    return RecordLog(folder, writer=writer, epoch=max(epochs, default=0) + 1, file_bytes_max=file_bytes_max)


def log_files(folder: Path) -> list[Path]:
    """All files of a folder of logs, in the order in which one writer wrote them."""
    return sorted(path for path in folder.glob("*.log") if _NAME.match(path.name)) if folder.is_dir() else []
