"""`kickoff keys FOLDER`: make, show and rotate the secrets of a night; only their public names are printed."""

import json
from pathlib import Path
from typing import Annotated

import typer

from kickoff.commands import BadInput
from kickoff.plumbing import key_files


def command(
    folder: Annotated[Path, typer.Argument(help="The run folder.")],
    *,
    rotate: Annotated[bool, typer.Option("--rotate", help="Add new keys; the last two stay valid.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Make the keys of a night where there are none, rotate them on demand, show their ids."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder; name the folder of a run, or make it first")
    try:
        keys = key_files.load_or_create(folder)
        if rotate:
            keys = key_files.rotate(keys)
            key_files.store(folder, keys)
    except key_files.KeysError as error:
        raise BadInput(str(error)) from error
    except OSError as error:
        raise BadInput(f"{folder}: {error.strerror}; choose a folder that can be written") from error
    ids = {"seals": [key.id for key in keys.seals], "signing": [key.id for key in keys.signing]}
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), **ids}))
        return
    for ring, names in ids.items():
        typer.echo(f"{ring:<8} {' '.join(names)}  (the first one signs)")
