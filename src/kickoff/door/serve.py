"""The door's process: reads the log back, listens, ticks, and drains when told to stop.

PortTakenError    (plumbing.asgi) another program listens there
DoorError         the night's journal or state cannot be used; whoever started the door mends what is named
"""

import asyncio
import socket
import sqlite3
from pathlib import Path

import msgspec
import uvloop
from msgspec import Struct

from kickoff.admission.orders import Reading
from kickoff.clock import WallClock
from kickoff.conductor.sources import HealthSources
from kickoff.conductor.tick import TICK_S, Conductor, LineInput
from kickoff.door.house import Door
from kickoff.door.listening import listen_until_told, watch_keys
from kickoff.door.pages import Pages
from kickoff.door.state import LEASES_PER_PLACE
from kickoff.door.told import LogUnreadableError, Told, read_back
from kickoff.facts import LANE_NUMBER, Lane
from kickoff.night import Night
from kickoff.plumbing.asgi import listen
from kickoff.plumbing.claims import Claim, NameTakenError, claim
from kickoff.plumbing.key_files import load_or_create
from kickoff.plumbing.memory import kept
from kickoff.plumbing.record_log import RecordLog, log_files, open_log, synced
from kickoff.run_folder import RunFolder
from kickoff.settings import Settings
from kickoff.units import AtUs
from kickoff.waiting_room.line import LANES
from kickoff.waiting_room.places import last_given_before
from kickoff.waiting_room.sql import SqlBlocks

EPOCHS_PER_START = 100_000_000
"""Snapshots are counted on after a restart: no client sees the count fall."""
WRITER = "door"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class DoorError(Exception):
    """The door cannot be opened on this folder. Its text says what, where and how to mend it."""


class Opened(Struct, frozen=True, kw_only=True):
    """A door that has read its log back, and what must be closed behind it."""

    door: Door
    log: RecordLog
    state: SqlBlocks


def serve_door(folder: RunFolder, night: Night, settings: Settings, *, open_to_all: bool) -> None:
    """Serve the night until SIGTERM or SIGINT. Raises `PortTakenError` and `DoorError`."""
    with listen(settings.door.host, settings.door.port) as listener:
        held = _only_one(folder)
        with kept():
            opened = open_door(folder, night, settings, open_to_all=open_to_all)
        try:
            with synced(opened.log):
                uvloop.run(_serve(opened.door, folder, night, listener, settings))
        finally:
            opened.log.close()
            opened.state.close()
            held.give_up()


def _only_one(folder: RunFolder) -> Claim:
    """Two doors that know nothing of each other would give the same places."""
    try:
        return claim(folder.state, name=WRITER, kind=WRITER)
    except NameTakenError as error:
        message = (
            f"{folder.root}: a door runs on it already; end it, or set KICKOFF_VALKEY_URL for both to share a line"
        )
        raise DoorError(message) from error


def open_door(folder: RunFolder, night: Night, settings: Settings, *, open_to_all: bool) -> Opened:
    """The door of a run folder as its log left it, or a new one. Raises `DoorError`."""
    logs = folder.journal / "log"
    earlier = _read_back(logs, night)
    folder.state.mkdir(parents=True, exist_ok=True)
    boot = _BOOT.read_text("ascii").strip() if _BOOT.exists() else ""
    try:
        state = sqlite3.connect(folder.state / "door.sqlite", check_same_thread=False)
        blocks = SqlBlocks(state, night=night.name, boot=boot)
        reserved = {str(lane): blocks.before(str(lane)) for lane in LANES}
    except sqlite3.Error as error:
        raise DoorError(f"{folder.state / 'door.sqlite'}: {error}; restore the file or move it away") from error
    origin = settings.backend.origin
    log = open_log(logs, writer=WRITER, file_bytes_max=settings.journal.file_bytes_max)
    door = Door(
        night,
        load_or_create(folder.root),
        log=log,
        places=blocks,
        backend_open=open_to_all,
        settings=settings.door,
        live_base=origin,
        epoch=(log.epoch - 1) * EPOCHS_PER_START,
        pages=Pages(night, live_base=origin, published=folder.root / "status"),
    )
    last_given = {
        lane: last_given_before(
            logged=earlier.last_place(LANE_NUMBER[Lane(lane)]),
            reserved=upto,
            # Without a name of this run of the machine nobody knows whether it went down: then the reservation counts.
            log_is_whole=same_boot and bool(boot),
        )
        for lane, (upto, same_boot) in reserved.items()
    }
    door.recover(earlier, last_given=last_given)
    return Opened(door=door, log=log, state=blocks)


def _read_back(logs: Path, night: Night) -> Told:
    try:
        return read_back(
            log_files(logs), beat_ms=round(night.door.beat_s * 1000), streams_max=night.door.line_max * LEASES_PER_PLACE
        )
    except LogUnreadableError as error:
        raise DoorError(str(error)) from error


async def _serve(door: Door, folder: RunFolder, night: Night, listener: socket.socket, settings: Settings) -> None:
    clock = WallClock()
    origin = settings.backend.origin
    watch = HealthSources(night.signals, backend=origin, clock=clock, posted=door.house.posts.latest)
    work = [watch.run(), tick(door, night, watch, clock), watch_keys(door, folder.root)]
    await listen_until_told(door, listener, settings, work=work)


async def tick(door: Door, night: Night, watch: HealthSources, clock: WallClock) -> None:
    """Four times a second: tell the conductor how the house stands, publish what it decides."""
    loop = asyncio.get_running_loop()
    conductor = Conductor(night, epoch=door.epoch)
    due = loop.time()
    while True:
        now = clock.now()
        door.heard(watch.latest())
        door.house.log_lines_lost = watch.lines_lost
        snapshot, orders = conductor.tick(corrected(door, now), line_input(door))
        if door.is_open:
            snapshot = msgspec.structs.replace(snapshot, lanes=door.everybody_called(snapshot.lanes))
        door.publish(snapshot, orders)
        # A late tick is not caught up with: two in a row would order the same people twice.
        due = max(due + TICK_S, loop.time())
        await asyncio.sleep(due - loop.time())


def corrected(door: Door, now: AtUs) -> Reading:
    """The reading, with what the doors themselves see of the sign-ins that they forward."""
    reading, house = door.reading(now), door.house
    limit = house.sign_ins.limit(house.permit.limit)
    health = house.sign_ins.corrected(reading.health, limit=limit, now=now)
    return msgspec.structs.replace(reading, health=health)


def line_input(door: Door) -> LineInput:
    """The line as the conductor sees it."""
    house = door.house
    return LineInput(
        serving=door.serving(),
        joined=door.given(),
        skips={name: line.book.skips for name, line in house.lines.items()},
        notice=house.notice,
        incident=house.incident,
        beat_s=house.pin_s,
        ladder_step=house.ladder_step,
        doors_at=house.doors_at,
        ends_at=house.ends_at,
        draw_at=house.draw_at,
        queues=house.queues,
    )
