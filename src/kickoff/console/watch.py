"""What was last heard? The last word of the door and of the journal, and since when either is silent.

Each new word makes a new `Seen` and wakes whoever waits for it; nobody who reads ever waits for the door.
"""

import asyncio
from collections import deque

from msgspec import Struct
from msgspec.structs import replace

from kickoff.aftermath.live import Live, LiveReader
from kickoff.clock import Clock
from kickoff.console.answers import Answerer, AnswerLost, Answers
from kickoff.console.desk import Desk, DeskNow
from kickoff.console.door_link import DoorLink, DoorSilent
from kickoff.console.house import HouseNow
from kickoff.console.statuspage import Announcements
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs

LOOK_EVERY_S = 0.5
ASK_EVERY_S = 3.0
SUM_EVERY_S = 1.0
POINTS_MAX = 21_600
"""Seconds of live points that are kept: six hours; older ones come from the journal."""


class Point(Struct, frozen=True, array_like=True):
    """The house in one second."""

    second: int
    """Whole seconds from the start of the night."""
    streams: int
    line: int
    rate_per_s: float


class Seen(Struct, frozen=True, kw_only=True):
    """All that the screen is made of."""

    version: int = 0
    house: HouseNow | None = None
    """The door's last word; None before its first."""
    silent_since: AtUs | None = None
    """When the door stopped answering; None while it answers."""
    answers: Answers | None = None
    """The journal's last word that was an answer."""
    answers_wrong: str = ""
    """Why the journal gives no newer answer; empty while it does."""
    live: Live | None = None
    """The audience as the doors' summaries tell it, a second old; None where nobody sums."""
    desk: DeskNow = DeskNow()
    """The notice: what stands, and what waits for a person."""


class Watch:
    """Keeps `seen` fresh while `run` runs."""

    def __init__(
        self,
        door: DoorLink,
        answerer: Answerer,
        clock: Clock,
        *,
        night: Night,
        page: Announcements,
        live: LiveReader | None = None,
    ) -> None:
        self._live = live
        self._door = door
        self._answerer = answerer
        self._clock = clock
        self._starts_at = night.at(0)
        self.desk = Desk(door, page, clock, night)
        self._changed = asyncio.Condition()
        self.seen = Seen()
        self.ended = False
        """The console stops: whoever tells what is seen stops telling."""
        self.points: deque[Point] = deque(maxlen=POINTS_MAX)

    async def run(self) -> None:
        """Look and ask until cancelled."""
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._look_for_ever())
                both.create_task(self._ask_for_ever())
                both.create_task(self._sum_for_ever())
        finally:
            await self._door.close()
            await self._answerer.close()

    def end(self) -> None:
        """Wake everybody for the last time."""
        self.ended = True
        self._ending = asyncio.create_task(self._set(self.seen))

    async def look(self) -> None:
        """Look at the house once."""
        try:
            house = await self._door.look()
        except DoorSilent:
            if self.seen.silent_since is None:
                heard = self.seen.house
                await self._set(replace(self.seen, silent_since=AtUs(heard.at) if heard else self._clock.now()))
            return
        self._keep_point(house)
        await self._set(replace(self.seen, house=house, silent_since=None))

    async def ask(self) -> None:
        """Ask the journal once."""
        try:
            answers = await self._answerer.ask()
            wrong = answers.wrong
        except AnswerLost as error:
            await self._set(replace(self.seen, answers_wrong=str(error)))
            return
        before = self.seen.answers
        if answers.findings is None and before is not None:
            curves = answers.curves if answers.curves.line else before.curves
            answers = replace(before, curves=curves, reports=answers.reports or before.reports)
        await self._set(replace(self.seen, answers=answers, answers_wrong=wrong))

    async def speak(self) -> None:
        """Bring the notice at the door to what was found, once."""
        answers = self.seen.answers
        await self.desk.tick(answers.said if answers else None)
        await self.show_desk()

    async def show_desk(self) -> None:
        """Show what the desk did."""
        if self.desk.now != self.seen.desk:
            await self._set(replace(self.seen, desk=self.desk.now))

    async def next_after(self, version: int, *, within_s: float) -> Seen:
        """What is seen after this version, or what is seen anyway once the time is over."""
        try:
            async with asyncio.timeout(within_s), self._changed:
                await self._changed.wait_for(lambda: self.seen.version > version)
        except TimeoutError:
            pass  # nothing new: the clock on the screen still moves
        return self.seen

    async def _look_for_ever(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _ask_for_ever(self) -> None:
        while True:
            begun_at = self._clock.now()
            await self.ask()
            await self.speak()
            # At least as long a pause as the answer took: a large evening must not keep a core busy for its screen.
            await asyncio.sleep(max(ASK_EVERY_S, (self._clock.now() - begun_at) / US_PER_S))

    async def sum(self) -> None:
        """Read the summaries once."""
        live = await asyncio.to_thread(self._live.read) if self._live else None
        if live and live != self.seen.live:
            await self._set(replace(self.seen, live=live))

    async def _sum_for_ever(self) -> None:
        while True:
            await self.sum()
            await asyncio.sleep(SUM_EVERY_S)

    async def _set(self, seen: Seen) -> None:
        async with self._changed:
            self.seen = replace(seen, version=self.seen.version + 1)
            self._changed.notify_all()

    def _keep_point(self, house: HouseNow) -> None:
        second = (house.at - self._starts_at) // US_PER_S
        point = Point(second, house.leases, house.line, round(house.rate_per_s, 3))
        if self.points and self.points[-1].second >= second:
            self.points.pop()
        self.points.append(point)


class Series(Struct, frozen=True, kw_only=True):
    """What the plots show: one value a second from the start, None where nothing is known."""

    audience: tuple[int, ...]
    """Accounts watching, from the journal."""
    streams: tuple[int | None, ...]
    """Streams in progress, from the door while this console looked."""
    line: tuple[int | None, ...]
    rate_per_s: tuple[float | None, ...]


def series_of(seen: Seen, points: deque[Point], *, starts_at: AtUs, until_s: float) -> Series:
    """The journal's seconds, and from there on what the door said live. `until_s`: now, seconds from the start."""
    answers = seen.answers
    line: list[int | None] = list(answers.curves.line) if answers else []
    rate: list[float | None] = list(answers.curves.rate_per_s) if answers else []
    told = len(line)
    last = max((point.second for point in points if point.second <= until_s), default=-1)
    length = max(told, last + 1)
    streams: list[int | None] = [None] * length
    line += [None] * (length - told)
    rate += [None] * (length - len(rate))
    for point in points:
        if 0 <= point.second < length:
            streams[point.second] = point.streams
            if point.second >= told:
                line[point.second], rate[point.second] = point.line, point.rate_per_s
    return Series(
        audience=_counted(seen, starts_at=starts_at, until_s=until_s),
        streams=tuple(streams),
        line=tuple(line),
        rate_per_s=tuple(rate),
    )


def _counted(seen: Seen, *, starts_at: AtUs, until_s: float) -> tuple[int, ...]:
    """The audience as far as it is full: who watches now says so with the next heartbeat.

    Counted exactly up to the journal's last answer; from there on as the summaries of the doors tell it.
    """
    findings = seen.answers.findings if seen.answers else None
    is_live = seen.house is not None and seen.silent_since is None
    late_s = seen.house.beat_s if seen.house and is_live else 0.0
    counted: tuple[int, ...] = ()
    if findings is not None:
        last_s = min(until_s, (findings.until - starts_at) / US_PER_S) - late_s if is_live else until_s
        counted = findings.audience.seconds[: max(0, int(last_s) + 1)]
    if seen.live is None:
        return counted
    last_s = min(until_s, (seen.live.totals.until - starts_at) / US_PER_S) - late_s
    slots = (int(second / seen.live.step_s) for second in range(len(counted), max(0, int(last_s) + 1)))
    return (*counted, *(seen.live.accounts[slot] for slot in slots if slot < len(seen.live.accounts)))
