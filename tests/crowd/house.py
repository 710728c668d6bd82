"""A real door and a real back end in this very process, for a night of seconds, on ports of the system's choice."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import uvicorn
from msgspec import Struct

from kickoff.backend.service import backend_of, database_of, prepare
from kickoff.backend.subscribers import make_subscribers
from kickoff.clock import WallClock
from kickoff.conductor.sources import HealthSources
from kickoff.door.http import SignIns
from kickoff.door.protocol import Server
from kickoff.door.serve import open_door, tick
from kickoff.night import Night
from kickoff.night_folder import write_start
from kickoff.plumbing.key_files import load_or_create
from kickoff.run_folder import RunFolder
from kickoff.settings import BackendSettings, DoorSettings, Settings
from kickoff.units import US_PER_S, AtUs

CURVE = Path(__file__).parents[2] / "examples" / "arrivals-1998-06-30.csv"
NIGHT = """
name = "seconds"
title = "A match of seconds"

[schedule]
doors = 0.5
kick_off = 1
half_time = 2.5
second_half = 2.5
whistle = 4
end = 5.5

[channels.main]
title = "Main"
bitrates_kbps = [200]

[offers.one]
title = "One"
channels = ["main"]
streams_max = 1
price_cents = 1000
share = 1.0

[cdns]
north = 0.5
south = 0.5

[door]
call_s = 5
poll_s = [0.2, 0.4]
beat_s = 1
beat_s_max = 4
safe_rate_per_s = 100

[crowd]
subscribers = 40
signed_out = 0.2
patience_s = 60

[crowd.arrivals]
file = "arrivals-1998-06-30.csv"
kick_off_minute = "1998-06-30 14:30:00"
minute_s = 0.03
"""
LEAD_S = 1.0


class House(Struct, frozen=True, kw_only=True):
    """Where it stands."""

    folder: RunFolder
    night: Night
    door: str


@asynccontextmanager
async def house(root: Path, *, is_open: bool = False, faults: str = "") -> AsyncIterator[House]:
    """Open until the block is left. The night starts `LEAD_S` after the films are made."""
    folder = RunFolder(root, "seconds")
    folder.journal.mkdir(parents=True)
    shutil.copy(CURVE, folder.journal / CURVE.name)
    load_or_create(root)
    clock = WallClock()
    text = f"{NIGHT}\n{faults}"
    night = write_start(folder, text, starts_at=clock.now())
    make_subscribers(database_of(root), night)
    with socket.create_server(("127.0.0.1", 0)) as front, socket.create_server(("127.0.0.1", 0)) as back:
        ports = [listener.getsockname()[1] for listener in (front, back)]
        settings = Settings(door=DoorSettings(port=ports[0]), backend=BackendSettings(port=ports[1]))
        reels = prepare(root, night, settings.backend, progress=lambda _channel, _share: None)
        night = write_start(folder, text, starts_at=AtUs(clock.now() + round(LEAD_S * US_PER_S)))
        application = backend_of(root, night, reels, settings.backend, clock)
        server = uvicorn.Server(uvicorn.Config(application, log_config=None, access_log=False))
        serving = asyncio.create_task(server.serve([back]))
        async with _door(folder, night, settings, front, clock, is_open=is_open):
            yield House(folder=folder, night=night, door=f"http://127.0.0.1:{ports[0]}")
        server.should_exit = True
        await serving


@asynccontextmanager
async def _door(
    folder: RunFolder, night: Night, settings: Settings, front: socket.socket, clock: WallClock, *, is_open: bool
) -> AsyncIterator[None]:
    opened = open_door(folder, night, settings, open_to_all=is_open)
    origin = settings.backend.origin
    watch, sign_ins = HealthSources(night.signals, backend=origin, clock=clock), SignIns(origin, clock=clock)
    server = Server(opened.door, sign_ins.carry, clock=clock, settings=settings.door)
    tasks = [asyncio.create_task(watch.run()), asyncio.create_task(tick(opened.door, night, watch, clock))]
    with closing(opened.state), closing(opened.log):
        listening = await asyncio.get_running_loop().create_server(server.connection, sock=front)
        opened.door.ready()
        yield
        listening.close()
        await server.drain(within_s=2)
        await sign_ins.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
