"""`kickoff draw sheet FOLDER` publishes a draw; `kickoff draw verify SHEET` lets anyone check it, and any ticket."""

import json
from collections.abc import Iterator
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from kickoff.aftermath.drawn import COLUMNS, Sheet, draw_of, list_lines, sheet_of
from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.commands import BadInput
from kickoff.commands.report import run_folder
from kickoff.facts import Fact
from kickoff.plumbing import key_files
from kickoff.seals import SealError, unsealed
from kickoff.waiting_room.draw import Ballot, Draw, commitment_of, digest_of, leaf_of, secret_of, seed_of
from kickoff.waiting_room.tickets import TICKET_DECODER, TICKET_PURPOSE, TicketClaims

SHEET, LIST = "draw.json", "draw-list.txt"


class Act(StrEnum):
    """What to do."""

    SHEET = "sheet"
    VERIFY = "verify"


def command(
    act: Annotated[Act, typer.Argument(help="sheet writes the public files of a draw; verify checks them.")],
    path: Annotated[Path, typer.Argument(help="sheet: the run folder. verify: draw.json, draw-list.txt beside it.")],
    *,
    ticket: Annotated[str, typer.Option(help="verify: a ticket, to find its line and compute its place.")] = "",
    commitment: Annotated[str, typer.Option(help="verify: the commitment as it was shown before the doors.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Publish or check the draw of those who came before the doors. Verify ends with 1 where something is wrong."""
    if act is Act.SHEET:
        _publish(path, as_json=as_json)
        return
    sheet, lines = _read(path)
    wrong = _wrong(sheet, lines, commitment)
    found = _found(sheet, lines, ticket) if ticket and not wrong else {}
    if as_json:
        typer.echo(json.dumps({"night": sheet.night, "verified": not wrong, "wrong": wrong, **found}))
    elif wrong:
        typer.echo(f"not verified: {wrong}")
    else:
        total = sum(sheet.counts.values())
        typer.echo(f"verified: {total:,} tickets of {sheet.night}, drawn by {sheet.seed[:16]}…")
        if found:
            typer.echo("lane {lane}, number {number:,} is drawn to place {place:,}".format(**found))
    if wrong:
        raise typer.Exit(1)


def _publish(folder: Path, *, as_json: bool) -> None:
    run = run_folder(folder)
    try:
        view = JournalView(run.journals, run.night)
        facts = view.facts(columns=list(COLUMNS), where=[Fact.JOINED, Fact.OPERATOR])
        keys = key_files.load(run.root)
    except (JournalError, key_files.KeysError) as error:
        raise BadInput(str(error)) from error
    draw = draw_of(facts)
    if draw is None:
        raise BadInput(f"{folder}: no draw was held on this night; it is held when the doors open")
    target = run.root / "status"
    target.mkdir(parents=True, exist_ok=True)
    sheet = sheet_of(draw, night=run.night, secret=secret_of(keys.source_key, run.night))
    (target / LIST).write_text("".join(f"{line}\n" for line in list_lines(facts, draw, night=run.night)), "ascii")
    (target / SHEET).write_bytes(msgspec.json.format(msgspec.json.encode(sheet)))
    typer.echo(msgspec.json.encode(sheet).decode() if as_json else f"{target / SHEET}, {target / LIST}")


def _read(path: Path) -> tuple[Sheet, dict[str, list[tuple[int, bytes]]]]:
    """The sheet and, by lane, its list."""
    try:
        sheet = msgspec.json.decode(path.read_bytes(), type=Sheet)
        rows = list(_rows(path.with_name(LIST)))
    except OSError as error:
        raise BadInput(f"{error.filename}: {error.strerror}; name a draw.json with its {LIST} beside it") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise BadInput(f"{path}: this is not the sheet of a draw: {error}") from error
    return sheet, {lane: [row[1:] for row in group] for lane, group in groupby(rows, key=lambda row: row[0])}


def _rows(path: Path) -> Iterator[tuple[str, int, bytes]]:
    for line in path.read_text("ascii").splitlines():
        lane, number, leaf = line.split(" ")
        yield lane, int(number), bytes.fromhex(leaf)


def _wrong(sheet: Sheet, lines: dict[str, list[tuple[int, bytes]]], commitment: str) -> str:
    """What does not fit, in words; nothing where all does."""
    secret = bytes.fromhex(sheet.secret)
    if commitment and commitment != sheet.commitment:
        return "the commitment of the sheet is not the one that was shown"
    if commitment_of(secret) != sheet.commitment:
        return "the secret is not the one that was committed to"
    counts = {lane: count for lane, count in sheet.counts.items() if count}
    if {lane: rows[-1][0] for lane, rows in lines.items()} != counts:
        return "the list is not as long as the sheet says"
    if seed_of(secret, digest_of({lane: iter(rows) for lane, rows in lines.items()})).hex() != sheet.seed:
        return "the seed does not come from this secret and this list"
    return ""


def _found(sheet: Sheet, lines: dict[str, list[tuple[int, bytes]]], ticket: str) -> dict[str, object]:
    """Where the ticket stands. Raises `BadInput` for what is no ticket."""
    try:
        claims: TicketClaims = unsealed(TICKET_PURPOSE, ticket, TICKET_DECODER)
    except SealError as error:
        raise BadInput(f"--ticket: {error}; give the ticket as the door gave it") from error
    ballot = Ballot(lane=claims.lane, number=claims.place, subject=claims.subject)
    listed = dict(lines.get(claims.lane, ())).get(claims.place) == leaf_of(sheet.night, ballot)
    draw = Draw(counts=sheet.counts, seed=bytes.fromhex(sheet.seed))
    if claims.place <= sheet.counts.get(claims.lane, 0) and not listed:
        raise BadInput("--ticket: this ticket is not on the list; ask the operator why")
    place = draw.place(claims.lane, claims.place)
    return {"lane": claims.lane, "number": claims.place, "place": place, "drawn": listed}
