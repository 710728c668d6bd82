"""`kickoff backend FOLDER`: the sample streaming service, a process of its own so that its overload is real."""

import os
from pathlib import Path
from typing import Annotated

import typer

from kickoff.backend.film import FilmError
from kickoff.backend.service import prepare, serve_backend
from kickoff.commands import BadInput
from kickoff.night_folder import played_night
from kickoff.plumbing.asgi import PortTakenError
from kickoff.settings import read_settings


def command(
    folder: Annotated[Path, typer.Argument(help="The run folder, such as out/psg-juventus.")],
    *,
    only_prepare: Annotated[bool, typer.Option("--prepare", help="Encode the channels, then end.")] = False,
) -> None:
    """Serve subscribers, sign-in and live channels of the night in FOLDER until stopped."""
    settings = read_settings(os.environ).backend
    try:
        if only_prepare:
            prepare(folder, played_night(folder), settings, progress=_Lines().show)
        else:
            serve_backend(folder, settings, progress=_Lines().show)
    except PortTakenError as error:
        raise BadInput(f"backend: {error}, or set KICKOFF_BACKEND_PORT") from error
    except FilmError as error:
        raise BadInput(f"backend: {error}") from error


class _Lines:
    """Says every tenth of a channel once, as plain lines that whoever started us may show as a bar."""

    def __init__(self) -> None:
        self._said = ""

    def show(self, channel: str, share: float) -> None:
        line = f"backend encodes {channel}: {10 * int(share * 10)} %"
        if line != self._said:
            typer.echo(line)
            self._said = line
