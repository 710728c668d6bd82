"""What the processes of a rush tell each other while it runs: counters in one small file that all of them map."""

from pathlib import Path

import numpy as np
from msgspec import Struct

COUNTERS = ("joined", "passed", "leased", "started", "errors", "deferred", "called", "phase", "cpu_ms")
IDLE, RUNNING, DONE, FAILED = range(4)
"""`phase` of the generator."""


class Order(Struct, frozen=True, kw_only=True):
    """What the generator is told to do."""

    viewers: int
    seed: int
    connections: int
    night: str
    door_port: int
    status_port: int
    keys_folder: str
    counters: str
    result: str
    stop_s: float
    """After so long it gives up."""


class Counters:
    """The counters by name; one process writes each of them."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(8 * len(COUNTERS)))
        self.numbers = np.memmap(path, dtype=np.int64, mode="r+", shape=(len(COUNTERS),))

    def __getitem__(self, name: str) -> int:
        return int(self.numbers[COUNTERS.index(name)])

    def __setitem__(self, name: str, value: int) -> None:
        self.numbers[COUNTERS.index(name)] = value
