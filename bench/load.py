"""A raw load generator: keep-alive connections on one core, one request in hand on each, nothing but bytes.

No pipelining: each connection sends its next request when the answer to the last one has come, as a delivery node or a
load balancer does. Requests are made before the clock runs. An answer is whole when it comes (they are small); what is
not `2xx` is an error.
"""

import os
import select
import socket
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
    """Processor seconds of the server meanwhile."""

    @property
    def per_s(self) -> float:
        """Answers a second of wall time."""
        return self.answered / self.wall_s

    @property
    def per_cpu_s(self) -> float:
        """Answers a second of the server's processor time."""
        return self.answered / self.cpu_s

    @property
    def load(self) -> float:
        """Share of one core that the server used: below 0.95 the generator may have been the limit."""
        return self.cpu_s / self.wall_s


def play(port: int, requests: Sequence[bytes], *, connections: int, server: int) -> Run:
    """Send all requests, each once, over so many connections. `server`: the process whose time is counted."""
    # PERF: one loop, local names and bound methods: the generator must outrun nginx on one core.
    sockets = _connect(port, connections)
    poll = select.epoll()
    calls = {one.fileno(): (one.recv, one.send) for one in sockets}
    for number in calls:
        poll.register(number, select.EPOLLIN)
    cpu, began = cpu_s(server), time.perf_counter()
    errors = _exchange(poll, calls, requests)
    run = Run(answered=len(requests), errors=errors, wall_s=time.perf_counter() - began, cpu_s=cpu_s(server) - cpu)
    for one in sockets:
        one.close()
    return run


Calls = Mapping[int, tuple[Callable[[int], bytes], Callable[[bytes], int]]]


def _exchange(poll: select.epoll, calls: Calls, requests: Sequence[bytes]) -> int:
    """Every request sent and answered; how many answers were not 2xx."""
    waiting = iter(requests)
    for _, send in calls.values():
        send(next(waiting))
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
            answered += 1
            errors += answer[9:10] != b"2"
            following = next(waiting, None)
            if following is not None:
                send(following)
    return errors


def _connect(port: int, connections: int) -> list[socket.socket]:
    sockets = []
    for _ in range(connections):
        one = socket.create_connection(("127.0.0.1", port))
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sockets.append(one)
    return sockets


def cpu_s(process: int) -> float:
    """Processor seconds of a process so far, user and system."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
