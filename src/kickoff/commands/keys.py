"""`kickoff keys [rotate|guests|operator] FOLDER`: a night's secrets made, rotated; their names shown.

`guests` prints claims to places in the operator's own lane instead, one a line; `operator` a token for the operator's
acts.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from kickoff.accounts.sessions import GUEST_PURPOSE, OPERATOR_PURPOSE, GuestClaims, OperatorClaims
from kickoff.clock import WallClock
from kickoff.commands import BadInput, name_of, night_of
from kickoff.door.operator import WHO_CHARACTERS_MAX
from kickoff.door.state import random_number
from kickoff.plumbing import key_files
from kickoff.seals import Seals
from kickoff.units import US_PER_S

OPERATOR_HOURS_MAX = 24.0
"""A token of which nobody knows any more who holds it is good for one evening at most."""


def command(
    what: Annotated[
        str,
        typer.Argument(help="`rotate`, `guests` or `operator`, or the run folder.", metavar="[rotate|guests|operator]"),
    ],
    folder: Annotated[Path | None, typer.Argument(help="The run folder.")] = None,
    *,
    rotate: Annotated[bool, typer.Option("--rotate", help="The same as `rotate`.")] = False,
    revoke: Annotated[str, typer.Option(help="The id of a key whose tokens are refused from now on.")] = "",
    night: Annotated[str, typer.Option(help="guests: the name of the night that the claims are good for.")] = "",
    count: Annotated[int, typer.Option(help="guests: so many claims, each to one place.", min=1, max=10_000)] = 1,
    name: Annotated[str, typer.Option(help="operator: who it is, as the journal writes beside each act.")] = "",
    hours: Annotated[
        float, typer.Option(help="guests, operator: good for so long; an operator's 24 at most.", min=0.01, max=720.0)
    ] = 24.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Make the keys of a night where there are none, rotate them on demand, show their ids; or sign claims and tokens.

    After a rotation the new keys sign, and the old ones verify until their last token has expired. Doors that run take
    the new keys within a second.
    """
    if folder is None:
        folder, what = Path(what), ""
    _check(what, folder, night=night, name=name, hours=hours)
    keys = _keys(folder, rotate=rotate or what == "rotate", revoke=revoke)
    if what == "guests":
        claims = _claims(keys, night=night_of(folder, night), count=count, hours=hours)
        typer.echo(json.dumps({"night": night, "claims": claims}) if as_json else "\n".join(claims))
        return
    if what == "operator":
        token, until = _operator(keys, name=name, hours=hours)
        typer.echo(json.dumps({"name": name.strip(), "token": token, "expires_at": until}) if as_json else token)
        return
    ids = {"seals": [key.id for key in keys.seals], "signing": [key.id for key in keys.signing]}
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), **ids}))
        return
    for ring, names in ids.items():
        typer.echo(f"{ring:<8} {' '.join(names)}  (the first one signs)")


def _check(what: str, folder: Path, *, night: str, name: str, hours: float) -> None:
    """Whether the options fit the act. Raises `BadInput`."""
    if what not in {"", "rotate", "guests", "operator"}:
        raise BadInput(f"keys {what}: there is no such act; write `kickoff keys rotate {folder}`")
    if what == "guests" and not night:
        raise BadInput(f"keys guests: for which night? Write `kickoff keys guests {folder} --night NAME`")
    if night and what != "guests":
        raise BadInput("--night: only `keys guests` is of one night; the keys are of all nights of the folder")
    if what != "operator":
        if name:
            raise BadInput("--name: only an operator's token bears a name; write `kickoff keys operator`")
        return
    if not name:
        raise BadInput(f"keys operator: whose? Write `kickoff keys operator {folder} --name WHO`")
    if len(name_of(name, what="--name")) > WHO_CHARACTERS_MAX:
        raise BadInput(f"--name: the journal keeps {WHO_CHARACTERS_MAX} characters of it; write a shorter one")
    if hours > OPERATOR_HOURS_MAX:
        raise BadInput(f"--hours {hours:g}: an operator's token is good for {OPERATOR_HOURS_MAX:g} hours at most")


def _operator(keys: key_files.Keys, *, name: str, hours: float) -> tuple[str, int]:
    """A token for the operator's acts on all nights of the folder, and until when it is good, microseconds UTC."""
    until = WallClock().now() + round(hours * 3600 * US_PER_S)
    claims = OperatorClaims(name=name.strip(), expires_at=until)
    return Seals(keys.seals).seal(OPERATOR_PURPOSE, claims), until


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
