"""Who floods a bulk rehearsal? The bots of the night's fault script: each takes a place as a new device.

A bot keeps its ticket and redeems it when it is called, as those who farm places do; it solves nothing. A fifth say
that they are televisions, or all where the fault says so (`where = { device = "tv" }`); each of these that is let in
tries one password, which is wrong. What a bot is refused it does not ask for again.
"""

from collections import Counter

import numpy as np

from kickoff.accounts.roster import crowd_of, login_of
from kickoff.crowd.attackers import address_of
from kickoff.crowd.rehearsal_clock import TICK_US, VirtualNight
from kickoff.crowd.rehearsal_paper import number_of, text_of
from kickoff.crowd.signing import WRONG_PASSWORD
from kickoff.door.seam import Reply, Request
from kickoff.facts import Lane
from kickoff.night import Fault, Night
from kickoff.units import US_PER_S


class BulkBots:
    """All floods of one night."""

    def __init__(self, clock: VirtualNight, night: Night, *, seed: int) -> None:
        self.came: Counter[str] = Counter()
        """Answer to a join → how many bots had it: its lane, `behind` somebody in the main one, or the code."""
        self.guesses: Counter[str] = Counter()
        """Passwords tried by those let in as televisions: `wrong`, or `held` before the sign-in."""
        self.passed = 0
        """Let in, but as televisions that must sign in to be counted."""
        self._clock, self._night = clock, night
        self._chance = np.random.default_rng((seed, 2**32))
        self._tickets: dict[tuple[str, int], list[tuple[str, str]]] = {}
        """(lane, number) → (ticket, address) of each: many televisions stand behind one number."""
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
        drawn = ("phone", "web", "tablet", "box", "tv")[int(self._chance.integers(5))]
        device = fault.where.get("device", drawn)
        body = b'{"client":{"device":"%b"},"channel":"%b"}' % (
            device.encode(),
            next(iter(self._night.channels)).encode(),
        )
        peer, heat = address_of(int(self._chance.integers(fault.networks))), self._clock.door.house.heat
        slowed = heat.slowed
        reply = self._ask("tickets", body, peer)
        if reply.status >= 300:
            self.came[text_of(reply.body, b'"code":"')] += 1
            return
        lane, number = text_of(reply.body, b'"lane":"'), number_of(reply.body, b'"number":')
        self.came["behind" if lane == Lane.MAIN and heat.slowed > slowed else lane] += 1
        ticket = text_of(reply.body, b'"ticket":"')
        if self._clock.door.house.lines[lane].calls.is_called(number):
            self._come_in(ticket, peer)
        else:
            self._tickets.setdefault((lane, number), []).append((ticket, peer))

    def _look(self) -> None:
        """Who was called since comes within a poll."""
        self._clock.plan_us(self._clock.now_us + TICK_US, self._look)
        house = self._clock.door.house
        for lane, line in house.lines.items():
            first, self._seen[lane] = self._seen[lane], line.calls.serving
            drawn = line.calls.in_order() if first < self._seen[lane] else []
            for position in range(first + 1, self._seen[lane] + 1):
                place = drawn[position - 1] if position <= len(drawn) else position
                for ticket, peer in self._tickets.pop((lane, place), ()):
                    self._come_in(ticket, peer)

    def _come_in(self, ticket: str, peer: str) -> None:
        wait_s = float(self._chance.uniform(0.0, self._clock.door.house.snapshot.poll_s[1]))
        self._clock.plan(self._clock.now_s + wait_s, self._redeem, ticket, peer)

    def _redeem(self, ticket: str, peer: str) -> None:
        house = self._clock.door.house
        counted = house.counts.passed
        reply = self._ask("passes", b'{"ticket":"%b"}' % ticket.encode(), peer)
        self.passed += house.counts.passed > counted
        if reply.status < 300 and house.counts.passed == counted:
            self._guess(text_of(reply.body, b'"pass":"'), peer)

    def _guess(self, ticket_pass: str, peer: str) -> None:
        """Let in as a television: the password of somebody whom it may know, which is wrong."""
        login = login_of(1 + int(self._chance.integers(crowd_of(self._night).subscribers)))
        body = b'{"pass":"%b","login":"%b","password":"%b"}' % (
            ticket_pass.encode(),
            login.encode(),
            WRONG_PASSWORD.encode(),
        )
        answer = self._clock.ask(self._request("sessions", body, peer))
        if isinstance(answer, Reply):
            self.guesses["held"] += 1
            return
        self.guesses["wrong"] += 1
        now_s = self._clock.now_s
        deadline_s = None if answer.deadline_us is None else (answer.deadline_us - self._clock.starts_at) / US_PER_S
        check = self._clock.world.check_password
        done_s, said = check(answer.login, answer.password, now_s=now_s, deadline_s=deadline_s)
        self._clock.plan(done_s, lambda: answer.finish(said, self._clock.now_us))

    def _ask(self, what: str, body: bytes, peer: str) -> Reply:
        reply = self._clock.ask(self._request(what, body, peer))
        assert isinstance(reply, Reply), "only a sign-in is forwarded"
        return reply

    def _request(self, what: str, body: bytes, peer: str) -> Request:
        return Request(
            method="POST", path=f"{self._path}/{what}", headers={}, body=body, peer=peer, at_us=self._clock.now_us
        )
