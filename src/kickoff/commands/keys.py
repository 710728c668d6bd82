"""`kickoff keys [rotate] FOLDER`: make, show and rotate the secrets of a night; only their public names are printed."""

import json
from pathlib import Path
from typing import Annotated

import typer

from kickoff.clock import WallClock
from kickoff.commands import BadInput
from kickoff.plumbing import key_files


def command(
    what: Annotated[str, typer.Argument(help="`rotate` before the folder, or the run folder.", metavar="[rotate]")],
    folder: Annotated[Path | None, typer.Argument(help="The run folder.")] = None,
    *,
    rotate: Annotated[bool, typer.Option("--rotate", help="The same as `rotate`.")] = False,
    revoke: Annotated[str, typer.Option(help="The id of a key whose tokens are refused from now on.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Make the keys of a night where there are none, rotate them on demand, show their ids.

    After a rotation the new keys sign, and the old ones verify until their last token has expired. Doors that run take
    the new keys within a second.
    """
    if folder is None:
        folder = Path(what)
    elif what == "rotate":
        rotate = True
    else:
        raise BadInput(f"keys {what}: there is no such act; write `kickoff keys rotate {folder}`")
    keys = _keys(folder, rotate=rotate, revoke=revoke)
    ids = {"seals": [key.id for key in keys.seals], "signing": [key.id for key in keys.signing]}
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), **ids}))
        return
    for ring, names in ids.items():
        typer.echo(f"{ring:<8} {' '.join(names)}  (the first one signs)")


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
