"""`kickoff notice JOURNAL --night N`: is something wrong, since when, and where?"""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from kickoff.aftermath.answers import incidents, read
from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.commands import BadInput, instant_of
from kickoff.findings import Incident, Scope
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs, iso


def command(
    journal: Annotated[Path, typer.Argument(help="The folder of nights, such as out/psg-juventus/journal.")],
    *,
    night: Annotated[str, typer.Option("--night", help="Which night of the journal.")],
    at: Annotated[
        str | None, typer.Option("--at", help="As known at this instant (UTC), like 2022-09-06T19:15:00Z.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Print every incident that the journal gives evidence of. Exit status 1: none."""
    until = instant_of(at)
    try:
        view = JournalView(journal, night, until=until)
        found, played = incidents(read(view)), view.night
    except JournalError as error:
        raise BadInput(str(error)) from error
    if as_json:
        typer.echo(msgspec.json.encode([_document(incident) for incident in found]).decode())
    else:
        typer.echo("\n".join(_line(incident, played) for incident in found) or "No incident.")
    if not found:
        raise typer.Exit(1)


def _document(incident: Incident) -> dict[str, object]:
    return {
        "noticed_at": iso(incident.noticed_at),
        "began_at": iso(incident.began_at),
        "ended_at": None if incident.ended_at is None else iso(incident.ended_at),
        "metric": str(incident.metric),
        "scope": incident.scope,
    }


def _line(incident: Incident, night: Night) -> str:
    def clock(at: AtUs) -> str:
        return night.match_clock((at - night.at(0)) / US_PER_S) if night.starts_at else iso(at)

    until = "still going on" if incident.ended_at is None else f"until {clock(incident.ended_at)}"
    took = (incident.noticed_at - incident.began_at) / US_PER_S
    metric = str(incident.metric).replace("_", " ")
    where = _where(incident.scope)
    return f"{metric} since {clock(incident.began_at)}, {until}; noticed after {took:.0f} s; where: {where}"


def _where(scope: Scope) -> str:
    sets = (" and ".join(f"{name} = {value}" for name, value in cause.items()) for cause in scope.causes)
    causes = ", or ".join(sets)
    if scope.verdict == "located":
        return causes or "cannot tell"
    if scope.verdict == "outside":
        return "outside the recorded dimensions"
    return f"cannot tell; the likeliest, at {scope.confidence:.0%}: {causes}" if causes else "cannot tell"
