"""How do the parts of the console stand together? Made from a run folder, watching until stopped."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette

from kickoff.clock import Clock, WallClock
from kickoff.console.accounts import Operators
from kickoff.console.answers import Answerer, answerer_of
from kickoff.console.door_link import DoorLink
from kickoff.console.http import application
from kickoff.console.room import Room
from kickoff.console.sessions import Sessions
from kickoff.console.watch import Watch
from kickoff.night import Night
from kickoff.night_folder import played_night
from kickoff.plumbing.asgi import listen, serve
from kickoff.plumbing.key_files import load_or_create
from kickoff.seals import Seals
from kickoff.settings import Settings


def serve_console(folder: Path, settings: Settings) -> None:
    """Serve the console of the night in a run folder until told to stop.

    Raises `BadInput`, `NightError`, `KeysError` and `PortTakenError` before anything is served.
    """
    night = played_night(folder)
    console = settings.console
    listener = listen(console.host, console.port)
    seals = Seals(load_or_create(folder).seals)
    door = f"http://{settings.door.host}:{settings.door.port}"
    room = room_of(
        folder,
        night,
        seals=seals,
        door=door,
        session_s=console.session_s,
        clock=WallClock(),
        answerer=answerer_of(folder, night.name),
    )
    serve(console_of(room), listener, name="console", stopping=room.watch.end)


def room_of(
    folder: Path, night: Night, *, seals: Seals, door: str, session_s: float, clock: Clock, answerer: Answerer
) -> Room:
    """The parts of the console of one night."""
    link = DoorLink(door, night=night.name, seals=seals, clock=clock)
    watch = Watch(link, answerer, clock, night=night)
    operators = Operators(folder)
    sessions = Sessions(seals, session_s=session_s)
    return Room(night=night, watch=watch, door=link, operators=operators, sessions=sessions, clock=clock)


def console_of(room: Room) -> Starlette:
    """The console as an application: it watches as long as the application's lifespan."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(room.watch.run())
        yield
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        room.operators.close()

    return application(room, lifespan)
