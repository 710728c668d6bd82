"""`kickoff audience JOURNAL --night N`: how many watched, and when."""

import shutil
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from kickoff.aftermath.audience_drawing import draw
from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.audience import measure
from kickoff.commands import BadInput, instant_of


def command(
    journal: Annotated[Path, typer.Argument(help="The folder of nights, such as out/psg-juventus/journal.")],
    *,
    night: Annotated[str, typer.Option("--night", help="Which night of the journal.")],
    at: Annotated[
        str | None, typer.Option("--at", help="As known at this instant (UTC), like 2022-09-06T19:15:00Z.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Print average, peak and reach in accounts, by channel and in all, and draw the curve."""
    until = instant_of(at)
    try:
        view = JournalView(journal, night, until=until)
        audience = measure(view.spans(), view.facts(), view.night, until)
        played = view.night
    except JournalError as error:
        raise BadInput(str(error)) from error
    if as_json:
        typer.echo(msgspec.json.encode({"night": night, "at": at} | msgspec.to_builtins(audience)).decode())
        return
    width = min(120, shutil.get_terminal_size().columns)
    typer.echo(draw(audience, played, until=until, width=width))
