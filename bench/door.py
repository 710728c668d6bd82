"""`make bench-door`: what one core of the door carries, beside nginx, and beside a plain FastAPI + Redis room.

What is measured stands alone on core 0; the load, and Redis where there is one, on core 1; run as root, both come
before whatever else the machine does. Medians of five runs, taken in turn, so that all meet the same moments of the
machine; processor seconds of what is measured tell what wall time hides. The joins that are judged are new households
with a session each; `mixed_joins` are those of `make bench-rush` (70 % with a session, the rest by the cookie of a
device), `strangers` bring nothing and are given a device's token too.
The last line is JSON.

`p99_ms_at_70`: the slowest of the kinds, each asked at 70 % of its own maximum, from the instant a request was due.
`status_vs_static`: nginx as deploy/ sets it up, before a door, against the same nginx with the same bytes in a file.
`two_doors_cpu_ratio`: processor seconds for a join of two doors and their Valkey, against those of one door and its.
"""

import argparse
import json
import os
import statistics
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

from bench import asked
from bench.held import held
from bench.houses import NIGHT, Served, door, keys_of, nginx, nginx_before, undisturbed
from bench.load import Paced, Run, pace, play
from bench.rooms import Rooms, rooms
from kickoff.seals import Seals

RUNS = 5
REQUESTS = 60_000
CONNECTIONS = 64
PACE = 0.7
PACED_S = 1.5
LEAD = 1.3
"""The generator must outrun what it measures by so much: it shows that against nginx."""

Make = Callable[[int], list[bytes]]
Kinds = dict[str, tuple[Served, Make]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--requests", type=int, default=REQUESTS, help="of one run of one kind")
    parser.add_argument("--without-rooms", action="store_true", help="leave out Valkey, two doors, FastAPI")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {1 if (os.cpu_count() or 1) > 1 else 0})
    with undisturbed(), tempfile.TemporaryDirectory(prefix="kickoff-bench-") as name:
        folder = Path(name)
        runs, paced = _house(folder, chosen.runs, chosen.requests)
        runs |= _status(folder, chosen.runs, chosen.requests)
        shared = None if chosen.without_rooms else rooms(folder, chosen.runs, chosen.requests)
    _print(runs, paced, shared, held())


def _house(folder: Path, count: int, requests: int) -> tuple[dict[str, list[Run]], dict[str, Paced]]:
    """One door alone: each kind of request, and nginx's constant reply to a join's bytes."""
    line = "line_max = 20_000_000\n"
    with (
        door(folder / "door", changes=line) as house,
        door(folder / "open", changes=line, open_to_all=True) as open_door,
    ):
        keys = keys_of(house)
        constant = f"location / {{ return 201 '{asked.answer_like_a_ticket(Seals(keys.seals))}'; }}"
        with nginx(folder / "nginx", location=constant) as ceiling:
            kinds = _kinds(house, open_door, ceiling, requests)
            runs = _in_turn(kinds, count, requests)
        paced = {kind: _at_70(*kinds[kind], runs[kind]) for kind in kinds if kind != "nginx_constant"}
    return runs, paced


def _kinds(house: Served, open_door: Served, ceiling: Served, requests: int) -> Kinds:
    keys, open_keys = keys_of(house), keys_of(open_door)
    seals = Seals(keys.seals)
    old = asked.joins(seals, requests)
    play(house.port, old, connections=CONNECTIONS, server=house.process)
    play(house.port, asked.beats(seals, keys.subject_key, asked.LEASES), connections=CONNECTIONS, server=house.process)
    # A check is judged as it is asked again: its token has been seen, and stands in the bounded cache.
    seen = asked.checks(keys, asked.LEASES)
    play(house.port, seen, connections=CONNECTIONS, server=house.process)
    given = 0

    def redeem(count: int) -> list[bytes]:
        # Places must have been given before they are redeemed; where the door is open to all, all of them are called.
        nonlocal given
        joins = asked.joins(Seals(open_keys.seals), count)
        play(open_door.port, joins, connections=CONNECTIONS, server=open_door.process)
        given += count
        return asked.passes(open_keys, range(given - count + 1, given + 1))

    return {
        "nginx_constant": (ceiling, lambda count: asked.joins(seals, count)),
        "joins": (house, lambda count: asked.joins(seals, count)),
        "mixed_joins": (house, lambda count: asked.mixed_joins(seals, count)),
        "strangers": (house, asked.strangers),
        "rejoins": (house, lambda count: [old[number % requests] for number in range(count)]),
        "passes": (open_door, redeem),
        "beats": (house, lambda count: asked.beats(seals, keys.subject_key, count)),
        "checks": (house, lambda count: [seen[number % asked.LEASES] for number in range(count)]),
        "status": (house, asked.statuses),
    }


def _status(folder: Path, count: int, requests: int) -> dict[str, list[Run]]:
    """The status object through nginx's micro-cache, and the same bytes as a file of the same nginx."""
    with door(folder / "behind", core=1) as house, nginx_before(folder / "before", door_port=house.port) as before:
        path = f"/v1/{NIGHT}/status"
        with urllib.request.urlopen(f"http://127.0.0.1:{before.port}{path}") as answer:
            (before.folder / "still").mkdir()
            (before.folder / "still" / "status").write_bytes(answer.read())
        still = asked.request("GET", "/still/status", b"", "")
        return _in_turn(
            {"status_nginx": (before, asked.statuses), "status_static": (before, lambda number: [still] * number)},
            count,
            2 * requests,
        )


def _in_turn(kinds: Kinds, count: int, requests: int) -> dict[str, list[Run]]:
    """So many runs of each kind, one after the other in turn; before them one that does not count."""
    found: dict[str, list[Run]] = {kind: [] for kind in kinds}
    for number in range(count + 1):
        for kind, (served, make) in kinds.items():
            sent = make(requests if number else requests // 10)
            run = play(served.port, sent, connections=CONNECTIONS, server=served.process)
            if number:
                found[kind].append(run)
    return found


def _at_70(served: Served, make: Make, runs: list[Run]) -> Paced:
    """The middle run of as many, at 70 % of the median rate."""
    per_s = PACE * statistics.median(run.per_s for run in runs)
    paced = [
        pace(served.port, make(round(per_s * PACED_S)), connections=CONNECTIONS, per_s=per_s) for _ in range(len(runs))
    ]
    return sorted(paced, key=lambda one: one.p99_ms)[len(paced) // 2]


def _print(runs: dict[str, list[Run]], paced: dict[str, Paced], shared: Rooms | None, memory: dict[str, float]) -> None:
    wall = {kind: statistics.median(run.per_s for run in found) for kind, found in runs.items()}
    work = {kind: statistics.median(run.per_cpu_s for run in found) for kind, found in runs.items()}
    ratios = {kind: _ratio(kind, wall, work) for kind in runs}
    print(f"{machine()}; what is measured alone on core 0, the rest on core 1; medians of {len(runs['joins'])}")
    print(
        f"{'':<16}{'a second':>12}{'a CPU second':>14}{'of nginx':>10}{'core used':>11}{'p99 at 70 %':>13}{'errors':>8}"
    )
    for kind, found in runs.items():
        load = statistics.median(run.load for run in found)
        late = f"{paced[kind].p99_ms:.2f} ms" if kind in paced else ""
        errors = _errors({kind: found}, {kind: paced[kind]} if kind in paced else {})
        print(
            f"{kind:<16}{wall[kind]:>12,.0f}{work[kind]:>14,.0f}{ratios[kind]:>10.2f}{load:>11.0%}{late:>13}{errors:>8}"
        )
    lead = wall["nginx_constant"] / wall["joins"]
    print(f"the generator against nginx: {lead:.2f} × the joins; {LEAD} × are wanted")
    found_of_rooms = shared.told() if shared else {}
    for name, value in (found_of_rooms | memory).items():
        print(f"{name:<36}{value:>14,}")
    refused = {"errors": _errors(runs, paced)}
    print(json.dumps(_keys(wall, work, ratios) | refused | _latencies(paced) | found_of_rooms | memory))


def _errors(runs: dict[str, list[Run]], paced: dict[str, Paced]) -> int:
    """Of all runs, those at a given rate too: they count in no rate."""
    return sum(run.errors for found in runs.values() for run in found) + sum(one.errors for one in paced.values())


def _keys(wall: dict[str, float], work: dict[str, float], ratios: dict[str, float]) -> dict[str, object]:
    return {
        "bench": "door",
        "joins_per_s": round(wall["joins"]),
        "status_per_s": round(wall["status"]),
        "beats_per_s": round(wall["beats"]),
        "nginx_constant_per_s": round(wall["nginx_constant"]),
        "joins_vs_nginx": round(ratios["joins"], 3),
        "joins_per_cpu_s": round(work["joins"]),
        "nginx_constant_per_cpu_s": round(work["nginx_constant"]),
        "mixed_joins_per_s": round(wall["mixed_joins"]),
        "strangers_per_s": round(wall["strangers"]),
        "rejoins_per_s": round(wall["rejoins"]),
        "passes_per_s": round(wall["passes"]),
        "checks_per_s": round(wall["checks"]),
        "status_nginx_per_s": round(wall["status_nginx"]),
        "status_vs_static": round(work["status_nginx"] / work["status_static"], 3),
    }


def _latencies(paced: dict[str, Paced]) -> dict[str, object]:
    by_kind = {kind: round(one.p99_ms, 2) for kind, one in paced.items()}
    return {"p99_ms_at_70": max(by_kind.values()), "p99_ms_at_70_by_kind": by_kind}


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
