"""`kickoff keys [rotate|guests] FOLDER`: the secrets of a night: made, shown, rotated; only their names are printed.

`guests` prints claims to places in the operator's own lane instead, one a line.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from kickoff.accounts.sessions import GUEST_PURPOSE, GuestClaims
from kickoff.clock import WallClock
from kickoff.commands import BadInput, night_of
from kickoff.door.state import random_number
from kickoff.plumbing import key_files
from kickoff.seals import Seals
from kickoff.units import US_PER_S


def command(
    what: Annotated[str, typer.Argument(help="`rotate` or `guests`, or the run folder.", metavar="[rotate|guests]")],
    folder: Annotated[Path | None, typer.Argument(help="The run folder.")] = None,
    *,
    rotate: Annotated[bool, typer.Option("--rotate", help="The same as `rotate`.")] = False,
    revoke: Annotated[str, typer.Option(help="The id of a key whose tokens are refused from now on.")] = "",
    night: Annotated[str, typer.Option(help="guests: the name of the night that the claims are good for.")] = "",
    count: Annotated[int, typer.Option(help="guests: so many claims, each to one place.", min=1, max=10_000)] = 1,
    hours: Annotated[float, typer.Option(help="guests: good for so long.", min=0.01, max=720.0)] = 24.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Make the keys of a night where there are none, rotate them on demand, show their ids; or sign guests' claims.

    After a rotation the new keys sign, and the old ones verify until their last token has expired. Doors that run take
    the new keys within a second.
    """
    if folder is None:
        folder = Path(what)
    elif what == "rotate":
        rotate = True
    elif what != "guests":
        raise BadInput(f"keys {what}: there is no such act; write `kickoff keys rotate {folder}`")
    elif not night:
        raise BadInput(f"keys guests: for which night? Write `kickoff keys guests {folder} --night NAME`")
    if night and what != "guests":
        raise BadInput("--night: only `keys guests` is of one night; the keys are of all nights of the folder")
    keys = _keys(folder, rotate=rotate, revoke=revoke)
    if what == "guests":
        claims = _claims(keys, night=night_of(folder, night), count=count, hours=hours)
        typer.echo(json.dumps({"night": night, "claims": claims}) if as_json else "\n".join(claims))
        return
    ids = {"seals": [key.id for key in keys.seals], "signing": [key.id for key in keys.signing]}
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), **ids}))
        return
    for ring, names in ids.items():
        typer.echo(f"{ring:<8} {' '.join(names)}  (the first one signs)")


def _claims(keys: key_files.Keys, *, night: str, count: int, hours: float) -> list[str]:
    """Signed claims: who sends one as `claim` with a join stands in the operator's lane."""
    seals, until = Seals(keys.seals), WallClock().now() + round(hours * 3600 * US_PER_S)
    return [
        seals.seal(GUEST_PURPOSE, GuestClaims(night=night, number=random_number(), expires_at=until))
        for _ in range(count)
    ]


def _keys(folder: Path, *, rotate: bool, revoke: str) -> key_files.Keys:
    """The keys as they are now, after what was asked for."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder; name the folder of a run, or make it first")
    try:
        keys = key_files.load_or_create(folder)
        if rotate:
            keys = key_files.rotate(keys, at_us=WallClock().now())
        if revoke:
            keys = key_files.revoke(keys, revoke)
        if rotate or revoke:
            key_files.store(folder, keys)
    except key_files.KeysError as error:
        raise BadInput(str(error)) from error
    except OSError as error:
        raise BadInput(f"{folder}: {error.strerror}; choose a folder that can be written") from error
    return keys
