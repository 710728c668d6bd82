"""What does a house do with what other doors tell? The same as if it had happened here, but nothing is recorded."""

from collections import Counter

import numpy as np

from kickoff.door.state import House
from kickoff.door.telling import Ears, Event, Presence, Tell, Wishes
from kickoff.facts import FACT_NAMES, LANE_NAMES, LANE_NUMBER, Fact
from kickoff.playback.kinds import Kind
from kickoff.playback.leases import FAILED, STARTED, STOPPED
from kickoff.units import AtUs
from kickoff.waiting_room.calls import USED
from kickoff.waiting_room.line import Line
from kickoff.waiting_room.places import joined_ms, packed


class Hearing:
    """One house among several."""

    def __init__(self, house: House, *, writer: str, ears: Ears) -> None:
        self._house = house
        self._writer = writer
        self._ears = ears
        self._beats: dict[str, int] = {}
        self._refused: dict[str, dict[str, int]] = {}
        self.beats_heard = 0
        """Beats of other doors among the house's counts."""
        self.refused_heard: Counter[str] = Counter()

    def hear(self, tell: Tell) -> None:
        """Take in a message of another writer; one's own is known."""
        if tell.writer == self._writer:
            return
        for event in self._ears.fresh(tell):
            self._apply(event)
        self._house.unheard = self._ears.missed
        at_us = max((event.at for event in tell.events), default=self._house.snapshot.at)
        for one in tell.pairings:
            self._house.pairings.hear(one, at_us=at_us)
        self.heard_of(np.frombuffer(tell.seen, dtype="<u4").tolist(), at_us=at_us)

    def heard_of(self, streams: list[int], *, at_us: int) -> None:
        """Signs of life of streams at another door."""
        leases, beat_ms = self._house.leases, self._house.beat_ms
        for stream in streams:
            if 0 < stream <= len(leases):
                leases.seen(stream, at_us=at_us, beat_ms=beat_ms)

    def notice(self, presence: Presence) -> None:
        """Add what another door has counted since its last word."""
        if presence.writer == self._writer:
            return
        house, before = self._house, self._refused.get(presence.writer, {})
        beats = self._beats.get(presence.writer, 0)
        # A writer that started again counts from nothing again.
        fresh = presence.beats - beats if presence.beats >= beats else presence.beats
        house.counts.beats += fresh
        self.beats_heard += fresh
        for code, count in presence.refused.items():
            more = count - before.get(code, 0) if count >= before.get(code, 0) else count
            house.refused[code] += more
            self.refused_heard[code] += more
        for reading in presence.posted:
            house.posts.take(reading)
        self._beats[presence.writer] = presence.beats
        self._refused[presence.writer] = presence.refused

    def wish(self, wishes: Wishes) -> None:
        """Do what the operator wants, unless something later was wanted here."""
        house = self._house
        if wishes.at_us > house.wished_at:
            house.wished_at = wishes.at_us
            house.paused, house.cap_per_s = wishes.paused, wishes.cap_per_s
            house.notice, house.incident = wishes.notice, wishes.incident
            house.pin_s, house.drains, house.guaranteed = wishes.pin_s, wishes.drains, wishes.guaranteed
            house.queues, house.codes, house.ladder_step = wishes.queues, wishes.codes, wishes.ladder_step
            house.doors_at = None if wishes.doors_at is None else AtUs(wishes.doors_at)
            house.ends_at = None if wishes.ends_at is None else AtUs(wishes.ends_at)
            house.draw_at = None if wishes.draw_at is None else AtUs(wishes.draw_at)

    def _apply(self, event: Event) -> None:
        house, fact = self._house, Fact(FACT_NAMES[event.fact])
        line = house.lines.get(LANE_NAMES[event.lane])
        if fact is Fact.PASSED:
            if line is not None:
                self._passed(line, event)
        elif fact in {Fact.SIGNED_IN, Fact.SIGN_IN_FAILED}:
            self._signed_in(line, fact)
        elif fact is Fact.REPORTED:
            house.counts.reported += 1
        else:
            self._stream(fact, event)
            if fact is Fact.LEASED and line is not None and event.place > 0:
                self._let_in(line, event)

    def _passed(self, line: Line, event: Event) -> None:
        # Whoever redeemed was called: the word of it is only slower.
        self._house.call(line, event.place, at=event.at)
        self._house.grace.went_in((str(line.lane), event.place))
        if line.calls.passed(event.place):
            self._house.counts.passed += 1

    def _signed_in(self, line: Line | None, fact: Fact) -> None:
        if line is not None:
            line.sign_ins += 1
        if fact is Fact.SIGNED_IN:
            self._house.counts.signed_in += 1
        else:
            self._house.counts.sign_in_failed += 1

    def _let_in(self, line: Line, event: Event) -> None:
        house = self._house
        house.call(line, event.place, at=event.at)
        line.calls.mark(event.place, USED)
        line.leased += 1
        milliseconds = joined_ms(event.at, house.starts_at)
        house.index.put(event.subject, packed(LANE_NUMBER[line.lane], event.place, milliseconds))

    def _stream(self, fact: Fact, event: Event) -> None:
        house, stream = self._house, event.stream
        leases, counts = house.leases, house.counts
        if fact in {Fact.LEASED, Fact.READMITTED}:
            if leases.reinstate(stream, event.subject, channel=event.channel, device=event.device, at_us=event.at):
                house.kinds.put(stream, Kind(event.offer, event.app, event.isp, event.region, event.cdn))
                leases.switch(stream, event.channel)
                leases.unmark(stream, STARTED | FAILED | STOPPED)
        elif leases.is_known(stream, event.subject):
            self._went_on(fact, event)
        name = _COUNTED[fact]
        setattr(counts, name, getattr(counts, name) + 1)

    def _went_on(self, fact: Fact, event: Event) -> None:
        leases, stream = self._house.leases, event.stream
        if fact is Fact.STARTED:
            leases.mark(stream, STARTED)
            leases.unmark(stream, FAILED)
        elif fact is Fact.START_FAILED:
            leases.mark(stream, FAILED)
        else:
            leases.end(stream)
            if event.code == "stopped":
                leases.mark(stream, STOPPED)


_COUNTED = {
    Fact.LEASED: "leased",
    Fact.READMITTED: "readmitted",
    Fact.STARTED: "started",
    Fact.START_FAILED: "start_failed",
    Fact.ENDED: "ended",
}
