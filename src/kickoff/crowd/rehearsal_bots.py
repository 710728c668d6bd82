"""Who floods a bulk rehearsal? The bots of the night's fault script: each takes a place as a new device.

A bot keeps its ticket and redeems it when it is called, as those who farm places do; it solves nothing and signs nobody
in. What it is refused it does not ask for again.
"""

from collections import Counter

import numpy as np

from kickoff.crowd.attackers import address_of
from kickoff.crowd.rehearsal_clock import TICK_US, VirtualNight
from kickoff.crowd.rehearsal_paper import number_of, text_of
from kickoff.door.seam import Reply, Request
from kickoff.night import Fault, Night


class BulkBots:
    """All floods of one night."""

    def __init__(self, clock: VirtualNight, night: Night, *, seed: int) -> None:
        self.came: Counter[str] = Counter()
        """Answer to a join, its lane or its code → how many bots had it."""
        self.passed = 0
        self._clock, self._night = clock, night
        self._chance = np.random.default_rng((seed, 2**32))
        self._tickets: dict[tuple[str, int], tuple[str, str]] = {}
        """(lane, position of the place) → (ticket, address)."""
        self._seen = dict.fromkeys(clock.door.house.lines, 0)
        self._path = f"/v1/{night.name}"

    def send(self) -> None:
        """Put the first bot of each flood into the heap; each brings the next."""
        for fault in self._night.faults:
            if fault.kind == "flood" and fault.per_s > 0:
                self._clock.plan(fault.at, self._come, fault, 0)
        self._clock.plan(0.0, self._look)

    def _come(self, fault: Fault, number: int) -> None:
        next_s = fault.at + (number + 1) / fault.per_s
        if next_s < fault.until:
            self._clock.plan(next_s, self._come, fault, number + 1)
        device = ("phone", "web", "tablet", "box", "tv")[int(self._chance.integers(5))]
        body = b'{"client":{"device":"%b"},"channel":"%b"}' % (
            device.encode(),
            next(iter(self._night.channels)).encode(),
        )
        peer = address_of(int(self._chance.integers(fault.networks)))
        reply = self._ask("tickets", body, peer)
        if reply.status >= 300:
            self.came[text_of(reply.body, b'"code":"')] += 1
            return
        lane, number = text_of(reply.body, b'"lane":"'), number_of(reply.body, b'"number":')
        self.came[lane] += 1
        self._tickets[lane, number] = text_of(reply.body, b'"ticket":"'), peer

    def _look(self) -> None:
        """Who was called since comes within a poll."""
        self._clock.plan_us(self._clock.now_us + TICK_US, self._look)
        house = self._clock.door.house
        for lane, line in house.lines.items():
            first, self._seen[lane] = self._seen[lane], line.calls.serving
            drawn = line.calls.in_order() if first < self._seen[lane] else []
            for position in range(first + 1, self._seen[lane] + 1):
                place = drawn[position - 1] if position <= len(drawn) else position
                if (held := self._tickets.pop((lane, place), None)) is not None:
                    wait_s = float(self._chance.uniform(0.0, house.snapshot.poll_s[1]))
                    self._clock.plan(self._clock.now_s + wait_s, self._redeem, *held)

    def _redeem(self, ticket: str, peer: str) -> None:
        self.passed += self._ask("passes", b'{"ticket":"%b"}' % ticket.encode(), peer).status < 300

    def _ask(self, what: str, body: bytes, peer: str) -> Reply:
        reply = self._clock.ask(
            Request(
                method="POST",
                path=f"{self._path}/{what}",
                headers={},
                body=body,
                peer=peer,
                at_us=self._clock.now_us,
            )
        )
        assert isinstance(reply, Reply), "only a sign-in is forwarded"
        return reply
