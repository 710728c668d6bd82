"""`kickoff report FOLDER`: answer a night that was played, from its journal."""

import json
from pathlib import Path
from typing import Annotated

import typer

from kickoff.aftermath.closing import close_night, look_ahead
from kickoff.aftermath.journal import JournalError
from kickoff.commands import BadInput
from kickoff.crowd.arrivals import CurveError
from kickoff.gestures.ledger import LedgerError
from kickoff.night import NightError
from kickoff.run_folder import RunFolder


def command(
    folder: Annotated[Path, typer.Argument(help="The run folder, such as out/psg-juventus.")],
    *,
    tomorrow: Annotated[
        Path | None,
        typer.Option(metavar="NIGHT.toml", help="The next match, rehearsed with tonight's faults."),
    ] = None,
    rehearse: Annotated[bool, typer.Option(help="Whether the next match is rehearsed; some seconds.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON document.")] = False,
) -> None:
    """Write report (HTML, PDF), summary.json, status page; grant what the rule approves. Any number of times."""
    run = run_folder(folder)
    try:
        if rehearse:
            look_ahead(run, tomorrow)
        found = close_night(run)
    except (JournalError, NightError, CurveError, LedgerError) as error:
        raise BadInput(str(error)) from error
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    typer.echo(f"report   {run.report}")
    typer.echo(f"         {run.report.with_suffix('.pdf')}")
    typer.echo(f"summary  {run.summary}")
    typer.echo(f"status   {run.root / 'status' / 'index.html'}")


def run_folder(folder: Path) -> RunFolder:
    """The run folder of a path, with its one night. Raises `BadInput`."""
    nights = sorted(path.name for path in (folder / "journal").glob("*") if path.is_dir())
    if not nights:
        raise BadInput(f"{folder}: holds no journal/NIGHT; name the folder that `kickoff run` printed")
    if folder.resolve().name in nights:
        return RunFolder(folder, folder.resolve().name)
    if len(nights) > 1:
        raise BadInput(f"{folder}: holds several nights ({', '.join(nights)}); name a run folder of one night")
    return RunFolder(folder, nights[0])
