"""How many beats a core of the door takes in, each durable before it is answered: one a request, and in batches."""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from bench.door import CLIENT, CONNECTIONS, HEADERS, beats
from bench.houses import NIGHT, door, keys_of
from bench.load import play
from kickoff.playback.claims import LEASE_PURPOSE, Client, LeaseClaims
from kickoff.seals import Seals, account_subject

RUNS = 3
SINGLE = 60_000
BATCHES = 4_000
BATCH = 32
"""So many beacons, each with the token of its lease, fit into the 16 KiB that a body may have."""


def rates() -> dict[str, float]:
    """Beats a second: by the wall clock, and by the seconds that the server's core worked (medians of three runs)."""
    os.sched_setaffinity(0, {1 if (os.cpu_count() or 1) > 1 else 0})
    with tempfile.TemporaryDirectory(prefix="kickoff-bench-") as name, door(Path(name)) as house:
        seals, key = Seals(keys_of(house).seals), keys_of(house).subject_key
        kinds = {"beats": (beats(seals, key, SINGLE), 1), "batched_beats": (batches(seals, key), BATCH)}
        found: dict[str, float] = {}
        for kind, (requests, each) in kinds.items():
            play(house.port, requests[:2_000], connections=CONNECTIONS, server=house.process)
            runs = [play(house.port, requests, connections=CONNECTIONS, server=house.process) for _ in range(RUNS)]
            assert not any(run.errors for run in runs), f"{kind}: the door refused some"
            found[f"{kind}_per_s"] = _median((run.per_s for run in runs), each)
            found[f"{kind}_per_core_s"] = _median((run.per_cpu_s for run in runs), each)
    return found


def batches(seals: Seals, subject_key: bytes) -> list[bytes]:
    """Requests with `BATCH` beacons each, of as many streams."""
    at_us = time.time_ns() // 1000
    beacons = [
        {"lease": seals.seal(LEASE_PURPOSE, _lease(number, subject_key, at_us)), "sta": "p", "watched_ms": 10_000}
        for number in range(1, 100 * BATCH + 1)
    ]
    requests = [
        _request(json.dumps(beacons[first : first + BATCH]).encode()) for first in range(0, len(beacons), BATCH)
    ]
    return [requests[number % len(requests)] for number in range(BATCHES)]


def _lease(number: int, subject_key: bytes, at_us: int) -> LeaseClaims:
    return LeaseClaims(
        night=NIGHT,
        account=number,
        subject=account_subject(subject_key, number),
        stream=number,
        offer="essential",
        streams_max=1,
        channel="canal-plus",
        cdn="north",
        client=Client(**CLIENT),
        granted_at=at_us,
        expires_at=at_us + 3_600_000_000,
    )


def _median(rates: Iterable[float], each: int) -> int:
    return round(statistics.median(rates) * each)


def _request(body: bytes) -> bytes:
    return f"POST /v1/{NIGHT}/beacons HTTP/1.1\r\n{HEADERS}Content-Length: {len(body)}\r\n\r\n".encode() + body
