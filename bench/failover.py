"""`make bench-failover`: a primary of the line's Cluster is killed in mid-rush; who lost a place, and for how long?

Three primaries and three replicas on loopback, two doors and two conductors. Viewers join at both doors over real HTTP,
each connection with one request in hand; seven in ten with a session. At a moment drawn by seed the replica of the
primary that gives out the places of the sessions' lane is cut off from it. One second later that primary is killed: the
replica goes on without that second. Whoever is told to come back (503) comes back. At the end everybody joins again,
at the other door, and must hold the same place. Five rushes, each on a Cluster of its own.

    recovered_s         from the kill until that lane gives new places again: the worst of the rushes
    duplicate_places    places of a lane that two viewers were told
    lost_places         viewers who are told another place than before
    forgotten_places    places that the replica did not know of when it took over
    overtake_max        the most people of a lane that anybody overtook who was answered before their request was sent

The stated bound on overtaking is 0 (`waiting_room/valkey.py`). The last line is JSON.
"""

import argparse
import heapq
import json
import os
import random
import select
import signal
import socket
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from bench.cluster import Node, cluster
from bench.houses import NIGHT, Served, door, keys_of, kickoff, running, serving
from kickoff.accounts.sessions import SESSION_PURPOSE, session_claims
from kickoff.facts import Lane
from kickoff.seals import Seals

VIEWERS = 80_000
"""More than join before the kill on a fast machine: 16,000 a second were seen."""
RUSHES = 5
CONNECTIONS = 32
"""To each of the two doors."""
AGAIN_S = 0.25
RUSH_S_MAX = 90.0
BODY = json.dumps({"client": {"device": "tv", "app": "7.2.0", "isp": "isp-a", "region": "north"}}).encode()
PATH = f"/v1/{NIGHT}/tickets"
LINE = f"kickoff:{{{NIGHT}:{Lane.KNOWN}}}:line"
FORGOTTEN_S = 1.0


class Viewer(Struct, kw_only=True):
    """One who joins. Instants in seconds of the monotonic clock."""

    headers: str
    lane: str
    sent_s: float = 0.0
    """When the request went out that was answered with the place."""
    answered_s: float = 0.0
    place: int = 0
    at_door: int = 0
    refused: int = 0


class Rush(Struct, kw_only=True):
    """What one rush gave."""

    recovered_s: float
    duplicate_places: int
    lost_places: int
    overtake_max: int
    forgotten_places: int
    refused: int
    seconds: float


class Line:
    """One connection to a door: one request in hand."""

    def __init__(self, port: int, number: int) -> None:
        self.number = number
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.viewer: Viewer | None = None
        self.sent_s = 0.0

    def ask(self, viewer: Viewer) -> None:
        """Send the viewer's join."""
        head = f"POST {PATH} HTTP/1.1\r\nHost: door.example\r\n{viewer.headers}Content-Length: {len(BODY)}\r\n\r\n"
        self.viewer, self.sent_s = viewer, time.monotonic()
        self.socket.send(head.encode() + BODY)


class Crowd:
    """Viewers who join until each has a place."""

    def __init__(self, ports: list[int], viewers: list[Viewer]) -> None:
        self.waiting = deque(viewers)
        self.later: list[tuple[float, int, Viewer]] = []
        self.answered = 0
        self.lines = {
            line.socket.fileno(): line
            for number, port in enumerate(ports)
            for line in (Line(port, number) for _ in range(CONNECTIONS))
        }
        self._poll = select.epoll()
        for number in self.lines:
            self._poll.register(number, select.EPOLLIN)

    def close(self) -> None:
        """Hang up."""
        for line in self.lines.values():
            line.socket.close()

    def play(self, until: int) -> None:
        """Go on until so many are answered."""
        stop_s = time.monotonic() + RUSH_S_MAX
        while self.answered < until:
            if time.monotonic() > stop_s:
                held = sum(line.viewer is not None for line in self.lines.values())
                raise RuntimeError(f"{self.answered} of {until} after {RUSH_S_MAX:g} s; {held} wait for an answer")
            self._turn()

    def play_s(self, seconds: float) -> None:
        """Go on for so long."""
        stop_s = time.monotonic() + seconds
        while time.monotonic() < stop_s:
            self._turn()

    def _turn(self) -> None:
        self._send()
        for number, _ in self._poll.poll(0.02):
            self._read(self.lines[number])

    def _send(self) -> None:
        now = time.monotonic()
        while self.later and self.later[0][0] <= now:
            self.waiting.append(heapq.heappop(self.later)[2])
        for line in self.lines.values():
            if line.viewer is None and self.waiting:
                line.ask(self.waiting.popleft())

    def _read(self, line: Line) -> None:
        raw, viewer, now = line.socket.recv(65_536), line.viewer, time.monotonic()
        if not raw or viewer is None:
            raise RuntimeError("a door closed a connection")
        line.viewer = None
        if raw[9:12] in {b"201", b"200"}:
            viewer.sent_s, viewer.answered_s, viewer.at_door = line.sent_s, now, line.number
            viewer.place = int(raw.partition(b'"place":')[2].partition(b",")[0])
            if not viewer.headers:
                token = raw.partition(b"X-Kickoff-Device: ")[2].partition(b"\r\n")[0]
                viewer.headers = f"X-Kickoff-Device: {token.decode()}\r\n"
            self.answered += 1
        elif raw[9:12] == b"503":
            viewer.refused += 1
            heapq.heappush(self.later, (now + AGAIN_S, id(viewer), viewer))
        else:
            raise RuntimeError(raw.partition(b"\r\n")[0].decode())


def main() -> None:
    """Measure and print."""
    wish = argparse.ArgumentParser()
    wish.add_argument("--rushes", type=int, default=RUSHES)
    wish.add_argument("--viewers", type=int, default=VIEWERS)
    wish.add_argument("--seed", type=int, default=1)
    chosen = wish.parse_args()
    os.sched_setaffinity(0, {1 if (os.cpu_count() or 1) > 1 else 0})
    found = []
    for number in range(chosen.rushes):
        with tempfile.TemporaryDirectory(prefix="kickoff-bench-") as name:
            found.append(rush(Path(name), viewers=chosen.viewers, chance=random.Random(chosen.seed + number)))
        one = found[-1]
        print(
            f"rush {number + 1}: back after {one.recovered_s:.2f} s, {one.duplicate_places} duplicates, "
            f"{one.lost_places} lost, {one.overtake_max} overtaken, "
            f"{one.forgotten_places} forgotten by the replica, {one.refused} told to come back",
            flush=True,
        )
    print(
        json.dumps(
            {
                "bench": "failover",
                "recovered_s": round(max(one.recovered_s for one in found), 2),
                "recovered_s_median": round(statistics.median(one.recovered_s for one in found), 2),
                "duplicate_places": sum(one.duplicate_places for one in found),
                "lost_places": sum(one.lost_places for one in found),
                "overtake_max": max(one.overtake_max for one in found),
                "overtake_bound": 0,
                "forgotten_places": sum(one.forgotten_places for one in found),
                "viewers": chosen.viewers,
                "rushes": chosen.rushes,
                "refused": sum(one.refused for one in found),
            }
        )
    )


def rush(folder: Path, *, viewers: int, chance: random.Random) -> Rush:
    """One rush on a Cluster of its own."""
    began = time.monotonic()
    with cluster(folder / "cluster") as servers, doors(folder / "run", servers.url) as houses:
        crowd = Crowd([house.port for house in houses], people(Seals(keys_of(houses[0]).seals), viewers, chance))
        everybody = list(crowd.waiting)
        crowd.play(round(viewers * chance.uniform(0.2, 0.6)))
        primary = servers.primary_of(LINE)
        replica = servers.cut_off(primary)
        crowd.play_s(FORGOTTEN_S)
        killed_s = time.monotonic()
        primary.process.send_signal(signal.SIGKILL)
        crowd.play(viewers)
        crowd.close()
        refused = sum(one.refused for one in everybody)
        first = [(one.lane, one.place) for one in everybody]
        recovered_s = recovered(everybody, killed_s)
        overtaken = overtake_max(everybody)
        lost = lost_places(houses, everybody)
        forgotten = forgotten_places(replica)
    return Rush(
        recovered_s=recovered_s,
        duplicate_places=len(first) - len(set(first)),
        lost_places=lost,
        overtake_max=overtaken,
        forgotten_places=forgotten,
        refused=refused,
        seconds=time.monotonic() - began,
    )


def people(seals: Seals, count: int, chance: random.Random) -> list[Viewer]:
    """Seven in ten come with a session of their own household, the others as new devices."""
    at_us = time.time_ns() // 1000
    found = []
    for account in range(1, count + 1):
        if chance.random() < 0.7:
            token = seals.seal(SESSION_PURPOSE, session_claims(account, "essential", 1, at_us=at_us))
            found.append(Viewer(headers=f"Authorization: Bearer {token}\r\n", lane=str(Lane.KNOWN)))
        else:
            found.append(Viewer(headers="", lane=str(Lane.MAIN)))
    return found


def recovered(everybody: list[Viewer], killed_s: float) -> float:
    """Seconds from the kill to the end of the longest silence after it, in the lane that was hit."""
    times = sorted(one.answered_s for one in everybody if one.lane == Lane.KNOWN and one.answered_s >= killed_s)
    silences = zip([killed_s, *times], times, strict=False)
    _, end = max(silences, key=lambda pair: pair[1] - pair[0])
    return end - killed_s


def overtake_max(everybody: list[Viewer]) -> int:
    """The most people whom anybody overtook: answered before the other's request was sent, and called after it."""
    worst = 0
    for lane in {one.lane for one in everybody}:
        mine = [one for one in everybody if one.lane == lane]
        by_answer = deque(sorted(mine, key=lambda one: one.answered_s))
        before: list[int] = []
        highest = 0
        for one in sorted(mine, key=lambda one: one.sent_s):
            while by_answer and by_answer[0].answered_s < one.sent_s:
                before.append(by_answer.popleft().place)
                highest = max(highest, before[-1])
            if one.place < highest:
                worst = max(worst, sum(place > one.place for place in before))
    return worst


def lost_places(houses: list[Served], everybody: list[Viewer]) -> int:
    """Everybody joins once more, at the other door: how many are told another place."""
    again = [[], []]  # type: list[list[Viewer]]
    for one in everybody:
        again[1 - one.at_door].append(Viewer(headers=one.headers, lane=one.lane))
    told: dict[str, int] = {}
    for house, viewers in zip(houses, again, strict=True):
        crowd = Crowd([house.port], viewers)
        crowd.play(len(viewers))
        crowd.close()
        told |= {one.headers: one.place for one in viewers}
    return sum(told[one.headers] != one.place for one in everybody)


def forgotten_places(replica: Node) -> int:
    """How many places had been given that the replica did not know of: up to where numbering left its gap."""
    survived, skips = replica.client().hmget(LINE, "survived", "skips")
    assert isinstance(skips, bytes), "numbering left a gap when it took over"
    first = int.from_bytes(skips[-8:-4], "little")
    return max(0, first - 1 - int(survived or 0))


@contextmanager
def doors(folder: Path, url: str) -> Iterator[list[Served]]:
    """Two doors and two conductors on one folder and one Cluster."""
    line = {"KICKOFF_VALKEY_URL": url}
    with ExitStack() as stack:
        first = stack.enter_context(door(folder, changes="line_max = 20_000_000\n", more=line))
        second = stack.enter_context(serving(folder, more=line, log="door-2.log"))
        for number in (1, 2):
            log = folder / f"conduct-{number}.log"
            command, environment = kickoff("conduct", folder), {**os.environ, **line}
            stack.enter_context(running(command, core=1, environment=environment, log=log))
        yield [first, second]


if __name__ == "__main__":
    main()
