"""The process of one door among many: the same door as alone, in a line that Valkey keeps for all of them.

It reads back what the logs of this folder tell, its own and those of others, says `ready` once the line and the other
processes have been heard, and shows what the conductor publishes. While nobody leads it goes on by itself (`Alone`).
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvloop
from msgspec import Struct

from kickoff.clock import Clock, WallClock
from kickoff.conductor.alone import STALE_S, Alone
from kickoff.conductor.tick import TICK_S, until_drawn
from kickoff.door.house import Door
from kickoff.door.listening import listen_until_told, watch_keys
from kickoff.door.member import Member, is_news
from kickoff.door.pages import Pages
from kickoff.door.serve import DoorError, line_input
from kickoff.door.state import LEASES_PER_PLACE
from kickoff.door.telling import Ears, Published, told_in
from kickoff.door.told import LogUnreadableError, read_back
from kickoff.facts import LANE_NUMBER
from kickoff.night import Night
from kickoff.plumbing.asgi import listen
from kickoff.plumbing.claims import Claim, NameTakenError, claim
from kickoff.plumbing.key_files import load_or_create
from kickoff.plumbing.record_log import RecordLog, log_files, open_log, synced
from kickoff.plumbing.valkey import Valkey, ValkeyError, ValkeyLost
from kickoff.run_folder import RunFolder
from kickoff.settings import Settings
from kickoff.units import US_PER_S, AtUs
from kickoff.waiting_room.line import LANES
from kickoff.waiting_room.snapshot import Snapshot

FAREWELL_S = 2.0


def serve_shared_door(folder: RunFolder, night: Night, settings: Settings) -> None:
    """Serve the night with others until SIGTERM or SIGINT.

    Raises `PortTakenError`, `DoorError` and `KeysError`.
    """
    try:
        with (
            listen(settings.door.host, settings.door.port) as listener,
            joined(folder, night, settings, kind="door", name=settings.door.name) as house,
        ):
            uvloop.run(_serve(house, folder, night, listener, settings))
    except (NameTakenError, ValkeyError, LogUnreadableError) as error:
        raise DoorError(str(error)) from error


async def _serve(house: "Joined", folder: RunFolder, night: Night, listener: socket.socket, settings: Settings) -> None:
    clock, server = WallClock(), Valkey(settings.valkey.url)
    await server.open()
    member = house.member(server, settings, clock)
    door = house.door
    await member.begin()
    # What the others know is heard, and the line told what this log remembers, before anybody is answered.
    said = await member.tick()
    if said is not None:
        show(door, member, said, heard_at=min(clock.now(), said.snapshot.at))
    await member.sharing.look()

    async def farewell() -> None:
        with contextlib.suppress(ValkeyLost, TimeoutError):
            await asyncio.wait_for(member.leave(), FAREWELL_S)

    await listen_until_told(
        door,
        listener,
        settings,
        work=[take_part(door, night, member, clock), watch_keys(door, folder.root)],
        ask=member.sharing.ask,
        linger_s=settings.door.drain_s,
        farewell=farewell,
    )
    await server.close()


class Joined(Struct, frozen=True, kw_only=True):
    """A house of many that has read the logs back, and what must be closed behind it."""

    door: Door
    log: RecordLog
    claim: Claim
    ears: Ears

    def member(self, server: Valkey, settings: Settings, clock: Clock) -> Member:
        """Its part in the night."""
        return Member(
            self.door,
            server,
            writer=self.claim.name,
            log_epoch=self.log.epoch,
            ears=self.ears,
            clock=clock,
            window_s=settings.valkey.gather_s,
        )


@contextlib.contextmanager
def joined(folder: RunFolder, night: Night, settings: Settings, *, kind: str, name: str = "") -> Iterator[Joined]:
    """A house of many until the end of the block. Raises `LogUnreadableError`, `NameTakenError`, `KeysError`."""
    taken = claim(folder.state, name=name, kind=kind)
    try:
        opened = _open(folder, night, settings, taken)
    except BaseException:
        taken.give_up()
        raise
    try:
        with synced(opened.log):
            yield opened
    finally:
        opened.log.close()
        taken.give_up()


def _open(folder: RunFolder, night: Night, settings: Settings, taken: Claim) -> Joined:
    files = log_files(folder.journal / "log")
    beat_ms = round(night.door.beat_s * 1000)
    told = read_back(files, beat_ms=beat_ms, streams_max=night.door.line_max * LEASES_PER_PLACE).in_time()
    log = open_log(folder.journal / "log", writer=taken.name, file_bytes_max=settings.journal.file_bytes_max)
    origin = settings.backend.origin
    door = Door(
        night,
        load_or_create(folder.root),
        log=log,
        places=None,
        settings=settings.door,
        live_base=origin,
        pages=Pages(night, live_base=origin),
    )
    door.house.leads = False
    door.recover(told, last_given={str(lane): told.last_place(LANE_NUMBER[lane]) for lane in LANES})
    return Joined(door=door, log=log, claim=taken, ears=Ears(told_in(files)))


async def take_part(door: Door, night: Night, member: Member, clock: Clock) -> None:
    """Tell, hear and show, four times a second, until cancelled."""
    listening = [asyncio.create_task(keep_hearing(door, member, clock)), asyncio.create_task(keep_looking(member))]
    alone = Alone(night)
    try:
        while True:
            await asyncio.sleep(TICK_S)
            for task in listening:
                if task.done():
                    task.result()
            now = clock.now()
            if now - member.heard_at > STALE_S * US_PER_S:
                door.publish(shown_alone(alone, door, member.told, heard_at=AtUs(member.heard_at), at=AtUs(now)))
    finally:
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)


async def keep_hearing(door: Door, member: Member, clock: Clock) -> None:
    """Exchange with the others; show what is new of the leader."""
    while True:
        with contextlib.suppress(ValkeyLost):
            said = await member.tick()
            if said is not None and is_news(said, member.told):
                show(door, member, said, heard_at=clock.now())
        door.house.journal.commit()
        await asyncio.sleep(TICK_S)


def show(door: Door, member: Member, said: Published, *, heard_at: int) -> None:
    """From now on answer by what the leader said. What was shown meanwhile is not taken back."""
    member.told, member.heard_at = said.snapshot, heard_at
    door.heard(said.health, doors=member.crew.doors)
    door.house.log_lines_lost = said.log_lines_lost
    door.put_in_order(said.draw, at=said.snapshot.at)
    door.publish(said.snapshot, said.orders)


async def keep_looking(member: Member) -> None:
    """Hear how the line stands, also where nobody asks it anything."""
    while True:
        with contextlib.suppress(ValkeyLost):
            await member.sharing.look()
        await asyncio.sleep(TICK_S)


def shown_alone(alone: Alone, door: Door, told: Snapshot, *, heard_at: AtUs, at: AtUs) -> Snapshot:
    """What this door shows while nobody leads, by the line and the operator's wishes as it knows them."""
    house, line = door.house, line_input(door)
    if house.lottery.is_open:
        line = until_drawn(house.night, line, at)
    return alone.tick(told, line, paused=house.paused, cap_per_s=house.cap_per_s, heard_at=heard_at, at=at)
