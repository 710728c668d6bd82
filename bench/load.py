"""A raw load generator: keep-alive connections on one core, one request in hand on each, nothing but bytes.

No pipelining: each connection sends its next request when the answer to the last one has come, as a delivery node or a
load balancer does. Requests are made before the clock runs. What is not `2xx` is an error. Two ways to send them:

    play    as fast as the server answers: how many a second
    pace    at a given rate, come what may: how long each takes from the instant it was due, so that a server that
            stands still for a moment is not excused from those who would have come in it
"""

import os
import select
import socket
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

READ_BYTES = 65_536
STALL_S = 10.0


class Run(Struct, frozen=True, kw_only=True):
    """What one run gave."""

    answered: int
    errors: int
    wall_s: float
    cpu_s: float
    """Processor seconds of the servers meanwhile."""

    @property
    def done(self) -> int:
        """Requests that were carried out: a refusal is cheap, and no measure of what a server carries."""
        return self.answered - self.errors

    @property
    def per_s(self) -> float:
        """Requests carried out a second of wall time."""
        return self.done / self.wall_s

    @property
    def per_cpu_s(self) -> float:
        """Requests carried out a second of the servers' processor time."""
        return self.done / self.cpu_s

    @property
    def load(self) -> float:
        """Share of one core that the servers used: below 0.95 the generator may have been the limit."""
        return self.cpu_s / self.wall_s


class Paced(Struct, frozen=True, kw_only=True):
    """How long answers took, from the instant that their requests were due."""

    errors: int
    p50_ms: float
    p99_ms: float
    per_s: float
    """Requests carried out a second: less than was asked for, where the server could not."""


def play(port: int, requests: Sequence[bytes], *, connections: int, server: int, ends: bytes = b"") -> Run:
    """Send all requests, each once, over so many connections. `server`: the process whose time is counted.

    `ends`: how an answer ends, for a server that sends one in pieces; else what comes at once is whole.
    """
    return play_many([port], requests, connections=connections, servers=[server], ends=ends)


def play_many(
    ports: Sequence[int], requests: Sequence[bytes], *, connections: int, servers: Sequence[int], ends: bytes = b""
) -> Run:
    """The same, the connections dealt out to several servers in turn."""
    sockets = _connect(ports, connections)
    poll, calls = _poll(sockets)
    cpu, began = sum(map(cpu_s, servers)), time.perf_counter()
    errors = _exchange(poll, calls, requests, ends)
    wall, used = time.perf_counter() - began, sum(map(cpu_s, servers)) - cpu
    for one in sockets:
        one.close()
    return Run(answered=len(requests), errors=errors, wall_s=wall, cpu_s=used)


def pace(port: int, requests: Sequence[bytes], *, connections: int, per_s: float, ends: bytes = b"") -> Paced:
    """Send all requests at this rate, evenly, over so many connections; a request waits where all are busy."""
    sockets = _connect([port], connections)
    poll, calls = _poll(sockets)
    errors, took_s, wall_s = _paced(poll, calls, requests, per_s, ends)
    for one in sockets:
        one.close()
    cuts = statistics.quantiles(took_s, n=100)
    return Paced(errors=errors, p50_ms=1e3 * cuts[49], p99_ms=1e3 * cuts[98], per_s=(len(requests) - errors) / wall_s)


Calls = Mapping[int, tuple[Callable[[int], bytes], Callable[[bytes], int]]]


def _exchange(poll: select.epoll, calls: Calls, requests: Sequence[bytes], ends: bytes) -> int:
    """Every request sent and answered; how many answers were not 2xx."""
    # PERF: one loop, local names and bound methods: the generator must outrun nginx on one core.
    waiting = iter(requests)
    for (_, send), first in zip(calls.values(), waiting, strict=False):
        send(first)
    answered, errors, expected = 0, 0, len(requests)
    while answered < expected:
        events = poll.poll(STALL_S)
        if not events:
            raise RuntimeError(f"no answer for {STALL_S:g} s after {answered} of {expected}")
        for number, _ in events:
            recv, send = calls[number]
            answer = recv(READ_BYTES)
            if not answer:
                raise RuntimeError(f"the server closed a connection after {answered} of {expected}")
            errors += answer[9:10] != b"2" and answer[:5] == b"HTTP/"
            if not answer.endswith(ends):
                continue
            answered += 1
            following = next(waiting, None)
            if following is not None:
                send(following)
    return errors


def _paced(
    poll: select.epoll, calls: Calls, requests: Sequence[bytes], per_s: float, ends: bytes
) -> tuple[int, list[float], float]:
    """(answers that were not 2xx, how long each took, how long all took), in seconds."""
    free, due = list(calls), dict.fromkeys(calls, 0.0)
    took: list[float] = []
    sent, errors, expected = 0, 0, len(requests)
    began = heard = time.perf_counter()
    while len(took) < expected:
        now = time.perf_counter()
        while free and sent < expected and began + sent / per_s <= now:
            number = free.pop()
            due[number] = began + sent / per_s
            calls[number][1](requests[sent])
            sent += 1
        for number, _ in poll.poll(0):
            answer = calls[number][0](READ_BYTES)
            heard = time.perf_counter()
            if not answer:
                raise RuntimeError(f"the server closed a connection after {len(took)} of {expected}")
            errors += answer[9:10] != b"2" and answer[:5] == b"HTTP/"
            if answer.endswith(ends):
                took.append(heard - due[number])
                free.append(number)
        if now - heard > STALL_S:
            raise RuntimeError(f"no answer for {STALL_S:g} s after {len(took)} of {expected}")
    return errors, took, heard - began


def _poll(sockets: Sequence[socket.socket]) -> tuple[select.epoll, Calls]:
    poll = select.epoll()
    calls = {one.fileno(): (one.recv, one.send) for one in sockets}
    for number in calls:
        poll.register(number, select.EPOLLIN)
    return poll, calls


def _connect(ports: Sequence[int], connections: int) -> list[socket.socket]:
    sockets = []
    for number in range(connections):
        one = socket.create_connection(("127.0.0.1", ports[number % len(ports)]))
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sockets.append(one)
    return sockets


def cpu_s(process: int) -> float:
    """Processor seconds of a process so far, user and system."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
