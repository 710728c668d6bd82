"""How does a door stand in a line that others share? It asks, hears how far the line is, tells it what it forgot.

One `SharedLane` for each lane. Questions come parked from the server (`ask`), gather (`gathering.py`), and go to
Valkey together. Each answer says the line's epoch: when it has been raised, something may be forgotten there, and this
door tells what it remembers of its own index before it asks anything more.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence

from kickoff.clock import Clock
from kickoff.door.gathering import Gathering
from kickoff.door.seam import Parked, Reply
from kickoff.door.state import House
from kickoff.facts import LANE_NUMBER
from kickoff.plumbing.valkey import Valkey, ValkeyLost
from kickoff.units import US_PER_MS
from kickoff.waiting_room.line import Line
from kickoff.waiting_room.places import JOINED_BITS, PLACE_BITS, PLACE_MAX
from kickoff.waiting_room.shared import (
    LOST,
    Answered,
    Kind,
    Question,
    Said,
    SharedBook,
    Standing,
    survived_at,
)
from kickoff.waiting_room.skips import held
from kickoff.waiting_room.valkey import Entry, ValkeyLine

_TAKE = Kind.TAKE
"""PERF: a member of an enumeration is looked up for 50 ns each time (make bench-door)."""
TOLD_AT_ONCE = 10_000
PASS_PATIENCE_S = 1.5
"""So long a redemption waits for a line that does not answer; then its holder comes in all the same."""
JOIN_PATIENCE_S = 8.0


class SharedLane:
    """One lane as this door shares it."""

    def __init__(self, house: House, line: Line, server: Valkey) -> None:
        assert isinstance(line.book, SharedBook), "a lane of its own asks nobody"
        self.book = line.book
        self._calls = line.calls
        self._house = house
        self._number = LANE_NUMBER[line.lane]
        self._line = ValkeyLine(server, night=house.night.name, lane=line.lane, places_max=house.rules.line_max)
        self._telling = asyncio.Lock()
        self._bucket = 0
        """From here on it is seen to next that the server forgets the night in time."""
        self.told = 0
        """Places told again after a raise."""

    async def ask(self, questions: Sequence[Question]) -> list[Answered]:
        """Ask, and hear how the line stands; `LOST` for each where nobody answers."""
        try:
            standing, answers = await self._line.ask(questions, seen=self.book.last_given, heard=self.book.raised)
            await self._hear(standing)
            if standing.raised < self.book.raised:
                await self._tell_late(questions, answers)
        except ValkeyLost:
            return [LOST] * len(questions)
        return answers

    async def _tell_late(self, questions: Sequence[Question], answers: Sequence[Answered]) -> None:
        """An answer of the server before, read after the raise: what it gave may be forgotten too."""
        given = [
            Entry(subject=asked.subject, lane=self._number, place=one.place, joined_ms=one.joined_ms)
            for asked, one in zip(questions, answers, strict=True)
            if one.said is Said.NEW and asked.kind is Kind.TAKE
        ]
        await self._line.ask(told=given, seen=max([self.book.last_given, *(one.place for one in given)]))

    async def look(self) -> None:
        """Hear how the line stands, and tell what it forgot. Raises `ValkeyLost`."""
        standing, _ = await self._line.ask(seen=self.book.last_given, heard=self.book.raised)
        await self._hear(standing)
        self._bucket = await self._line.expire(self._bucket, at_ms=self._house.expires_at // US_PER_MS)

    async def _hear(self, standing: Standing) -> None:
        self.book.hear(standing)
        if standing.raised <= self.book.raised:
            return
        async with self._telling:
            if standing.raised <= self.book.raised:
                return
            if not self.book.raised:
                # The log names the numbers that were called up to; which of them nobody had, only the line knows.
                serving = self._calls.serving
                self._calls.leave_out(serving - held(serving, standing.skips))
            survived = survived_at(standing, known=self.book.epoch)
            for entries in self._remembered(beyond=survived):
                self.told += len(entries)
                await self._line.ask(told=entries, seen=self.book.last_given, heard=self.book.raised)
            self.book.epoch, self.book.raised = standing.epoch, standing.raised

    def _remembered(self, *, beyond: int) -> Iterator[list[Entry]]:
        """What this door knows of the lane beyond a number, in pieces."""
        keys, words = self._house.index.entries()
        places = (words >> JOINED_BITS) & PLACE_MAX
        chosen = (words >> (PLACE_BITS + JOINED_BITS) == self._number) & (places > beyond)
        keys, places, joined = keys[chosen], places[chosen], words[chosen] & ((1 << JOINED_BITS) - 1)
        for first in range(0, len(keys), TOLD_AT_ONCE):
            part = slice(first, first + TOLD_AT_ONCE)
            rows = zip(keys[part].tolist(), places[part].tolist(), joined[part].tolist(), strict=True)
            yield [
                Entry(subject=subject, lane=self._number, place=place, joined_ms=joined_ms)
                for subject, place, joined_ms in rows
            ]


class Sharing:
    """All lanes of one door: where its server puts parked questions."""

    def __init__(self, house: House, server: Valkey, *, clock: Clock, window_s: float) -> None:
        self.lanes = {name: SharedLane(house, line, server) for name, line in house.lines.items()}

        def gathered(lane: SharedLane, patience_s: float) -> Gathering:
            return Gathering(lane.ask, clock=clock, window_s=window_s, patience_s=patience_s)

        self._takes = {name: gathered(lane, JOIN_PATIENCE_S).add for name, lane in self.lanes.items()}
        self._others = {name: gathered(lane, PASS_PATIENCE_S).add for name, lane in self.lanes.items()}

    def ask(self, parked: Parked, done: Callable[[Reply], None]) -> None:
        """Put one question; `done` gets its reply in a later turn."""
        question = parked.question
        kinds = self._takes if question.kind is _TAKE else self._others
        kinds[question.lane](parked, done)

    async def look(self) -> None:
        """Hear how every lane stands. Raises `ValkeyLost`."""
        await asyncio.gather(*(lane.look() for lane in self.lanes.values()))
