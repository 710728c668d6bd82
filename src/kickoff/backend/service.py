"""How do the parts of the back end stand together? Made from a run folder, measured each second, then served."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter

from starlette.applications import Starlette

from kickoff.backend.burner import Burner
from kickoff.backend.faults import lost_share
from kickoff.backend.film import Progress, Reel, make_reels
from kickoff.backend.gauge import Measured, measure
from kickoff.backend.http import Backend, application
from kickoff.backend.loop_meter import LoopMeter
from kickoff.backend.playback_tokens import PlaybackTokens
from kickoff.backend.sign_in import SignInDesk
from kickoff.backend.subscribers import Subscribers, make_subscribers
from kickoff.clock import Clock, WallClock
from kickoff.night import Night
from kickoff.night_folder import played_night
from kickoff.plumbing.asgi import listen, serve
from kickoff.settings import BackendSettings
from kickoff.units import US_PER_S

SIGN_IN_MEMORY_S = 1.0
"""Busy seconds: each check of a password takes the same time, so one second of them says nearly all."""


def serve_backend(folder: Path, settings: BackendSettings, *, progress: Progress) -> None:
    """Serve the back end of the night in a run folder until told to stop.

    Raises `BadInput`, `NightError`, `FilmError` and `PortTakenError` before anything is served.
    """
    night = played_night(folder)
    listener = listen(settings.host, settings.port)
    reels = prepare(folder, night, settings, progress=progress)
    make_subscribers(database_of(folder), night)
    serve(backend_of(folder, night, reels, settings, WallClock()), listener, name="backend")


def prepare(folder: Path, night: Night, settings: BackendSettings, *, progress: Progress) -> dict[str, Reel]:
    """The channels' films, by channel: encoded now, or found in the cache that all run folders side by side share."""
    above = folder.resolve().parent
    while (above / "journal").is_dir():  # a night with the door open to all lies inside the other night's folder
        above = above.parent
    return make_reels(night, segment_s=settings.segment_s, cache=above / ".cache" / "films", progress=progress)


def database_of(folder: Path) -> Path:
    """Where the subscribers lie; the folder is made if missing."""
    state = folder / "state"
    state.mkdir(parents=True, exist_ok=True)
    return state / "subscribers.sqlite"


def backend_of(
    folder: Path, night: Night, reels: dict[str, Reel], settings: BackendSettings, clock: Clock
) -> Starlette:
    """The back end as an application: its threads live as long as the application's lifespan."""
    starts_at = night.at(0)
    subscribers = Subscribers(database_of(folder))
    backend = Backend(
        night=night,
        starts_at=starts_at,
        clock=clock,
        desk=SignInDesk(subscribers, workers=settings.workers, clock=clock),
        tokens=PlaybackTokens(folder / "jwks.json", night=night.name, clock=clock),
        reels=reels,
        meter=LoopMeter(),
        draw=random.Random(night.name).random,  # noqa: S311 - a script's dice, not a secret
    )
    burner = Burner(lambda: lost_share(night.faults, seconds=(clock.now() - starts_at) / US_PER_S))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        backend.desk.open()
        burner.open()
        tasks = [
            asyncio.create_task(backend.meter.sample()),
            asyncio.create_task(_measure_each_second(backend, workers=settings.workers)),
        ]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        burner.close()
        backend.desk.close()
        subscribers.close()

    return application(backend, lifespan)


async def _measure_each_second(backend: Backend, *, workers: int) -> None:
    first = measure(Measured(dependency="sign_in"), backend.desk.calibrate(), workers=workers)
    sign_in = Measured(dependency="sign_in", capacity_per_s=first.capacity_per_s)
    playlist = Measured(dependency="playlist")  # not known until playlists are asked for
    before_s = perf_counter()
    while True:
        backend.health = (sign_in, playlist)
        await asyncio.sleep(1.0)
        now_s = perf_counter()
        elapsed_s, before_s = now_s - before_s, now_s
        sign_in = measure(sign_in, backend.desk.take(elapsed_s=elapsed_s), workers=workers, memory_s=SIGN_IN_MEMORY_S)
        playlist = measure(playlist, backend.meter.take(elapsed_s=elapsed_s))
