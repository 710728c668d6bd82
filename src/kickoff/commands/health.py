"""`kickoff health FOLDER --name N`: a token with which one of the operator's services posts its health."""

import json
from pathlib import Path
from typing import Annotated

import typer

from kickoff.clock import WallClock
from kickoff.commands import BadInput, name_of
from kickoff.door.health import HEALTH_PURPOSE, HealthClaims
from kickoff.night_folder import played_night
from kickoff.plumbing.key_files import KeysError, load
from kickoff.seals import Seals
from kickoff.units import US_PER_S

_DAY_US = 86_400 * US_PER_S


def command(
    folder: Annotated[Path, typer.Argument(help="The run folder, such as out/psg-juventus.")],
    *,
    name: Annotated[str, typer.Option("--name", help="Which service, such as entitlement.")],
    days: Annotated[float, typer.Option("--days", min=0.01, max=400, help="How long it is good for.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Print a service's token. Who holds it can slow the door down or speed it up: give it to nobody else."""
    night, service = played_night(folder).name, name_of(name, what="--name")
    try:
        seals = Seals(load(folder).seals)
    except KeysError as error:
        raise BadInput(str(error)) from error
    claims = HealthClaims(name=service, night=night, expires_at=WallClock().now() + round(days * _DAY_US))
    token = seals.seal(HEALTH_PURPOSE, claims)
    if as_json:
        typer.echo(json.dumps({"token": token, "night": night, "expires_at": claims.expires_at}))
    else:
        typer.echo(f"{token}\nPOST readings with `Authorization: Bearer …` to /v1/{night}/health")
