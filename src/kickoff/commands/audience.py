"""`kickoff audience JOURNAL --night N`: how many watched, and when."""

import shutil
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from kickoff.aftermath.audience_drawing import draw
from kickoff.aftermath.journal import PANEL_FILE, JournalError, JournalView
from kickoff.aftermath.object_copy import is_remote
from kickoff.audience import measure
from kickoff.audience.panel import PanelError, read_panel
from kickoff.commands import BadInput, instant_of
from kickoff.plumbing.parquet_files import write_bytes


def command(
    journal: Annotated[Path, typer.Argument(help="The folder of nights, such as out/psg-juventus/journal.")],
    *,
    night: Annotated[str, typer.Option("--night", help="Which night of the journal.")],
    at: Annotated[
        str | None, typer.Option("--at", help="As known at this instant (UTC), like 2022-09-06T19:15:00Z.")
    ] = None,
    panel: Annotated[
        Path | None, typer.Option("--panel", help="A panel's figures (TOML): kept with the night, shown beside ours.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Print average, peak and reach in accounts, by channel and in all, and draw the curve."""
    until = instant_of(at)
    try:
        view = JournalView(journal, night, until=until)
        if panel is not None:
            _enter(panel, view)
        others = view.panel()
        audience = measure(view.spans(), view.facts(), view.night, until)
        played = view.night
    except JournalError as error:
        raise BadInput(str(error)) from error
    if as_json:
        told = {"night": night, "at": at} | msgspec.to_builtins(audience) | {"panel": msgspec.to_builtins(others)}
        typer.echo(msgspec.json.encode(told).decode())
        return
    width = min(120, shutil.get_terminal_size().columns)
    typer.echo(draw(audience, played, until=until, width=width, panel=others))


def _enter(file: Path, view: JournalView) -> None:
    """Keep a panel's figures beside the night, once they can be read. Raises `BadInput`."""
    if is_remote(file) or view.is_copy:
        raise BadInput("--panel: enter it where the night was played; `kickoff journal` brings it to the store")
    try:
        text = file.read_text("utf-8")
        read_panel(text, source=str(file))
        write_bytes(view.folder / PANEL_FILE, text.encode())
    except OSError as error:
        raise BadInput(f"--panel {error.filename}: {error.strerror}; name a file of figures") from error
    except (UnicodeDecodeError, PanelError) as error:
        raise BadInput(f"--panel: {error}") from error
