"""`make bench-rush`: a whole kick-off over real HTTP on this machine, then the door is killed and comes back.

2,300,000 distinct viewers join, redeem when their place is called, take a lease and send their first beat: four
requests each, every one answered before the viewer's next, on 256 keep-alive connections without pipelining. The door
with its conductor runs on core 0, the viewers and nginx for the status object on core 1. The doors open when half have
joined. No back end says how it is, so the conductor lets in as many as the night file calls safe. Half of those called
in the lane `main` never come: the conductor must find that out and call others in their stead.

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np

from bench.door import machine
from bench.houses import NIGHT, ROOT, nginx_before
from bench.load import cpu_s
from bench.ports import free_port
from bench.rush.counted import duplicates, journal_of, middle_rate_per_s, overtakes, slot_waits_s
from bench.rush.house import Door
from bench.rush.plan import NEVER_COME_SHARE, plan_of
from bench.rush.shared import DONE, FAILED, RUNNING, Counters, Order

FOLDER = ROOT / "out" / "bench-rush"
OPEN_AT = 0.5
"""The doors open when so many have joined."""
FIRST_VIEWERS = 60_000
"""On a door that is thrown away: seconds of work, for the machine to warm up."""
FIRST_ADMITS_PER_S = 1e6
"""Far more than any machine can do."""
ADMIT_SHARE = 0.8
"""Of what that door let in: the rest is for joins, which go on meanwhile, and for a machine's slow minutes."""
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
    parser.add_argument(
        "--admit-per-s", type=float, default=0.0, help="viewers to let in a second; measured if left out"
    )
    parser.add_argument("--keep", action="store_true", help=f"leave the journal and the rest in {FOLDER.name}")
    wish = parser.parse_args()
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {1})
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    figures = play(wish)
    # Where it failed the folder stays: the door's log says why.
    if not wish.keep:
        shutil.rmtree(FOLDER)
    print(json.dumps(figures))


def play(wish: argparse.Namespace) -> dict[str, object]:
    """One rush, from an empty house to the sealed journal."""
    until_s = time.monotonic() + END_S
    admit_per_s = wish.admit_per_s or ADMIT_SHARE * _admits_per_s(wish, until_s)
    began_us = time.time_ns() // 1000
    # The safe rate is one of calls, as if all lanes were as the one in which fewest come.
    house = House(FOLDER / "rush", wish, safe_rate_per_s=admit_per_s / (1 - NEVER_COME_SHARE))
    with house.serving() as door:
        opened_s = house.rush(until_s, on_open=lambda: door.operate("resume"))
        door_cpu_s, door_mb = cpu_s(door.process), resident_mb(door.process)
        restart_s, kept = _kill_and_try_again(door, house.order)
    return _figures(house, opened_s, admit_per_s, began_us) | {
        "admit_per_s": round(admit_per_s),
        "restart_s": round(restart_s, 2),
        "kept_of_sample": kept,
        "door_cpu_s": round(door_cpu_s, 1),
        "door_rss_mb": round(door_mb),
    }


def _admits_per_s(wish: argparse.Namespace, until_s: float) -> float:
    """How many viewers a second this machine can let in, on a door that is thrown away: all are called at once."""
    house = House(FOLDER / "first", wish, safe_rate_per_s=FIRST_ADMITS_PER_S, viewers=FIRST_VIEWERS, open_at=1.0)
    with house.serving() as door:
        house.rush(until_s, on_open=lambda: door.operate("resume"))
    return middle_rate_per_s(np.load(house.order.result)["passed_ms"].astype(np.int64))


class House:
    """One door, nginx and their viewers, below one folder."""

    def __init__(
        self,
        folder: Path,
        wish: argparse.Namespace,
        *,
        safe_rate_per_s: float,
        viewers: int | None = None,
        open_at: float = OPEN_AT,
    ) -> None:
        folder.mkdir()
        self._open_at = open_at
        self._folder = folder
        self.counters = Counters(folder / "counters")
        self.door = Door(folder / "run", safe_rate_per_s=safe_rate_per_s)
        self.order = Order(
            viewers=viewers or wish.viewers,
            seed=wish.seed,
            connections=wish.connections,
            night=NIGHT,
            door_port=self.door.port,
            status_port=free_port(),
            keys_folder=str(self.door.folder),
            counters=str(folder / "counters"),
            result=str(folder / "result.npz"),
            stop_s=END_S - 120,
        )

    @contextmanager
    def serving(self) -> Iterator[Door]:
        """The door and nginx, until the end of the block; nobody is called yet."""
        try:
            self.door.start()
            self.door.operate("pause")
            with nginx_before(self._folder / "nginx", door_port=self.door.port, port=self.order.status_port, core=1):
                yield self.door
            self.door.stop()
        finally:
            self.door.kill()

    def rush(self, until_s: float, *, on_open: Callable[[], None]) -> float:
        """Let the viewers come, and open the doors; seconds from their beginning to that."""
        path, counters = self._folder / "order.json", self.counters
        path.write_bytes(msgspec.json.encode(self.order))
        viewers = subprocess.Popen([sys.executable, "-m", "bench.rush.viewers", str(path)], cwd=ROOT)
        try:
            _await(lambda: counters["phase"] >= RUNNING, viewers, until_s)
            began_s = time.monotonic()
            there = self._open_at * self.order.viewers
            _await(lambda: counters["joined"] >= there or counters["phase"] == FAILED, viewers, until_s)
            opened_s = time.monotonic() - began_s
            on_open()
            joined = counters["joined"]
            print(f"after {opened_s:.1f} s {joined:,} have joined, {joined / opened_s:,.0f} a second", flush=True)
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


def _figures(house: House, opened_s: float, admit_per_s: float, began_us: int) -> dict[str, object]:
    order, counters = house.order, house.counters
    result = np.load(order.result)
    seconds, sealed_s, looks, late_looks, walked_off, viewers_cpu_s = result["figures"].tolist()
    places, sent, answered = (result[name].astype(np.int64) for name in ("places", "sent", "answered"))
    waits = slot_waits_s(
        result["stood"].astype(np.int64),
        result["passed_ms"].astype(np.int64),
        opened_ms=round(opened_s * 1000),
        per_s=admit_per_s,
    )
    journal = journal_of(house.door.folder / "journal", NIGHT, began_us=began_us)
    come = plan_of(order.viewers, seed=order.seed).come
    for complaint in result["complaints"].tolist():
        if complaint:
            print(complaint)
    agree = (journal.joined, journal.passed, journal.started) == (
        counters["joined"], counters["passed"], counters["started"],
    )  # fmt: skip
    print(f"{machine()}; the door on core 0, viewers and nginx on core 1")
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
