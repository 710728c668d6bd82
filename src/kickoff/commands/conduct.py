"""`kickoff conduct FOLDER`: leads a night of many doors, or stands by to."""

import os
from pathlib import Path
from typing import Annotated

import typer

from kickoff.commands import BadInput
from kickoff.conductor.lead import conduct
from kickoff.door.told import LogUnreadableError
from kickoff.night_folder import played_night
from kickoff.plumbing.claims import NameTakenError
from kickoff.plumbing.key_files import KeysError
from kickoff.plumbing.valkey import ValkeyError
from kickoff.run_folder import RunFolder
from kickoff.settings import read_settings


def command(
    folder: Annotated[Path, typer.Argument(help="The run folder, such as out/psg-juventus.")],
) -> None:
    """Decide for all doors of the night how many are called; of several conductors one leads, the others stand by."""
    settings = read_settings(os.environ)
    if not settings.valkey.url:
        raise BadInput("conduct: a door of its own conducts itself; set KICKOFF_VALKEY_URL where many share a line")
    night = played_night(folder)
    try:
        conduct(RunFolder(folder, night.name), night, settings)
    except (KeysError, LogUnreadableError, NameTakenError, ValkeyError) as error:
        raise BadInput(f"conduct: {error}") from error
