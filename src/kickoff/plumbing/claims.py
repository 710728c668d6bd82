"""Which name does this process go by? Of several of a kind on one machine each holds one of its own while it lives."""

import fcntl
import os
from pathlib import Path

NAMES_MAX = 1000


class NameTakenError(Exception):
    """Another process that lives goes by this name. Its text says which, and how to choose another."""


class Claim:
    """A name held by a lock on a file; given up with the process, however it ends."""

    def __init__(self, name: str, file: int) -> None:
        self.name = name
        self._file = file

    def give_up(self) -> None:
        """Another process may have the name."""
        os.close(self._file)


def claim(folder: Path, *, name: str = "", kind: str) -> Claim:
    """Hold `name`, or the first of `kind`-1, `kind`-2 … that is free. Raises `NameTakenError`."""
    folder.mkdir(parents=True, exist_ok=True)
    for wanted in [name] if name else [f"{kind}-{number}" for number in range(1, NAMES_MAX)]:
        file = os.open(folder / f"{wanted}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            continue
        return Claim(wanted, file)
    raise NameTakenError(f"{folder / name}.lock: a {kind} of this name runs already; end it or give another name")
