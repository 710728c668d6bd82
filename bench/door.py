"""`make bench-door`: what one core of the door carries, beside nginx answering the same bytes with a constant.

The server under measurement alone on core 0, the load on core 1; medians of five runs, nginx in turn with the door, so
that both meet the same moments of the machine. The last line is JSON.
"""

import itertools
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.houses import NIGHT, Served, door, keys_of, nginx
from bench.load import Run, play
from kickoff.accounts.sessions import SESSION_PURPOSE, session_claims
from kickoff.playback.claims import LEASE_PURPOSE, Client, LeaseClaims
from kickoff.seals import Seals, account_subject

RUNS = 5
JOINS = 100_000
STATUSES = 150_000
BEATS = 100_000
LEASES = 5_000
CONNECTIONS = 64
CLIENT = {"device": "tv", "app": "7.2.0", "isp": "isp-a", "region": "north"}
HEADERS = (
    "Host: door.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n"
    "Accept: application/json\r\nContent-Type: application/json\r\n"
)
_accounts = itertools.count(1)


def main() -> None:
    """Measure and print."""
    os.sched_setaffinity(0, {1 if (os.cpu_count() or 1) > 1 else 0})
    with tempfile.TemporaryDirectory(prefix="kickoff-bench-") as name:
        folder = Path(name)
        with door(folder / "door", changes="line_max = 20_000_000\n") as house:
            seals = Seals(keys_of(house).seals)
            answer = _answer_like_a_ticket(seals)
            constant = f"location / {{ return 201 '{answer}'; }}"
            with nginx(folder / "nginx", location=constant) as ceiling:
                _print(_measure(house, ceiling, seals, keys_of(house).subject_key))


def _measure(house: Served, ceiling: Served, seals: Seals, subject_key: bytes) -> dict[str, list[Run]]:
    kinds: dict[str, tuple[Served, Callable[[], list[bytes]]]] = {
        "nginx_constant": (ceiling, lambda: joins(seals, JOINS)),
        "joins": (house, lambda: joins(seals, JOINS)),
        "status": (house, lambda: statuses(STATUSES)),
        "beats": (house, lambda: beats(seals, subject_key, BEATS)),
    }
    # Once before the clock runs: caches, the first blocks, the leases that the beats reinstate.
    for served, make in kinds.values():
        play(served.port, make()[:20_000], connections=CONNECTIONS, server=served.process)
    found: dict[str, list[Run]] = {kind: [] for kind in kinds}
    for _ in range(RUNS):
        for kind, (served, make) in kinds.items():
            found[kind].append(play(served.port, make(), connections=CONNECTIONS, server=served.process))
    return found


def joins(seals: Seals, count: int) -> list[bytes]:
    """New households that join, each with its own session."""
    at_us = time.time_ns() // 1000
    path = f"/v1/{NIGHT}/tickets"
    body = json.dumps({"client": CLIENT, "channel": "canal-plus"}).encode()
    sessions = (
        seals.seal(SESSION_PURPOSE, session_claims(next(_accounts), "essential", 1, at_us=at_us)) for _ in range(count)
    )
    return [_request("POST", path, body, f"Authorization: Bearer {session}\r\n") for session in sessions]


def statuses(count: int) -> list[bytes]:
    """The status object, polled."""
    return [_request("GET", f"/v1/{NIGHT}/status", b"", "")] * count


def beats(seals: Seals, subject_key: bytes, count: int) -> list[bytes]:
    """Beats of streams in progress."""
    at_us = time.time_ns() // 1000
    body = b'{"sta":"p","watched_ms":10000,"stalled_ms":0,"br":1200}'
    leases = [
        LeaseClaims(
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
        for number in range(1, LEASES + 1)
    ]
    requests = [
        _request("POST", f"/v1/{NIGHT}/leases/{seals.seal(LEASE_PURPOSE, lease)}/beats", body, "") for lease in leases
    ]
    return [requests[number % LEASES] for number in range(count)]


def _request(method: str, path: str, body: bytes, more: str) -> bytes:
    return f"{method} {path} HTTP/1.1\r\n{HEADERS}{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _answer_like_a_ticket(seals: Seals) -> str:
    """A body as long as the door's answer to a join."""
    token = seals.seal(SESSION_PURPOSE, session_claims(1, "x" * 72, 1, at_us=0))
    answer = {"ticket": token, "lane": "main", "place": 123_456, "joined_at": 1_662_490_000_000_000, "known": True}
    return json.dumps(answer, separators=(",", ":"))


def _print(found: dict[str, list[Run]]) -> None:
    wall = {kind: statistics.median(run.per_s for run in runs) for kind, runs in found.items()}
    work = {kind: statistics.median(run.per_cpu_s for run in runs) for kind, runs in found.items()}
    ratios = {kind: _ratio(kind, wall, work) for kind in found}
    print(f"{machine()}; the server alone on core 0, the load on core 1; medians of {RUNS}")
    print(f"{'':<16}{'a second':>12}{'a CPU second':>14}{'of nginx':>10}{'core used':>11}{'errors':>8}")
    for kind, runs in found.items():
        load = statistics.median(run.load for run in runs)
        errors = sum(run.errors for run in runs)
        print(f"{kind:<16}{wall[kind]:>12,.0f}{work[kind]:>14,.0f}{ratios[kind]:>10.2f}{load:>11.0%}{errors:>8}")
    print(
        json.dumps(
            {
                "bench": "door",
                "joins_per_s": round(wall["joins"]),
                "status_per_s": round(wall["status"]),
                "beats_per_s": round(wall["beats"]),
                "nginx_constant_per_s": round(wall["nginx_constant"]),
                "joins_vs_nginx": round(ratios["joins"], 3),
                "joins_per_cpu_s": round(work["joins"]),
                "nginx_constant_per_cpu_s": round(work["nginx_constant"]),
            }
        )
    )


def _ratio(kind: str, wall: dict[str, float], work: dict[str, float]) -> float:
    """Of nginx, by the less flattering of two measures: where the load cannot fill nginx's core, time favours us."""
    return min(wall[kind] / wall["nginx_constant"], work[kind] / work["nginx_constant"])


def machine() -> str:
    """What this ran on: processor and cores."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else 'unknown processor'}, {os.cpu_count()} cores"


if __name__ == "__main__":
    main()
