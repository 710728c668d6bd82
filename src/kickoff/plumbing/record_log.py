"""Append-only files of whole records: `WRITER-EPOCH-SEQ.log`, one write a batch, never rewritten.

What was appended survives the death of the process at once, and a power cut once it is synced: `synced` does that every
`SYNC_S` in a thread of its own, so that a power cut costs what was written in the last second and in the time that one
flush of the disk takes, and nobody waits for the disk.

A disk that refuses (full, or failing) loses nothing at once: what could not be written waits in memory, up to a bound,
and is tried again before anything newer. The writer is told (`append` → False) so that it stops promising.
"""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SYNC_S = 1.0
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
        self.is_stuck = False
        """Whether something could not be written yet."""
        self._file = -1
        self._size = 0
        self._retired: list[int] = []
        """Files that are complete and not yet known to be on the disk."""
        self.dropped_bytes = 0
        self.rotate()

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
        self.is_stuck = bool(self._unwritten)
        return not self.is_stuck

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
            self._retired.append(self._file)
        self._file, self._size = file, 0
        self._sequence += 1
        return True

    def close(self) -> None:
        """Try what is left once more, bring everything to the disk, and end."""
        if self._unwritten:
            self.append(b"")
        self.sync()
        os.close(self._file)

    def sync(self) -> None:
        """Bring all that was appended so far to the disk; may be called by another thread. Raises `OSError`."""
        retired, present = self._retired[:], os.dup(self._file)
        try:
            for file in (*retired, present):
                os.fdatasync(file)
        finally:
            os.close(present)
        for file in retired:
            self._retired.remove(file)
            os.close(file)


@contextmanager
def synced(log: RecordLog, *, every_s: float = SYNC_S) -> Iterator[None]:
    """Sync the log so often until the end of the block. A disk that fails is met by the next `append`."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(every_s):
            with suppress(OSError):
                log.sync()

    thread = threading.Thread(target=run, name="sync", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def open_log(folder: Path, *, writer: str, file_bytes_max: int) -> RecordLog:
    """A log for this start: its epoch is one above every earlier one's."""
    folder.mkdir(parents=True, exist_ok=True)
    epochs = [int(match["epoch"]) for path in folder.iterdir() if (match := _NAME.match(path.name))]
    return RecordLog(folder, writer=writer, epoch=max(epochs, default=0) + 1, file_bytes_max=file_bytes_max)


def log_files(folder: Path) -> list[Path]:
    """All files of a folder of logs, in the order in which one writer wrote them."""
    return sorted(path for path in folder.glob("*.log") if _NAME.match(path.name)) if folder.is_dir() else []
