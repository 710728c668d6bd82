"""The viewers of a rush, on keep-alive connections: join, pass, lease, first beat, each answered before the next.

`python -m bench.rush.viewers ORDER.json`. Each connection is a delivery network's node: it carries its own viewers one
request at a time, without pipelining, and once a second it reads the status object through nginx on their behalf. Who
is called by what the node has read is served before anybody new joins; of two lanes in turn. One thread, so sends and
answers have one order, and who overtook whom is known for certain.
"""

import gc
import os
import select
import socket
import sys
import time
from array import array
from collections import deque
from pathlib import Path

import msgspec
import numpy as np

from bench import asked
from bench.rush.plan import Brought, Plan, plan_of, sealed_ahead
from bench.rush.shared import DONE, FAILED, RUNNING, Counters, Order
from kickoff.plumbing.key_files import load
from kickoff.seals import Seals

READ_BYTES = 65_536
STALL_S = 30.0
TELL_S = 0.25
SAMPLE_EVERY = 1009
"""Of so many viewers one lease is kept, to be tried again after the crash."""
ERRORS_KEPT = 5
DEFER_S = 1.0
IDLE, JOIN, PASS, LEASE, BEAT = range(5)
HEADERS = asked.HEADERS.encode()
_CLIENT = b'{"device":"%b","app":"%b","isp":"%b","region":"%b"}'
CLIENTS = tuple(
    _CLIENT % (device, app, isp, region)
    for device in (b"tv", b"phone", b"web")
    for app in (b"7.2.0", b"7.3.0")
    for isp in (b"isp-a", b"isp-b", b"isp-c", b"isp-d")
    for region in (b"north", b"west", b"south", b"east", b"capital")
)
CHANNEL = b"canal-plus"


class Lane(msgspec.Struct):
    """One lane in the status object."""

    serving: int


class Status(msgspec.Struct):
    """What a node reads of it."""

    lanes: dict[str, Lane]


class Wrong(Exception):
    """The rush cannot go on. Its text says why."""


class Rush:
    """What all nodes share: the plan, who joins next, and what was answered."""

    def __init__(self, order: Order, plan: Plan, brought: Brought) -> None:
        count = plan.viewers
        self.brought = brought
        self.comes: list[bool] = plan.comes.tolist()
        self.is_known: list[bool] = plan.is_known.tolist()
        self.waiting = iter(range(count))
        self.tickets: list[bytes] = [b""] * count
        self.places = array("I", bytes(4 * count))
        self.joins_sent, self.joins_answered = array("I", bytes(4 * count)), array("I", bytes(4 * count))
        self.passed_ms = array("I")
        self.stood: list[tuple[int, int]] = []
        """(ms from the beginning, people in line who were not called), a few times a second."""
        self.told = [0, 0]
        """The serving numbers of the lanes as last read by any node."""
        self.clock = 0
        """Counts sends and answers."""
        self.joined = self.passed = self.leased = self.started = self.errors = self.deferred = 0
        self.walked_off = 0
        self.samples: list[tuple[int, bytes]] = []
        self.complaints: list[str] = []
        self.began_s = 0.0
        night = f"/v1/{order.night}".encode()
        post = b"POST " + night + b"%b HTTP/1.1\r\n" + HEADERS
        joins = [b'{"client":%b,"channel":"%b"}' % (client, CHANNEL) for client in CLIENTS]
        length = [b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in joins]
        self.join_known = [post % b"/tickets" + b"Authorization: Bearer %b\r\n" + end for end in length]
        self.join_device = [post % b"/tickets" + b"Cookie: kickoff_device=%b\r\n" + end for end in length]
        self.redeem = post % b"/passes" + b'Content-Length: %d\r\n\r\n{"ticket":"%b"}'
        self.grant = post % b"/leases" + b"Authorization: Bearer %b\r\nContent-Length: %d\r\n\r\n"
        self.grant_bodies = [b'{"channel":"%b","client":%b,"pass":"' % (CHANNEL, client) for client in CLIENTS]
        beat = b'{"sta":"p","msd":300,"br":1200}'
        self.beat = post % b"/leases/%b/beats" + b"Content-Length: %d\r\n\r\n%b" % (len(beat), beat)
        self.look = b"GET " + night + b"/status HTTP/1.1\r\n" + HEADERS + b"\r\n"


class Node:
    """One delivery network's node: a connection to the door, one to nginx, and its own viewers."""

    __slots__ = ("again", "called", "lines", "receive", "rush", "send", "serving", "step", "turn", "viewer")

    def __init__(self, rush: Rush, door: socket.socket) -> None:
        self.rush = rush
        self.send, self.receive = door.send, door.recv
        self.step, self.viewer = IDLE, 0
        self.lines: tuple[deque[int], deque[int]] = (deque(), deque())
        """Who waits, of each lane in the order of their places: main, known."""
        self.serving = [0, 0]
        self.again: deque[tuple[float, int]] = deque()
        """Who was called and met a full house: (when to ask again, viewer)."""
        self.turn = 0

    def go_on(self) -> None:
        """The next request: of somebody who was called, else of somebody new, else none."""
        rush = self.rush
        viewer = self._called()
        if viewer >= 0:
            self._redeem(viewer)
            return
        viewer = next(rush.waiting, -1)
        if viewer < 0:
            self.step = IDLE
            return
        self.step, self.viewer = JOIN, viewer
        brought, kind = rush.brought, viewer % len(CLIENTS)
        if rush.is_known[viewer]:
            request = rush.join_known[kind] % brought.sessions[viewer]
        else:
            request = rush.join_device[kind] % brought.devices[viewer]
        rush.clock += 1
        rush.joins_sent[viewer] = rush.clock
        self.send(request)

    def _redeem(self, viewer: int) -> None:
        self.step, self.viewer = PASS, viewer
        ticket = self.rush.tickets[viewer]
        self.send(self.rush.redeem % (len(ticket) + 13, ticket))

    def _called(self) -> int:
        """The next viewer who was called and comes, the lanes in turn; −1: nobody."""
        rush = self.rush
        if self.again and self.again[0][0] <= time.monotonic():
            return self.again.popleft()[1]
        for _ in range(2):
            self.turn ^= 1
            line, serving = self.lines[self.turn], self.serving[self.turn]
            while line and rush.places[line[0]] <= serving:
                viewer = line.popleft()
                if rush.comes[viewer]:
                    return viewer
                rush.walked_off += 1
                rush.tickets[viewer] = b""
        return -1

    def answered(self) -> None:
        """An answer has come: check it, and go on."""
        data, head = self._whole()
        status, step = data[9:12], self.step
        if step == JOIN and status == b"201":
            self._joined(data, head)
            self.go_on()
        elif step == PASS and status == b"201":
            self._passed(data, head)
        elif step == LEASE and status == b"201":
            self._leased(data, head)
        elif step == BEAT and status == b"200":
            self.rush.started += 1
            self.go_on()
        else:
            self._refused(data, status)
            self.go_on()

    def _whole(self) -> tuple[bytes, int]:
        """One whole answer, and where its body begins."""
        data = self.receive(READ_BYTES)
        while data:
            head = data.find(b"\r\n\r\n") + 4
            at = data.find(b"Content-Length: ", 0, head) + 16
            if head > 4 and len(data) >= head + int(data[at : data.index(b"\r", at)]):
                return data, head
            more = self.receive(READ_BYTES)
            if not more:
                break
            data += more
        raise Wrong("the door closed a connection")

    def _joined(self, data: bytes, head: int) -> None:
        rush, viewer = self.rush, self.viewer
        rush.clock += 1
        rush.joins_answered[viewer] = rush.clock
        # {"ticket":"…","lane":"main","place":7,…
        begin = data.index(b'"ticket":"', head) + 10
        end = data.index(b'"', begin)
        at = data.index(b'"place":', end) + 8
        place = int(data[at : data.index(b",", at)])
        is_known = data.find(b'"lane":"known"', end) > 0
        if is_known != rush.is_known[viewer]:
            raise Wrong(f"viewer {viewer} was put into the other lane")
        rush.tickets[viewer], rush.places[viewer] = data[begin:end], place
        self.lines[is_known].append(viewer)
        rush.joined += 1

    def _passed(self, data: bytes, head: int) -> None:
        rush, viewer = self.rush, self.viewer
        begin = data.index(b'"pass":"', head) + 8
        body = rush.grant_bodies[viewer % len(CLIENTS)] + data[begin : data.index(b'"', begin)] + b'"}'
        rush.passed += 1
        rush.passed_ms.append(int((time.monotonic() - rush.began_s) * 1000))
        rush.tickets[viewer] = b""
        self.step = LEASE
        self.send(rush.grant % (rush.brought.sessions[viewer], len(body)) + body)

    def _leased(self, data: bytes, head: int) -> None:
        rush = self.rush
        begin = data.index(b'"lease":"', head) + 9
        lease = data[begin : data.index(b'"', begin)]
        rush.leased += 1
        if rush.leased % SAMPLE_EVERY == 1:
            rush.samples.append((self.viewer, lease))
        self.step = BEAT
        self.send(rush.beat % lease)

    def _refused(self, data: bytes, status: bytes) -> None:
        """429 to a called ticket is the house's word, not an error: the viewer asks again. All else is one."""
        rush = self.rush
        if self.step == PASS and status == b"429":
            rush.deferred += 1
            self.again.append((time.monotonic() + DEFER_S, self.viewer))
            return
        rush.errors += 1
        if len(rush.complaints) < ERRORS_KEPT:
            rush.complaints.append(data[-400:].decode("latin-1"))


class Looking:
    """The nodes' reading of the status object: each once a second, one after the other."""

    def __init__(self, rush: Rush, nodes: list[Node], port: int) -> None:
        self._rush, self._nodes = rush, nodes
        self._sockets = [connected(port) for _ in nodes]
        self.by_file = {one.fileno(): number for number, one in enumerate(self._sockets)}
        self._status = msgspec.json.Decoder(Status)
        self._asked = [False] * len(nodes)
        self._next, self._due_s = 0, time.monotonic()
        self.late = self.read = 0

    def ask(self, now_s: float) -> None:
        """Ask for every node whose second is over."""
        while self._due_s <= now_s:
            number = self._next
            if self._asked[number]:
                self.late += 1
            else:
                self._asked[number] = True
                self._sockets[number].send(self._rush.look)
            self._next = (number + 1) % len(self._nodes)
            self._due_s += 1.0 / len(self._nodes)

    def heard(self, number: int) -> None:
        """A node has read the status object."""
        data = self._sockets[number].recv(READ_BYTES)
        if data[9:12] != b"200":
            raise Wrong(f"the status object was answered {data[:200]!r}")
        lanes = self._status.decode(data[data.index(b"\r\n\r\n") + 4 :]).lanes
        node = self._nodes[number]
        self._asked[number] = False
        self.read += 1
        node.serving[0], node.serving[1] = self._rush.told[:] = lanes["main"].serving, lanes["known"].serving
        if node.step == IDLE:
            node.go_on()


def connected(port: int) -> socket.socket:
    """A connection without delays."""
    one = socket.create_connection(("127.0.0.1", port), timeout=STALL_S)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return one


def play(order: Order, rush: Rush, counters: Counters, *, come: int) -> tuple[float, Looking]:
    """Everybody joins, and all who come are in; seconds it took."""
    doors = [connected(order.door_port) for _ in range(order.connections)]
    nodes = {one.fileno(): Node(rush, one) for one in doors}
    looking = Looking(rush, list(nodes.values()), order.status_port)
    poll = select.epoll()
    for number in (*nodes, *looking.by_file):
        poll.register(number, select.EPOLLIN)
    rush.began_s = told_s = heard_s = time.monotonic()
    for node in nodes.values():
        node.go_on()
    status = looking.by_file
    viewers = len(rush.places)
    while rush.joined + rush.errors < viewers or rush.started + rush.errors < come:
        # PERF: nothing else happens in this loop: what an answer needs is in the node (make bench-rush).
        for number, _ in poll.poll(0.05):
            if number in status:
                looking.heard(status[number])
            else:
                nodes[number].answered()
                heard_s = told_s
        now_s = time.monotonic()
        looking.ask(now_s)
        if now_s - told_s >= TELL_S:
            told_s = now_s
            tell(rush, counters)
            if now_s - rush.began_s > order.stop_s or now_s - heard_s > STALL_S:
                raise Wrong(f"it stalled at {rush.joined} joined, {rush.started} started of {come}")
    tell(rush, counters)
    return time.monotonic() - rush.began_s, looking


def tell(rush: Rush, counters: Counters) -> None:
    """Show the counts to the other processes."""
    for name in ("joined", "passed", "leased", "started", "errors", "deferred"):
        counters[name] = getattr(rush, name)
    counters["cpu_ms"] = int(time.process_time() * 1000)
    rush.stood.append((int((time.monotonic() - rush.began_s) * 1000), rush.joined - sum(rush.told)))


def main() -> None:
    """Play what the order says and leave the result beside it."""
    order = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Order)
    counters = Counters(Path(order.counters))
    plan = plan_of(order.viewers, seed=order.seed)
    began_s = time.monotonic()
    brought = sealed_ahead(plan, Seals(load(Path(order.keys_folder)).seals))
    rush = Rush(order, plan, brought)
    # Millions of tokens leave no cycles behind them: nothing is gained by looking for some.
    gc.freeze()
    gc.disable()
    sealed_s = time.monotonic() - began_s
    counters["phase"] = RUNNING
    try:
        seconds, looking = play(order, rush, counters, come=plan.come)
    except (Wrong, OSError, ValueError) as error:
        counters["phase"] = FAILED
        sys.exit(f"rush: {error}; {rush.complaints[:1]}")
    np.savez(
        order.result,
        places=np.array(rush.places), sent=np.array(rush.joins_sent), answered=np.array(rush.joins_answered),
        passed_ms=np.array(rush.passed_ms), stood=np.array(rush.stood), is_known=plan.is_known,
        figures=np.array([seconds, sealed_s, looking.read, looking.late, rush.walked_off, time.process_time()]),
        sample_viewers=np.array([viewer for viewer, _ in rush.samples]),
        sample_leases=np.array([lease for _, lease in rush.samples]),
        complaints=np.array(rush.complaints or [""]),
    )  # fmt: skip
    counters["phase"] = DONE


if __name__ == "__main__":
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {1})
    main()
