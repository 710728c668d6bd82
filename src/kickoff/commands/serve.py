"""`kickoff serve NIGHT.toml`: the same night for real viewers; nobody is simulated."""

from pathlib import Path
from typing import Annotated

import typer

from kickoff.app import Played, Wish, play_night


def command(
    night: Annotated[Path, typer.Argument(help="The night file.")],
    *,
    out: Annotated[Path | None, typer.Option(help="Where the results go; out/<night name> by default.")] = None,
    leave: Annotated[bool, typer.Option("--exit", help="End after the report instead of serving it.")] = False,
) -> None:
    """Open the doors to whoever comes: back end, door, journal and console, without a simulated crowd."""
    if play_night(Wish(night=night, door="line", out=out, leave=leave, crowd=False)) is Played.INTERRUPTED:
        raise typer.Exit(130)
