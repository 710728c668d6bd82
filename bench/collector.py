"""How many beats a core of the door takes in, each durable before it is answered: one a request, and in batches.

Beside it a plain FastAPI collector that appends to SQLite, on the same core, with the same requests.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.asked import HEADERS, beats, leases
from bench.door import CONNECTIONS
from bench.houses import NIGHT, Served, door, keys_of, running
from bench.load import play
from bench.ports import free_port
from kickoff.door.collectors import COLLECTOR_PURPOSE, CONTENT_TYPE, CollectorClaims
from kickoff.seals import Seals, account_subject

RUNS = 3
SINGLE = 60_000
PLAIN = 12_000
BATCHES = 4_000
STREAMS = 20_000
BATCH = 200
"""So many beats in columns, with number, clock and bitrate, fit into the 16 KiB that a body may have."""
BEACONS = 32
"""So many beacons, each with the token of its lease, do."""
_HOUR_US = 3_600_000_000


def rates() -> dict[str, float]:
    """Beats a second: by the wall clock, and by the seconds that the server's core worked (medians of three runs)."""
    os.sched_setaffinity(0, {1 if (os.cpu_count() or 1) > 1 else 0})
    with tempfile.TemporaryDirectory(prefix="kickoff-bench-") as name, door(Path(name)) as house:
        seals, key = Seals(keys_of(house).seals), keys_of(house).subject_key
        streams = leases(seals, key, STREAMS)
        # A door that forgot a lease takes it back with its token: after this it knows them all.
        play(house.port, tokens(streams), connections=CONNECTIONS, server=house.process)
        found = _measured(house, "beats", beats(seals, key, SINGLE), each=1)
        found |= _measured(house, "beacons", tokens(streams), each=BEACONS)
        found |= _measured(house, "batched_beats", columns(seals, key), each=BATCH)
        single = beats(seals, key, PLAIN)
    with tempfile.TemporaryDirectory(prefix="kickoff-bench-") as name:
        found["fastapi_sqlite_beats_per_s"] = _plain(Path(name), single)
    return found


def _measured(house: Served, kind: str, requests: Sequence[bytes], *, each: int) -> dict[str, float]:
    play(house.port, requests[:500], connections=CONNECTIONS, server=house.process)
    runs = [play(house.port, requests, connections=CONNECTIONS, server=house.process) for _ in range(RUNS)]
    assert not any(run.errors for run in runs), f"{kind}: the door refused some"
    return {
        f"{kind}_per_s": _median((run.per_s for run in runs), each),
        f"{kind}_per_core_s": _median((run.per_cpu_s for run in runs), each),
    }


def _plain(folder: Path, requests: Sequence[bytes]) -> int:
    """Uvicorn sends head and body apart."""
    port = free_port()
    command = [sys.executable, "-m", "bench.plain_collector", str(port), str(folder / "beats.sqlite")]
    with running(command, core=0, environment=dict(os.environ), port=port, log=folder / "log") as process:
        runs = [play(port, requests, connections=CONNECTIONS, server=process, ends=b"}") for _ in range(RUNS)]
    assert not any(run.errors for run in runs), "the plain collector refused some"
    return round(statistics.median(run.per_s for run in runs))


def columns(seals: Seals, subject_key: bytes) -> list[bytes]:
    """Requests of a collector: `BATCH` beats each, of as many streams."""
    at_us = time.time_ns() // 1000
    claims = CollectorClaims(name="cdn-north", night=NIGHT, expires_at=at_us + _HOUR_US)
    head = HEADERS.replace("application/json\r\n", f"{CONTENT_TYPE}\r\n").replace(
        f"Accept: {CONTENT_TYPE}", "Accept: */*"
    )
    head += f"Authorization: Bearer {seals.seal(COLLECTOR_PURPOSE, claims)}\r\n"
    requests = []
    for first in range(1, STREAMS, BATCH):
        streams = range(first, first + BATCH)
        body = {
            "stream": list(streams),
            "subject": [account_subject(subject_key, number) for number in streams],
            "watched_ms": [9_000 + number % 1_000 for number in streams],
            "sn": [7] * BATCH,
            "ts": [at_us // 1000 + number % 500 for number in streams],
            "br": [1200] * BATCH,
        }
        requests.append(_request(json.dumps(body, separators=(",", ":")).encode(), head))
    return [requests[number % len(requests)] for number in range(BATCHES)]


def tokens(streams: Sequence[str]) -> list[bytes]:
    """Requests of an app: `BEACONS` beats each, every one with the token of its lease."""
    beacons = [{"lease": lease, "sta": "p", "watched_ms": 10_000} for lease in streams]
    return [
        _request(json.dumps(beacons[first : first + BEACONS]).encode(), HEADERS)
        for first in range(0, len(beacons), BEACONS)
    ]


def _median(rates: Iterable[float], each: int) -> int:
    return round(statistics.median(rates) * each)


def _request(body: bytes, head: str) -> bytes:
    return f"POST /v1/{NIGHT}/beacons HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
