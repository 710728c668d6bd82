"""`kickoff ingest FOLDER FILE …`: what networks saw, players said and people complained of joins the journal."""

import os
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer

from kickoff.aftermath.complaints import ComplaintsError, ingest_complaints, is_complaints
from kickoff.aftermath.ingestion import Ingested, IngestError, ingest
from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.commands import BadInput
from kickoff.night_folder import played_night
from kickoff.plumbing.key_files import KeysError, load
from kickoff.settings import read_settings

NOTHING_READ = 1


def command(
    folder: Annotated[Path, typer.Argument(help="The run folder, such as out/psg-juventus.")],
    logs: Annotated[
        list[Path],
        typer.Argument(
            help="Access logs; events of CMCD v2 or Eyevinn's, a line each; plain or .gz. "
            "Complaints (minute,source,count)."
        ),
    ],
    *,
    night: Annotated[str | None, typer.Option("--night", help="Which night; by default the folder's last.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Turn fetches of live channels and events of players into facts; keep counts of complaints as evidence."""
    name = night or played_night(folder).name
    journal = folder / "journal" / name
    if not journal.is_dir():
        raise BadInput(f"{journal}: there is no such night; name one with --night")
    try:
        logs, counts = _without_complaints(logs, journal, as_json=as_json)
        if not logs:
            _end(counts)
        told = ingest(
            logs,
            folder=journal,
            night=name,
            subject_key=load(folder).subject_key,
            file_bytes_max=read_settings(os.environ).journal.file_bytes_max,
            channels=JournalView(folder / "journal", name).night.channels,
        )
    except (ComplaintsError, IngestError, JournalError, KeysError) as error:
        raise BadInput(str(error)) from error
    typer.echo(msgspec.json.encode(told).decode() if as_json else _words(told))
    if not (told.fetches or told.events or counts):
        raise typer.Exit(NOTHING_READ)


def _end(counts: int) -> NoReturn:
    if not counts:
        typer.echo("kickoff: nothing was taken in: there is no row below the header", err=True)
    raise typer.Exit(0 if counts else NOTHING_READ)


def _without_complaints(files: list[Path], journal: Path, *, as_json: bool) -> tuple[list[Path], int]:
    """Take in the counts of complaints among the files: (the other files, which are access logs, counts taken in)."""
    counts = [path for path in files if is_complaints(path)]
    rows = sum(ingest_complaints(path, journal) for path in counts)
    logs = [path for path in files if path not in counts]
    if counts and as_json and not logs:
        typer.echo(msgspec.json.encode({"complaints": rows}).decode())
    elif counts and not as_json:
        typer.echo(f"{rows:,} counts of complaints were taken in: evidence, never a count of people")
    return logs, rows


def _words(told: Ingested) -> str:
    lines = [
        f"{told.lines:,} lines: {told.fetches:,} fetches of live channels, {told.events:,} events of players",
        f"{told.beats:,} beats were made of them",
        f"{told.other:,} lines were of other things, {told.malformed:,} could not be read",
        *told.samples,
    ]
    if told.unknown_keys:
        lines.append("unknown keys: " + ", ".join(f"{key} {count:,}" for key, count in told.unknown_keys.items()))
    return "\n".join(lines)
