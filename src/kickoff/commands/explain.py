"""`kickoff explain JOURNAL --night N`: why, with what evidence, and what would settle it?"""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from kickoff.aftermath.answers import incidents, read, verdict
from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.commands import BadInput, instant_of
from kickoff.findings import Verdict
from kickoff.units import iso


def command(
    journal: Annotated[Path, typer.Argument(help="The folder of nights, such as out/psg-juventus/journal.")],
    *,
    night: Annotated[str, typer.Option("--night", help="Which night of the journal.")],
    at: Annotated[
        str | None, typer.Option("--at", help="As known at this instant (UTC), like 2022-09-06T19:15:00Z.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Print the cause among capacity, malice and fault, or that it is too early, with the evidence for and against."""
    try:
        evening = read(JournalView(journal, night, until=instant_of(at)))
        found = verdict(evening, incidents(evening))
    except JournalError as error:
        raise BadInput(str(error)) from error
    if as_json:
        typer.echo(msgspec.json.encode(_document(found)).decode())
        return
    shares = ", ".join(f"{cause} {share:.1%}" for cause, share in found.probabilities.items())
    typer.echo(f"{str(found.verdict).replace('_', ' ')} ({shares})")
    for evidence in found.evidence:
        typer.echo(f"  {evidence.weight:5.2f} for {evidence.favours:<9} {evidence.fact}")
    typer.echo(f"What would settle it: {found.settles}.")
    if found.next_statement_at is not None:
        typer.echo(f"Next statement at {iso(found.next_statement_at)}.")


def _document(found: Verdict) -> dict[str, object]:
    return {
        "verdict": str(found.verdict),
        "probabilities": found.probabilities,
        "evidence": found.evidence,
        "settles": found.settles,
        "next_statement_at": None if found.next_statement_at is None else iso(found.next_statement_at),
    }
