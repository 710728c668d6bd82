"""The one place that wires: it plays a night with its five processes, and has the aftermath answer.

Stage    one playing of the night: with the door, or with the door open to all
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from msgspec import Struct

from kickoff.aftermath.closing import close_night, look_ahead
from kickoff.clock import WallClock
from kickoff.commands import BadInput
from kickoff.console.accounts import ensure_operator
from kickoff.crowd.arrivals import CurveError
from kickoff.crowd.roster_parquet import write_subscribers
from kickoff.night import Night, NightError
from kickoff.night_folder import check_ports, lay_out, read_night, write_start
from kickoff.plumbing.key_files import load_or_create
from kickoff.plumbing.processes import Part, PartFailed, start, stop, wait_ready
from kickoff.run_folder import RunFolder
from kickoff.settings import Settings, read_settings
from kickoff.show import Show
from kickoff.units import US_PER_S, AtUs

LEAD_S = 5.0
"""From the moment the night is written until it starts: long enough for every process to come up."""
BACKEND_CORE, HOUSE_CORE = 1, 0
"""The back end has a core of its own, so that its overload is real; all the others share the other."""
_LOOK_S = 0.5


class Wish(Struct, frozen=True, kw_only=True):
    """What the person at the terminal asked for."""

    night: Path
    door: str = "both"
    """both · line · open"""
    scale: float = 1.0
    out: Path | None = None
    leave: bool = False
    crowd: bool = True
    """False: no simulated viewers, the doors are open to real ones."""


class Played(Enum):
    """How it ended."""

    DONE = "done"
    INTERRUPTED = "interrupted"
    """By Ctrl-C: what was recorded is sealed and can be read."""


def play_night(wish: Wish) -> Played:
    """Play the night as wished. Raises `NightError`, `SettingsError`, `BadInput`, `PartFailed`."""
    night, text = read_night(wish.night)
    settings = read_settings(os.environ)
    check_ports(settings)
    folder = RunFolder(wish.out or Path("out") / night.name, night.name)
    lay_out(folder, source=wish.night, night=night)
    stages = {"both": (False, True), "line": (False,), "open": (True,)}[wish.door]
    show = Show(night, settings=settings, folder=folder)
    with _ctrl_c_and_sigterm():
        try:
            for number, is_open in enumerate(stages, 1):
                here = folder if number == 1 else RunFolder(folder.door_open, night.name)
                if number > 1:
                    lay_out(here, source=wish.night, night=night)
                _play(_Stage(folder=here, text=text, settings=settings, is_open=is_open, wish=wish), show)
            _look_ahead(folder, show)
            show.closing(close_night(folder))
            if not wish.leave:
                _serve(folder, show)
        except KeyboardInterrupt:
            show.interrupted()
            return Played.INTERRUPTED
    return Played.DONE


def _look_ahead(folder: RunFolder, show: Show) -> None:
    """Rehearse the next match, where that can be done: tonight is answered and paid whatever comes of it."""
    try:
        look_ahead(folder)
    except (NightError, CurveError, BadInput) as error:
        show.not_rehearsed(str(error))


class _Stage(Struct, frozen=True, kw_only=True):
    """One playing of the night."""

    folder: RunFolder
    text: str
    settings: Settings
    is_open: bool
    wish: Wish


def _play(stage: _Stage, show: Show) -> None:
    folder, clock = stage.folder, WallClock()
    root = str(folder.root)
    keys = load_or_create(folder.root)
    operator = ensure_operator(folder.root)
    # The pictures are made first: how long that takes must not move kick-off.
    write_start(folder, stage.text, starts_at=clock.now(), scale=stage.wish.scale)
    with show.preparing("the pictures of the channels"):
        _run_to_end(start("pictures", ["backend", root, "--prepare"], log=folder.logs / "pictures.log"))
    night = write_start(folder, stage.text, starts_at=_soon(clock), scale=stage.wish.scale)
    if night.crowd:
        write_subscribers(folder.subscribers, night, subject_key=keys.subject_key, at=night.at(0))
    with _parts(stage) as parts:
        show.opened(stage.is_open, operator=operator, crowd=stage.wish.crowd)
        _watch(night, parts, show, clock)


def _soon(clock: WallClock) -> AtUs:
    return AtUs(clock.now() + round(LEAD_S * US_PER_S))


@contextlib.contextmanager
def _parts(stage: _Stage) -> Iterator[dict[str, Part]]:
    """The five processes, up and ready; stopped in the order that loses nothing: the journal seals last."""
    root, logs = str(stage.folder.root), stage.folder.logs
    wanted = {
        "backend": (["backend", root], BACKEND_CORE),
        "journal": (["journal", root], HOUSE_CORE),
        "door": (["door", root, *(["--open"] if stage.is_open else [])], HOUSE_CORE),
        "console": (["console", root], HOUSE_CORE),
        **({"crowd": (["crowd", root, "--progress", "json"], HOUSE_CORE)} if stage.wish.crowd else {}),
    }
    parts: dict[str, Part] = {}
    try:
        for name, (arguments, core) in wanted.items():
            parts[name] = start(name, arguments, log=logs / f"{name}.log", core=core)
        for name in ("backend", "journal", "door", "console"):
            wait_ready(parts[name], within_s=60)
        yield parts
    finally:
        for name in ("crowd", "console", "door", "journal", "backend"):
            if name in parts:
                stop(parts[name])


def _watch(night: Night, parts: dict[str, Part], show: Show, clock: WallClock) -> None:
    """Show the night until its end. A process that ends early is an error, except the crowd after the whistle."""
    with show.night(night) as shown:
        while (at_s := (clock.now() - night.at(0)) / US_PER_S) < night.schedule.end:
            for name, part in parts.items():
                if part.process.poll() is not None and (name != "crowd" or part.process.returncode):
                    raise PartFailed(f"{name}: ended in the middle of the night (see {part.log})")
            shown(at_s, parts.get("crowd"))
            time.sleep(_LOOK_S)
        if "crowd" in parts:
            with contextlib.suppress(Exception):
                parts["crowd"].process.wait(timeout=20)


def _run_to_end(part: Part) -> None:
    if part.process.wait() != 0:
        wait_ready(part, within_s=0.1)


def _serve(folder: RunFolder, show: Show) -> None:
    """Console and report stay up until Ctrl-C."""
    part = start("console", ["console", str(folder.root)], log=folder.logs / "console-after.log")
    try:
        wait_ready(part, within_s=60)
        show.serving()
        part.process.wait()
    finally:
        stop(part)


@contextlib.contextmanager
def _ctrl_c_and_sigterm() -> Iterator[None]:
    """Treat SIGTERM as Ctrl-C, so that every process is stopped in order either way."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
