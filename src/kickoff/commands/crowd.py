"""`kickoff crowd FOLDER`: simulated viewers play the night of a run folder against its real door and back end."""

import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from kickoff.clock import WallClock
from kickoff.commands import BadInput
from kickoff.crowd.arrivals import CurveError
from kickoff.crowd.folder import Wish, play_folder
from kickoff.crowd.http import NotLoopback
from kickoff.crowd.truth import Progress, Truth
from kickoff.night_folder import played_night
from kickoff.plumbing.key_files import KeysError
from kickoff.run_folder import RunFolder
from kickoff.settings import read_settings


def command(
    folder: Annotated[Path, typer.Argument(help="The run folder, such as out/psg-juventus.")],
    *,
    door: Annotated[str, typer.Option(help="The door's address; the settings' by default. Loopback only.")] = "",
    scale: Annotated[float, typer.Option(help="Of those who would come, so many do.", min=0.0, max=100.0)] = 1.0,
    is_open: Annotated[
        bool | None, typer.Option("--open/--line", help="Is the door open to all? The door is asked by default.")
    ] = None,
    progress: Annotated[str, typer.Option(help="json: one line a second; none: nothing until the end.")] = "none",
    as_json: Annotated[bool, typer.Option("--json", help="At the end, print crowd.json.")] = False,
) -> None:
    """Send everybody who comes on this night through the door, until its end; write crowd.json."""
    if progress not in ("json", "none"):
        raise BadInput(f"--progress: {progress!r} is unknown; write json or none")
    settings, night = read_settings(os.environ).door, played_night(folder)
    if night.crowd is None:
        raise BadInput(f"{folder}: the night {night.name} has no [crowd]; add one to its night file")
    if WallClock().now() >= night.at(night.schedule.end):
        raise BadInput(f"{folder}: the night {night.name} is over; `kickoff run NIGHT.toml` plays it anew")
    wish = Wish(door=door or f"http://{settings.host}:{settings.port}", scale=scale, is_open=is_open)
    show = _print_line if progress == "json" else _print_nothing
    try:
        found = play_folder(RunFolder(folder, night.name), night, wish, show=show)
    except (CurveError, KeysError, NotLoopback) as error:
        raise BadInput(f"crowd: {error}") from error
    if as_json:
        typer.echo(msgspec.json.encode(found))
    elif progress == "none":
        typer.echo(_in_words(found))


def _print_line(now: Progress) -> None:
    typer.echo(msgspec.json.encode(now))


def _print_nothing(_now: Progress) -> None:
    """A crowd that was not asked for its progress says nothing."""


def _in_words(found: Truth) -> str:
    return (
        f"crowd: {found.came} came, {found.got_picture} had a picture, {found.black_screens} black screens, "
        f"{found.thrown_out} thrown out, {found.gave_up} gave up"
    )
