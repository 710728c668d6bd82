"""`kickoff impact JOURNAL --night N`: who was hit, how long, and how many were never seen?"""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from kickoff.aftermath.answers import impact, incidents, read
from kickoff.aftermath.journal import JournalError, JournalView
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
    """Print how many accounts were hit: seen exactly, and in all as a 90 % range."""
    try:
        evening = read(JournalView(journal, night, until=instant_of(at)))
        found, _ = impact(evening, incidents(evening))
    except JournalError as error:
        raise BadInput(str(error)) from error
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    typer.echo(f"{found.seen:,} accounts seen to be hit; {found.total.low:,} to {found.total.high:,} in all")
    typer.echo(f"{found.user_hours:,.1f} hours of match lost by those seen")
    for dimension, counts in found.by.items():
        typer.echo(f"  {dimension:<8}" + ", ".join(f"{value} {count:,}" for value, count in counts.items()))
    typer.echo(found.how)
