"""How is the crowd of a run folder played? Reads the night, its curve and its keys; writes `crowd.json`."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import uvloop
from msgspec import Struct

from kickoff.accounts.roster import crowd_of
from kickoff.clock import WallClock
from kickoff.crowd.arrivals import Curve, CurveError, read_curve
from kickoff.crowd.people import everybody
from kickoff.crowd.stage import Stage
from kickoff.crowd.truth import Progress, Truth
from kickoff.night import Night
from kickoff.plumbing.key_files import load
from kickoff.run_folder import RunFolder
from kickoff.seals import Seals


class Wish(Struct, frozen=True, kw_only=True):
    """What whoever started the crowd asked for."""

    door: str
    """The door's origin."""
    scale: float = 1.0
    """Of those who would come."""
    is_open: bool | None = None
    """The door is open to all; None: the door says."""


def play_folder(folder: RunFolder, night: Night, wish: Wish, *, show: Callable[[Progress], None]) -> Truth:
    """Play until the end of the night, SIGTERM or SIGINT, and write what the crowd lived through.

    Raises `CurveError`, `KeysError` and `NotLoopback` for what it is given, `LivesBroken` for a defect of its own.
    """
    curve = read_curve_beside(folder.night_file, night)
    people = everybody(night, curve, scale=wish.scale, chance=np.random.default_rng(crowd_of(night).seed))
    stage = Stage(people, seals=Seals(load(folder.root).seals), clock=WallClock(), is_open=wish.is_open)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_until_stopped(stage, wish.door, show))
    finally:
        found = stage.truth()
        _write(folder.crowd, found)
    return found


def read_curve_beside(night_file: Path, night: Night) -> Curve:
    """The curve that the night file names. Raises `CurveError`."""
    arrivals = crowd_of(night).arrivals
    path = night_file.parent / arrivals.file
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CurveError(f"{path}: cannot be read ({error}); put the curve of crowd.arrivals.file there") from error
    return read_curve(text, source=str(path), arrivals=arrivals)


async def _until_stopped(stage: Stage, door: str, show: Callable[[Progress], None]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stage.play(door, stop=stop, show=show)


def _write(path: Path, found: Truth) -> None:
    """Whole or not at all."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1))
    fresh.replace(path)
