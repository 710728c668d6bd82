"""How is a night's crowd played on wall time? Everybody's life over real HTTP, from before the doors until the end.

The status object is read once a second on behalf of all, as a node of a CDN would; people look at it when they would.
"""

import asyncio
import contextlib
from collections.abc import Callable

import numpy as np

from kickoff.accounts.sessions import OPERATOR_PURPOSE, SESSION_PURPOSE, OperatorClaims, session_claims
from kickoff.clock import Clock
from kickoff.crowd.acts import Answer, Ask, Life, Pause, Server
from kickoff.crowd.attackers import bots
from kickoff.crowd.calls import House, Status, read
from kickoff.crowd.http import Servers
from kickoff.crowd.life import live
from kickoff.crowd.people import People
from kickoff.crowd.truth import Progress, Truth, progress, truth
from kickoff.crowd.viewer import Scene, Viewer
from kickoff.night import Night
from kickoff.seals import Seals
from kickoff.units import US_PER_S, AtUs

TICK_S = 1.0
_DAY_US = 86_400 * US_PER_S


class LivesBroken(Exception):
    """Some lives ended in a defect of the crowd's own: the truth is written, but does not count them whole."""


class Stage:
    """One night's crowd. `seals` gives people the sessions of earlier sign-ins, and the crowd a look at the house."""

    def __init__(self, people: People, *, seals: Seals, clock: Clock, is_open: bool | None = None) -> None:
        """`is_open`: whether the door is open to all; None: the house is asked."""
        self._night: Night = people.night
        self._people = people
        self._seals = seals
        self._clock = clock
        self._scene = Scene(self._night, is_open=is_open)
        self._starts_at = self._night.at(0)
        self._viewers = [self._viewer(number) for number in range(len(people))]
        self._playing: set[asyncio.Task[None]] = set()
        self._broken: list[BaseException] = []

    def now_s(self) -> float:
        """Seconds from the start of the night."""
        return (self._clock.now() - self._starts_at) / US_PER_S

    async def play(self, door: str, *, stop: asyncio.Event, show: Callable[[Progress], None]) -> None:
        """Until the night ends or `stop` is set. Raises `LivesBroken` for a defect, `NotLoopback` for the address."""
        async with Servers(door, self.now_s) as servers, asyncio.TaskGroup() as group:
            hands = [
                group.create_task(self._look_at_the_status(servers)),
                group.create_task(self._send_viewers(servers)),
                group.create_task(self._send_bots(servers)),
                group.create_task(self._show(show)),
            ]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), max(0.0, self._night.schedule.end - self.now_s()))
            lives = tuple(self._playing)
            for task in (*hands, *lives):
                task.cancel()
            await asyncio.gather(*lives, return_exceptions=True)
        show(self.progress())
        if self._broken:
            raise LivesBroken(f"{len(self._broken)} lives broke; the first: {self._broken[0]!r}") from self._broken[0]

    def progress(self) -> Progress:
        """The crowd now."""
        return progress([viewer.diary for viewer in self._viewers], at_s=self.now_s())

    def truth(self) -> Truth:
        """What the crowd lived through until now, or until the end of the night."""
        at_s = min(self.now_s(), self._night.schedule.end)
        return truth([viewer.diary for viewer in self._viewers], self._night.schedule, at_s=at_s)

    def _viewer(self, number: int) -> Viewer:
        person = self._people.person(number)
        session = ""
        if person.holds_session:
            streams_max = self._night.offers[person.offer].streams_max
            claims = session_claims(person.account, person.offer, streams_max, at_us=self._starts_at - _DAY_US)
            session = self._seals.seal(SESSION_PURPOSE, claims)
        assert self._night.crowd is not None, "people come from a crowd"
        chance = np.random.default_rng((self._night.crowd.seed, number))
        return Viewer(person, self._scene, session=session, chance=chance)

    async def _send_viewers(self, servers: Servers) -> None:
        for viewer in self._viewers:
            if (ahead_s := viewer.person.arrives_s - self.now_s()) > 0:
                await asyncio.sleep(ahead_s)
            self._begin(servers, live(viewer, at_s=self.now_s()))

    async def _send_bots(self, servers: Servers) -> None:
        assert self._night.crowd is not None, "people come from a crowd"
        chance = np.random.default_rng((self._night.crowd.seed, 2**32))
        for begins_s, life, _ in sorted(bots(self._night, chance=chance), key=lambda bot: bot[0]):
            if (ahead_s := begins_s - self.now_s()) > 0:
                await asyncio.sleep(ahead_s)
            self._begin(servers, life)

    def _begin(self, servers: Servers, life: Life) -> None:
        task = asyncio.create_task(self._act_out(servers, life))
        self._playing.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._playing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broken.append(error)

    async def _act_out(self, servers: Servers, life: Life) -> None:
        """Lend one life the clock and the network."""
        with contextlib.suppress(StopIteration):
            act = next(life)
            while True:
                if isinstance(act, Pause):
                    await asyncio.sleep(max(0.0, act.seconds))
                    act = life.send(Answer(at_s=self.now_s()))
                else:
                    act = life.send(await servers.ask(act))

    async def _look_at_the_status(self, servers: Servers) -> None:
        """Each second; what cannot be had or read leaves the last one standing, as a CDN does."""
        path = f"/v1/{self._night.name}/status"
        while True:
            if self._scene.is_open is None:
                await self._look_at_the_house(servers)
            found = read(await servers.ask(Ask(server=Server.DOOR, method="GET", url=path, patience_s=5.0)), Status)
            self._scene.status = found or self._scene.status
            await asyncio.sleep(TICK_S)

    async def _look_at_the_house(self, servers: Servers) -> None:
        """Whether the door is open to all; asked until the house answers."""
        claims = OperatorClaims(name="crowd", expires_at=AtUs(self._clock.now() + _DAY_US))
        token = self._seals.seal(OPERATOR_PURPOSE, claims)
        ask = Ask(
            server=Server.DOOR,
            method="GET",
            url=f"/v1/{self._night.name}/house",
            headers=(("Authorization", f"Bearer {token}"),),
            patience_s=5.0,
        )
        answer = await servers.ask(ask)
        house = read(answer, House) if answer.is_good else None
        if house is not None:
            self._scene.is_open = house.open

    async def _show(self, show: Callable[[Progress], None]) -> None:
        while True:
            show(self.progress())
            await asyncio.sleep(TICK_S)
