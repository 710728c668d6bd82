"""`kickoff journal FOLDER`: seals the log of the nights in a run folder into tables, while they are being played."""

import os
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from kickoff.aftermath.journal import JournalError
from kickoff.aftermath.log_files import LogError
from kickoff.aftermath.manifest import ManifestError
from kickoff.aftermath.object_copy import Pusher
from kickoff.aftermath.sealing_process import (
    nights_with_log,
    seal_everything,
    seal_while_it_runs,
    sum_while_it_runs,
)
from kickoff.clock import WallClock
from kickoff.commands import BadInput
from kickoff.plumbing.object_store import ObjectStore, StoreError
from kickoff.settings import read_settings


def command(
    folder: Annotated[Path, typer.Argument(help="The run folder, such as out/psg-juventus.")],
    *,
    once: Annotated[bool, typer.Option("--once", help="Seal all that is there, then end.")] = False,
) -> None:
    """Seal closed minutes of FOLDER/journal into tables until stopped, then everything."""
    root = folder / "journal"
    if not root.is_dir():
        raise BadInput(f"{root}: there is no such folder; name a run folder, made by `kickoff run NIGHT.toml`")
    settings = read_settings(os.environ).journal
    try:
        pusher = Pusher(ObjectStore(settings.store)) if settings.store else None
        if once:
            nights = seal_everything(root)
            if pusher:
                for night in nights_with_log(root):
                    pusher.push(night)
            typer.echo(f"journal: sealed {nights} night{'' if nights == 1 else 's'} in {root}")
            return
        stop = _stop_on_signals()
        clock = WallClock()
        summing = threading.Thread(
            target=sum_while_it_runs, args=(root, stop, _warn), kwargs={"clock": clock}, daemon=True
        )
        summing.start()
        typer.echo(f"journal ready, sealing {root}")
        seal_while_it_runs(root, clock=clock, pause=lambda: stop.wait(settings.seal_s), pusher=pusher, warn=_warn)
    except (JournalError, LogError, ManifestError, StoreError) as error:
        raise BadInput(str(error)) from error


def _warn(words: str) -> None:
    typer.echo(f"journal: {words}", err=True)


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    return stop
