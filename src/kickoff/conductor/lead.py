"""The conductor's process: one leads, the others stand by.

Each hears all doors, so each knows the house. Whoever finds nobody leading leads under a new term; what it decides is
published only while it leads, as the server sees it. A leader that is lost is replaced within `LEAD_MS` and a tick: its
successor goes on from the highest number that any door serves, at the rate that was published last, with what the
controller had learnt. The leader's own log holds the facts of the house: calls, the match, the rate, health.
"""

import asyncio
import contextlib
import signal
import sys

import msgspec
import uvloop

from kickoff.admission.controller import ControllerState
from kickoff.clock import Clock, WallClock
from kickoff.conductor.drawing import Drawing
from kickoff.conductor.sources import HealthSources
from kickoff.conductor.tick import TICK_S, Conductor, LineInput, until_drawn
from kickoff.conductor.valkey import Leading
from kickoff.door.house import Door
from kickoff.door.member import Member, is_news
from kickoff.door.serve import EPOCHS_PER_START, corrected, line_input
from kickoff.door.serve_shared import FAREWELL_S, Joined, joined
from kickoff.door.telling import ENCODER, Published
from kickoff.night import Night
from kickoff.plumbing.valkey import Valkey, ValkeyLost
from kickoff.run_folder import RunFolder
from kickoff.settings import Settings
from kickoff.units import AtUs
from kickoff.waiting_room.draw import Draw

_LEARNT = msgspec.msgpack.Decoder(ControllerState)


def conduct(folder: RunFolder, night: Night, settings: Settings) -> None:
    """Lead or stand by until SIGTERM or SIGINT.

    Raises `NameTakenError`, `ValkeyError`, `LogUnreadableError` and `KeysError`.
    """
    with joined(folder, night, settings, kind="conductor") as house:
        uvloop.run(_run(house, folder, night, settings))


async def _run(house: Joined, folder: RunFolder, night: Night, settings: Settings) -> None:
    clock, server = WallClock(), Valkey(settings.valkey.url)
    drawing = Drawing(server, night=night.name, secret=house.door.house.lottery.secret, folder=folder.journal)
    chair = Chair(house.door, house.member(server, settings, clock), server, drawing, clock)
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop, stopped.set)
    await server.open()
    await chair.member.begin()
    origin = settings.backend.origin
    watch = HealthSources(night.signals, backend=origin, clock=clock, posted=house.door.house.posts.latest)
    tasks = [asyncio.create_task(watch.run()), asyncio.create_task(chair.take(watch))]
    sys.stdout.write(f"conduct ready as {chair.member.writer}\n")
    sys.stdout.flush()
    waiting = asyncio.create_task(stopped.wait())
    await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in [waiting, *tasks]:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    with contextlib.suppress(ValkeyLost, TimeoutError):
        await asyncio.wait_for(chair.leave(), FAREWELL_S)
    await server.close()


class Chair:
    """One conductor among several: `take` it, and lead while it is yours."""

    def __init__(self, door: Door, member: Member, server: Valkey, drawing: Drawing, clock: Clock) -> None:
        self.member = member
        self.term = 0
        """Under which this process leads; 0: it stands by."""
        self._door = door
        self._night = night = door.house.night
        self._clock = clock
        self._drawing = drawing
        self._leading = Leading(server, night=night.name, writer=member.writer)
        self._conductor = Conductor(night)
        self._learnt = b""

    async def take(self, watch: HealthSources) -> None:
        """Tick until cancelled. While nobody answers nothing is led: the doors go on by themselves."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            try:
                await self.tick(watch)
            except ValkeyLost:
                self._stand_by()
            self._door.house.journal.commit()
            # A late tick is not caught up with: two in a row would order the same people twice.
            due = max(due + TICK_S, loop.time())
            await asyncio.sleep(due - loop.time())

    async def tick(self, watch: HealthSources) -> None:
        """Hear everybody; lead or follow. Raises `ValkeyLost`."""
        term, said, _ = await asyncio.gather(self._leading.lead(), self.member.tick(), self.member.sharing.look())
        if not term:
            self._stand_by()
            self._follow(said)
            return
        if term != self.term:
            self._begin(term, said)
        await self._lead(watch)

    async def leave(self) -> None:
        """Lead no more, so that the next one need not wait. Raises `ValkeyLost`."""
        await self._leading.resign()
        await self.member.leave()

    def _stand_by(self) -> None:
        self.term, self._door.house.leads = 0, False
        self._drawing.stop()

    def _follow(self, said: Published | None) -> None:
        """Know what the leader knows, for the case that it is lost."""
        if said is not None and is_news(said, self.member.told):
            self.member.told, self._learnt = said.snapshot, said.learnt
            self._door.heard(said.health)
            self._door.put_in_order(said.draw, at=said.snapshot.at)
            self._door.publish(said.snapshot, said.orders)

    def _begin(self, term: int, said: Published | None) -> None:
        """A new term: from where the doors stand, with what the one before had learnt."""
        self._follow(said)
        self.term, house, crew = term, self._door.house, self.member.crew
        house.leads = True
        for name, line in house.lines.items():
            house.call(line, crew.serving.get(name, 0), at=self._clock.now())
        epoch = max(term * EPOCHS_PER_START, crew.epoch, house.snapshot.epoch)
        self._conductor = Conductor(self._night, epoch=epoch, learnt=self._decoded())

    def _decoded(self) -> ControllerState | None:
        """What was learnt before; None where nothing was, or another version of this program learnt it."""
        try:
            return _LEARNT.decode(self._learnt) if self._learnt else None
        except msgspec.DecodeError:
            return None

    async def _lead(self, watch: HealthSources) -> None:
        door, member, now = self._door, self.member, self._clock.now()
        door.heard(watch.latest())
        line, draw = self._drawn(line_input(door), now)
        snapshot, orders = self._conductor.tick(corrected(door, now), line)
        said = Published(
            leader=member.writer,
            snapshot=snapshot,
            orders=orders,
            health=door.house.health,
            learnt=msgspec.msgpack.encode(self._conductor.learnt),
            log_lines_lost=watch.lines_lost,
            draw=draw,
        )
        if await self._leading.publish(ENCODER.encode(said), term=self.term):
            member.told = snapshot
            door.put_in_order(draw, at=snapshot.at)
            door.publish(snapshot, orders)
        else:
            self._stand_by()

    def _drawn(self, line: LineInput, at: AtUs) -> tuple[LineInput, Draw | None]:
        """(the line, its doors shut while lots are drawn; what was drawn, by now)."""
        lottery = self._door.house.lottery
        if not lottery.is_open:
            return line, lottery.held
        waiting = until_drawn(self._night, line, at)
        # Whom a door called that heard nobody lead was called by their number: then nobody is drawn.
        if waiting is line or any(self.member.crew.serving.values()):
            return line, None
        draw = self._drawing.drawn()
        return (line, draw) if draw else (waiting, None)
