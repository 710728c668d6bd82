"""`kickoff console FOLDER`: the room where the night is run."""

import os
from pathlib import Path
from typing import Annotated

import typer

from kickoff.commands import BadInput
from kickoff.console.service import serve_console
from kickoff.plumbing.asgi import PortTakenError
from kickoff.plumbing.key_files import KeysError
from kickoff.settings import read_settings


def command(folder: Annotated[Path, typer.Argument(help="The run folder, such as out/psg-juventus.")]) -> None:
    """Serve the console of the night in FOLDER: see it live, pause and cap the door."""
    try:
        serve_console(folder, read_settings(os.environ))
    except PortTakenError as error:
        raise BadInput(f"console: {error}, or set KICKOFF_CONSOLE_PORT") from error
    except KeysError as error:
        raise BadInput(f"console: {error}") from error
