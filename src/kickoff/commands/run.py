"""`kickoff run NIGHT.toml`: plays a whole night on this machine, then says what happened, why, and what is owed."""

from pathlib import Path
from typing import Annotated

import typer

from kickoff.app import Played, Wish, play_night
from kickoff.commands import BadInput


def command(
    night: Annotated[Path, typer.Argument(help="The night file, such as examples/psg-juventus.toml.")],
    *,
    door: Annotated[str, typer.Option(help="both: with the door, then open to all · line · open")] = "both",
    scale: Annotated[float, typer.Option(help="How many of the subscribers: 0.1 is a tenth.", min=0.001, max=10)] = 1.0,
    out: Annotated[Path | None, typer.Option(help="Where the results go; out/<night name> by default.")] = None,
    leave: Annotated[bool, typer.Option("--exit", help="End after the report instead of serving it.")] = False,
) -> None:
    """Play the night: back end, door, journal, console and a simulated crowd; then write the report."""
    if door not in {"both", "line", "open"}:
        raise BadInput(f"--door {door}: unknown; choose both, line or open")
    played = play_night(Wish(night=night, door=door, scale=scale, out=out, leave=leave))
    if played is Played.INTERRUPTED:
        raise typer.Exit(130)
