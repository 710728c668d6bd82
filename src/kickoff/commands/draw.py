"""`kickoff draw sheet FOLDER` publishes a draw; `kickoff draw verify SHEET` lets anyone check it, and any ticket."""

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from kickoff.aftermath.draw_check import Checked, Found, NotVerifiedError, check, place_of, ticket_in
from kickoff.aftermath.draw_sheet import SHEET, DrawError, Sheet, publish
from kickoff.aftermath.journal import JournalError
from kickoff.commands import BadInput
from kickoff.commands.report import run_folder
from kickoff.plumbing.key_files import KeysError
from kickoff.seals import SealError, unsealed
from kickoff.waiting_room.draw_list import LIST
from kickoff.waiting_room.tickets import TICKET_DECODER, TICKET_PURPOSE, TicketClaims

_NUMBER = re.compile(r"(?P<lane>[a-z_]{1,20})\.(?P<number>[1-9][0-9]{0,11})")


class Act(StrEnum):
    """What to do."""

    SHEET = "sheet"
    VERIFY = "verify"


def command(
    act: Annotated[Act, typer.Argument(help="sheet writes the public files of a draw; verify checks them.")],
    path: Annotated[Path, typer.Argument(help="sheet: the run folder. verify: draw.json, draw-list.txt beside it.")],
    *,
    ticket: Annotated[str, typer.Option(help="verify: a ticket, to find its line and compute its place.")] = "",
    number: Annotated[str, typer.Option(metavar="LANE.N", help="verify: instead, a ticket's lane and number.")] = "",
    commitment: Annotated[str, typer.Option(help="verify: the commitment as it was shown before the doors.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Publish or check the draw of those who came before the doors. Verify ends with 1 where something is wrong."""
    if act is Act.SHEET:
        _publish(path, as_json=as_json)
        return
    sheet, lines = _read(path)
    asked = _asked(ticket, number)
    checked: Checked | None = None
    found: Found | None = None
    wrong = ""
    try:
        checked = check(sheet, lines, commitment=commitment)
        found = _found(checked, asked)
    except NotVerifiedError as error:
        wrong = str(error)
    typer.echo(
        _document(sheet, checked, found, wrong=wrong, compared=bool(commitment))
        if as_json
        else _words(checked, found, wrong=wrong, compared=bool(commitment))
    )
    if wrong:
        raise typer.Exit(1)


def _publish(folder: Path, *, as_json: bool) -> None:
    run = run_folder(folder)
    try:
        sheet = publish(run)
    except (JournalError, KeysError, DrawError) as error:
        raise BadInput(str(error)) from error
    if sheet is None:
        raise BadInput(f"{folder}: no draw was held on this night; it is held when the doors open")
    target = run.root / "status"
    typer.echo(msgspec.json.encode(sheet).decode() if as_json else f"{target / SHEET}, {target / LIST}")


def _read(path: Path) -> tuple[Sheet, list[str]]:
    try:
        sheet = msgspec.json.decode(path.read_bytes(), type=Sheet)
        return sheet, path.with_name(LIST).read_text("ascii").splitlines()
    except OSError as error:
        raise BadInput(f"{error.filename}: {error.strerror}; name a draw.json with its {LIST} beside it") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise BadInput(f"{path}: this is not the sheet of a draw: {error}") from error


def _asked(ticket: str, number: str) -> TicketClaims | tuple[str, int] | None:
    """What to look up. Raises `BadInput` for what is neither a ticket nor a number."""
    if number:
        named = _NUMBER.fullmatch(number)
        if named is None:
            raise BadInput(f"--number {number}: write lane and number as the waiting page shows them, like main.400")
        return named["lane"], int(named["number"])
    try:
        claims: TicketClaims | None = unsealed(TICKET_PURPOSE, ticket, TICKET_DECODER) if ticket else None
    except SealError as error:
        raise BadInput(f"--ticket: {error}; give the ticket as the door gave it") from error
    return claims


def _found(checked: Checked, asked: TicketClaims | tuple[str, int] | None) -> Found | None:
    if asked is None:
        return None
    return ticket_in(checked, asked) if isinstance(asked, TicketClaims) else place_of(checked, *asked)


def _document(sheet: Sheet, checked: Checked | None, found: Found | None, *, wrong: str, compared: bool) -> str:
    counted = {"tickets": checked.tickets, "gaps": checked.gaps} if checked else {}
    told = {"night": sheet.night, "verified": not wrong, "wrong": wrong, "commitment_compared": compared, **counted}
    return json.dumps({**told, **(msgspec.structs.asdict(found) if found else {})})


def _words(checked: Checked | None, found: Found | None, *, wrong: str, compared: bool) -> str:
    if wrong or checked is None:
        return f"not verified: {wrong}"
    sheet = checked.sheet
    counted = f"{checked.tickets:,} tickets of {sheet.night}, {checked.gaps:,} numbers without a ticket"
    lines = [f"verified: {counted}, drawn by {sheet.seed[:16]}…"]
    if not compared:
        lines.append("commitment not compared with one that you saw before: give --commitment")
    if found and found.drawn:
        lines.append(f"lane {found.lane}, number {found.number:,} is drawn to place {found.place:,}")
    elif found:
        lines.append(f"lane {found.lane}, number {found.number:,} came after the doors: its place is its number")
    return "\n".join(lines)
