"""What does one who waits, or who watches, cost in memory? What a process grows by, for the tables alone."""

import multiprocessing
from collections.abc import Callable
from pathlib import Path

from kickoff.playback.leases import LeaseTable
from kickoff.seals import account_subject
from kickoff.waiting_room.index import PackedIndex
from kickoff.waiting_room.places import packed

WAITING = 2_300_000
LEASES = 500_000
LINE_MAX = 20_000_000


def held(waiting: int = WAITING, leases: int = LEASES) -> dict[str, float]:
    """Bytes for each who waits, and for each lease with its account's entry: each in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        return {
            "bytes_per_waiting": pool.apply(grown, (wait, waiting)),
            "bytes_per_lease": pool.apply(grown, (lease, leases)),
        }


def grown(fill: Callable[[int], object], count: int) -> float:
    """Resident bytes that the process gained for each entry, while the table still stands."""
    fill(1)
    before = _resident_bytes()
    kept = fill(count)
    gained = _resident_bytes() - before
    assert kept is not None
    return round(gained / count, 1)


def wait(count: int) -> PackedIndex:
    """So many households with a place."""
    index = PackedIndex(LINE_MAX)
    for place in range(1, count + 1):
        index.put(account_subject(b"k" * 32, place), packed(4, place, place))
    return index


def lease(count: int) -> LeaseTable:
    """So many streams in progress, each of another household."""
    table = LeaseTable(PackedIndex(LINE_MAX), epoch_us=0, rows_max=LINE_MAX, channels=("canal-plus",))
    for number in range(1, count + 1):
        table.grant(account_subject(b"k" * 32, number), channel="canal-plus", device="tv", at_us=number)
    return table


def _resident_bytes() -> int:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status names no VmRSS")
