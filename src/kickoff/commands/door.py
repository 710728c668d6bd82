"""`kickoff door FOLDER`: the front door of a night, with the conductor's tick."""

import os
from pathlib import Path
from typing import Annotated

import typer

from kickoff.commands import BadInput
from kickoff.door.serve import DoorError, serve_door
from kickoff.night_folder import played_night
from kickoff.plumbing.asgi import PortTakenError
from kickoff.plumbing.key_files import KeysError
from kickoff.run_folder import RunFolder
from kickoff.settings import read_settings


def command(
    folder: Annotated[Path, typer.Argument(help="The run folder, such as out/psg-juventus.")],
    *,
    open_to_all: Annotated[bool, typer.Option("--open", help="No line: everybody is let in at once.")] = False,
) -> None:
    """Serve the door of the night in FOLDER until stopped; started again, it goes on where its log ends.

    With KICKOFF_VALKEY_URL set it is one of many: start as many as you like, and `kickoff conduct` beside them.
    """
    settings = read_settings(os.environ)
    night = played_night(folder)
    try:
        if not settings.valkey.url:
            serve_door(RunFolder(folder, night.name), night, settings, open_to_all=open_to_all)
        elif open_to_all:
            raise BadInput("door: --open keeps no line, so there is none to share; unset KICKOFF_VALKEY_URL")
        else:
            # The driver takes a third of the start, and only a door among many needs it.
            from kickoff.door.serve_shared import serve_shared_door  # noqa: PLC0415

            serve_shared_door(RunFolder(folder, night.name), night, settings)
    except PortTakenError as error:
        raise BadInput(f"door: {error}, or set KICKOFF_DOOR_PORT") from error
    except (DoorError, KeysError) as error:
        raise BadInput(f"door: {error}") from error
