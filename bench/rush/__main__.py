"""`make bench-rush`: a whole kick-off over real HTTP on this machine, then the door is killed and comes back.

2,300,000 distinct viewers join, redeem when their place is called, take a lease and send their first beat: four
requests each, every one answered before the viewer's next, on 256 keep-alive connections without pipelining. The door
with its conductor runs on core 0; the viewers, nginx for the status object and a back end's word of its health on core
1. The doors open when half have joined. Half of those called in the lane `main` never come.

At the end the door is killed and started again, a sample of its promises is tried, and its journal is sealed and
counted. The last line is JSON. `ARGS="--viewers 100000"` for a quick run.
"""

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from bench.door import machine
from bench.houses import NIGHT, ROOT
from bench.load import cpu_s
from bench.rush.counted import duplicates, journal_of, overtakes, slot_waits_s
from bench.rush.house import Backend, Door, status_nginx
from bench.rush.plan import plan_of
from bench.rush.shared import DONE, FAILED, RUNNING, Counters, Order
from kickoff.night import parse_night

FOLDER = ROOT / "out" / "bench-rush"
OPEN_AT = 0.5
"""The doors open when so many have joined."""
CAPACITY_SHARE = 0.2
"""The back end carries so many new viewers a second for each join a second that the machine has shown."""
SAFE_SHARE = 0.5
END_S = 840.0
TRIED_AGAIN = 300


class RushFailedError(Exception):
    """The rush could not be played to its end. Its text says where it stood."""


def main() -> None:
    """Play, measure, print."""
    parser = argparse.ArgumentParser(prog="bench-rush", description="A whole kick-off over real HTTP.")
    parser.add_argument("--viewers", type=int, default=2_300_000)
    parser.add_argument("--connections", type=int, default=256, choices=range(1, 257), metavar="1..256")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--safe-rate", type=float, default=3000.0, help="called a second before any word of health")
    parser.add_argument("--capacity", type=float, default=0.0, help="new viewers a second; by the joins if left out")
    wish = parser.parse_args()
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {1})
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    try:
        figures = play(wish)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    print(json.dumps(figures))


def play(wish: argparse.Namespace) -> dict[str, object]:
    """One rush, from an empty house to the sealed journal."""
    counters = Counters(FOLDER / "counters")
    backend = Backend(counters)
    door = Door(FOLDER / "run", backend_port=backend.port, safe_rate_per_s=wish.safe_rate)
    began_us, until_s = time.time_ns() // 1000, time.monotonic() + END_S
    try:
        door.start()
        door.operate("pause")
        with status_nginx(FOLDER / "nginx", door_port=door.port) as status_port:
            order = Order(
                viewers=wish.viewers,
                seed=wish.seed,
                connections=wish.connections,
                night=NIGHT,
                door_port=door.port,
                status_port=status_port,
                keys_folder=str(door.folder),
                counters=str(FOLDER / "counters"),
                result=str(FOLDER / "result.npz"),
                stop_s=END_S - 120,
            )
            opened_s = _rush(order, counters, door, backend, capacity=wish.capacity, until_s=until_s)
        door_cpu_s, door_mb = cpu_s(door.process), resident_mb(door.process)
        restart_s, kept = _kill_and_try_again(door, order)
        door.stop()
    finally:
        door.kill()
        backend.close()
    return _figures(order, door, opened_s, backend.capacity_per_s, began_us) | {
        "restart_s": round(restart_s, 2),
        "kept_of_sample": kept,
        "door_cpu_s": round(door_cpu_s, 1),
        "door_rss_mb": round(door_mb),
    }


def _rush(order: Order, counters: Counters, door: Door, backend: Backend, *, capacity: float, until_s: float) -> float:
    """Let the viewers come, and open the doors; seconds from their beginning to that."""
    path = FOLDER / "order.json"
    path.write_bytes(msgspec.json.encode(order))
    viewers = subprocess.Popen([sys.executable, "-m", "bench.rush.viewers", str(path)], cwd=ROOT)
    try:
        _await(lambda: counters["phase"] >= RUNNING, viewers, until_s)
        began_s = time.monotonic()
        _await(lambda: counters["joined"] >= OPEN_AT * order.viewers or counters["phase"] == FAILED, viewers, until_s)
        opened_s = time.monotonic() - began_s
        backend.capacity_per_s = capacity or CAPACITY_SHARE * counters["joined"] / opened_s
        door.operate("resume")
        print(f"doors open after {opened_s:.1f} s, {counters['joined'] / opened_s:,.0f} joins a second; "
              f"the back end carries {backend.capacity_per_s:,.0f} new viewers a second", flush=True)  # fmt: skip
        _await(lambda: counters["phase"] >= DONE, viewers, until_s)
        if viewers.wait(60) != 0:
            raise RushFailedError("the viewers gave up; they said why above")
        return opened_s
    finally:
        viewers.kill()
        viewers.wait()


def _await(happened: Callable[[], bool], process: "subprocess.Popen[bytes]", until_s: float) -> None:
    while not happened():
        if process.poll() not in {None, 0}:
            raise RushFailedError("the viewers gave up; they said why above")
        if time.monotonic() > until_s:
            raise RushFailedError("it was not over in time")
        time.sleep(0.05)


def _kill_and_try_again(door: Door, order: Order) -> tuple[float, str]:
    """SIGKILL; seconds until it is ready again, and how many promises of a sample it keeps."""
    killed_s = time.monotonic()
    door.kill()
    door.start()
    restart_s = time.monotonic() - killed_s
    result = np.load(order.result)
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=20)
    kept = 0
    leases = result["sample_leases"][:TRIED_AGAIN]
    for lease in leases.tolist():
        connection.request("POST", f"/v1/{NIGHT}/leases/{lease.decode()}/beats", b'{"sta":"p","watched_ms":1000}')
        response = connection.getresponse()
        response.read()
        kept += response.status == 200
    connection.close()
    return restart_s, f"{kept} of {len(leases)}"


def _figures(order: Order, door: Door, opened_s: float, capacity: float, began_us: int) -> dict[str, object]:
    result = np.load(order.result)
    seconds, sealed_s, looks, late_looks, walked_off, viewers_cpu_s = result["figures"].tolist()
    places, sent, answered = (result[name].astype(np.int64) for name in ("places", "sent", "answered"))
    night = parse_night((door.folder / "journal" / NIGHT / "night.toml").read_text("utf-8"), source="night.toml")
    waits = slot_waits_s(
        result["stood"].astype(np.int64),
        result["passed_ms"].astype(np.int64),
        opened_ms=round(opened_s * 1000),
        per_s=night.door.target * capacity,
    )
    counters = Counters(Path(order.counters))
    journal = journal_of(door.folder / "journal", NIGHT, began_us=began_us)
    come = plan_of(order.viewers, seed=order.seed).come
    for complaint in result["complaints"].tolist():
        if complaint:
            print(complaint)
    agree = (journal.joined, journal.passed, journal.started) == (
        counters["joined"], counters["passed"], counters["started"],
    )  # fmt: skip
    print(f"{machine()}; the door on core 0, viewers, nginx and the back end's word on core 1")
    print(f"{order.viewers:,} joined, {come:,} came in, {walked_off:,.0f} were called and never came")
    print(
        f"status read {looks:,.0f} times through nginx, {late_looks:,.0f} looks left out as the last was not answered"
    )
    word = "agrees" if agree else "DOES NOT AGREE"
    print(f"the journal {word}; sealed in {journal.seal_s:.0f} s, {journal.subjects:,} holders")
    return {
        "bench": "rush",
        "viewers": order.viewers,
        "seconds": round(seconds, 1),
        "errors": counters["errors"],
        "duplicate_places": duplicates(places, result["is_known"]) + journal.duplicate_places,
        "overtakes": overtakes(places, sent, answered, result["is_known"]),
        "slot_refill_p99_s": round(float(np.quantile(waits, 0.99)), 2) if waits.size else None,
        "slot_refill_max_s": round(float(waits.max(initial=0.0)), 2),
        "journal_joined": journal.joined,
        "journal_passed": journal.passed,
        "journal_started": journal.started,
        "journal_agrees": agree,
        "deferred": counters["deferred"],
        "requests_per_s": round((counters["joined"] + 3 * counters["started"]) / seconds),
        "viewers_cpu_s": round(viewers_cpu_s - sealed_s, 1),
    }


def resident_mb(process: int) -> float:
    """Memory of a process that is in use now."""
    return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
