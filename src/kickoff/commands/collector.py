"""`kickoff collector FOLDER --name N`: a token with which an edge or an app's gateway posts beats in batches."""

import json
from pathlib import Path
from typing import Annotated

import typer

from kickoff.clock import WallClock
from kickoff.commands import BadInput, name_of, night_of
from kickoff.door.collectors import COLLECTOR_PURPOSE, CONTENT_TYPE, CollectorClaims
from kickoff.night_folder import played_night
from kickoff.plumbing.key_files import KeysError, load
from kickoff.seals import Seals
from kickoff.units import US_PER_S

_DAY_US = 86_400 * US_PER_S


def command(
    folder: Annotated[Path, typer.Argument(help="The run folder, such as out/psg-juventus.")],
    *,
    name: Annotated[str, typer.Option("--name", help="Who collects, such as cdn-north.")],
    night: Annotated[str | None, typer.Option("--night", help="For which night; by default the folder's last.")] = None,
    days: Annotated[float, typer.Option("--days", min=0.01, max=400, help="How long it is good for.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Print a collector's token. It speaks for any stream of the night: give it to nobody else."""
    played = night_of(folder, night) if night is not None else played_night(folder).name
    collector = name_of(name, what="--name")
    try:
        seals = Seals(load(folder).seals)
    except KeysError as error:
        raise BadInput(str(error)) from error
    claims = CollectorClaims(name=collector, night=played, expires_at=WallClock().now() + round(days * _DAY_US))
    token = seals.seal(COLLECTOR_PURPOSE, claims)
    if as_json:
        typer.echo(json.dumps({"token": token, "night": played, "expires_at": claims.expires_at}))
    else:
        typer.echo(f"{token}\nPOST it as `Authorization: Bearer …` with {CONTENT_TYPE} to /v1/{played}/beacons")
