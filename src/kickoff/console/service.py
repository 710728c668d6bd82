"""How do the parts of the console stand together? Made from a run folder, watching until stopped."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette

from kickoff.aftermath.live import LiveReader
from kickoff.clock import Clock, WallClock
from kickoff.console.accounts import People
from kickoff.console.answers import Answerer, Clerk, answerer_of, clerk_of
from kickoff.console.door_link import DoorLink
from kickoff.console.evening import Evenings
from kickoff.console.http import application
from kickoff.console.room import Room
from kickoff.console.sessions import Sessions
from kickoff.console.statuspage import Announcements
from kickoff.console.trail import Trail
from kickoff.console.watch import Watch
from kickoff.door.networks import Proxies
from kickoff.night import Night
from kickoff.night_folder import played_night
from kickoff.plumbing.asgi import listen, serve
from kickoff.plumbing.key_files import load_or_create
from kickoff.run_folder import RunFolder
from kickoff.seals import Seals
from kickoff.settings import Settings


def serve_console(folder: Path, settings: Settings) -> None:
    """Serve the console of the night in a run folder until told to stop.

    Raises `BadInput`, `NightError`, `KeysError` and `PortTakenError` before anything is served.
    """
    night = played_night(folder)
    console = settings.console
    listener = listen(console.host, console.port)
    keys = load_or_create(folder)
    door = f"http://{settings.door.host}:{settings.door.port}"
    room = room_of(
        folder,
        night,
        seals=Seals(keys.seals),
        subject_key=keys.subject_key,
        door=door,
        session_s=console.session_s,
        clock=WallClock(),
        answerer=answerer_of(folder, night.name),
        clerk=clerk_of(folder, night.name),
        proxies=Proxies(console.trusted_proxies),
    )
    serve(console_of(room), listener, name="console", stopping=room.watch.end)


def room_of(
    folder: Path,
    night: Night,
    *,
    seals: Seals,
    subject_key: bytes,
    door: str,
    session_s: float,
    clock: Clock,
    answerer: Answerer,
    clerk: Clerk,
    proxies: Proxies,
) -> Room:
    """The parts of the console of one night."""
    link = DoorLink(door, night=night.name, seals=seals, clock=clock)
    run = RunFolder(folder, night.name)
    return Room(
        night=night,
        folder=run,
        watch=Watch(
            link,
            answerer,
            clock,
            night=night,
            page=Announcements(run, night),
            live=LiveReader(run.journal, night),
        ),
        door=link,
        clerk=clerk,
        people=People(folder),
        trail=Trail(folder),
        sessions=Sessions(seals, session_s=session_s),
        evenings=Evenings(run, night, seals=seals, subject_key=subject_key),
        clock=clock,
        proxies=proxies,
    )


def console_of(room: Room) -> Starlette:
    """The console as an application: it watches as long as the application's lifespan."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(room.watch.run())
        await room.clerk.start()
        yield
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await room.clerk.close()
        room.close()

    return application(room, lifespan)
