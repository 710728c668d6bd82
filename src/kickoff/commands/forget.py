"""`kickoff forget FOLDER --account N`: takes one subscriber out of every night of a run folder."""

import json
import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from kickoff.aftermath.draw_sheet import DrawError, keep
from kickoff.aftermath.erasure import Erased, erase
from kickoff.aftermath.evenings import forget as forget_evening
from kickoff.aftermath.journal import JournalError, is_night
from kickoff.aftermath.manifest import ManifestError
from kickoff.aftermath.object_copy import Pusher
from kickoff.aftermath.sealing_process import nights_with_log
from kickoff.commands import BadInput
from kickoff.plumbing.key_files import KEYS_FILE, KeysError, load
from kickoff.plumbing.object_store import ObjectStore, StoreError
from kickoff.run_folder import RunFolder
from kickoff.seals import account_subject
from kickoff.settings import read_settings
from kickoff.units import Subject

NOTHING_FOUND = 1


def command(
    folder: Annotated[Path, typer.Argument(help="The run folder, such as out/psg-juventus.")],
    *,
    account: Annotated[int | None, typer.Option("--account", help="The account's number.")] = None,
    subject: Annotated[int | None, typer.Option("--subject", help="Instead: its subject in the journal.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Forget one subscriber: in the log, the tables and the list of subscribers of all nights of FOLDER."""
    root = folder / "journal"
    if not root.is_dir():
        raise BadInput(f"{root}: there is no such folder; name a run folder, made by `kickoff run NIGHT.toml`")
    who = _subject(folder, account, subject)
    try:
        nights = [path.name for path in sorted(root.iterdir()) if is_night(path)]
        for night in nights:
            _keep_draw(RunFolder(folder, night))
        erased = [erase(root, night, who) for night in nights]
        forget_evening(RunFolder(folder, ""), who)
        if store := read_settings(os.environ).journal.store:
            pusher = Pusher(ObjectStore(store))
            for path in nights_with_log(root):
                pusher.push(path, anew=True)
    except (JournalError, ManifestError, StoreError) as error:
        raise BadInput(str(error)) from error
    if as_json:
        typer.echo(json.dumps({"nights": msgspec.to_builtins(erased)}))
    else:
        typer.echo("\n".join(map(_line, erased)) or f"{root}: holds no night")
    if not any(found.facts or found.rows for found in erased):
        raise typer.Exit(NOTHING_FOUND)


def _subject(folder: Path, account: int | None, subject: int | None) -> Subject:
    if (account is None) == (subject is None):
        raise BadInput("forget: name one of --account and --subject")
    if subject is not None:
        return Subject(subject)
    assert account is not None, "one of both is given"
    try:
        return Subject(account_subject(load(folder).subject_key, account))
    except KeysError as error:
        raise BadInput(f"{error}; without {KEYS_FILE} of that season name the --subject itself") from error


def _keep_draw(run: RunFolder) -> None:
    """The draw stays checkable without whoever is forgotten; where that cannot be, they are forgotten all the same."""
    try:
        keep(run)
    except (DrawError, KeysError) as error:
        typer.echo(f"the draw of {run.night} can no longer be checked: {error}", err=True)


def _line(found: Erased) -> str:
    if not found.facts and not found.rows:
        return f"{found.night}: not there"
    return f"{found.night}: {found.facts:,} facts and {found.rows:,} other rows no longer name anybody"
