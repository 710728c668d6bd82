"""Is this sheet that of a draw, and where does a ticket stand in it? Needs the two public files and no key.

Read strictly, for whoever wrote the files may be who is checked: each lane stands in one block, its numbers rise from 1
on, every hash has 32 bytes. Numbers may be missing, as a power cut leaves them; how many is said.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from kickoff.aftermath.draw_sheet import Sheet
from kickoff.waiting_room.draw import Ballot, Draw, commitment_of, digest_of, leaf_of, seed_of
from kickoff.waiting_room.draw_list import LIST
from kickoff.waiting_room.skips import Skips
from kickoff.waiting_room.tickets import TicketClaims

_LINE = re.compile(r"(?P<lane>[a-z_]{1,20}) (?P<number>[1-9][0-9]{0,11}) (?P<leaf>[0-9a-fA-F]{64})")
_WORD = re.compile(r"[0-9a-fA-F]{64}")
_Lanes = dict[str, list[tuple[int, bytes]]]


class NotVerifiedError(Exception):
    """What is checked does not fit. Its text says what."""


class Checked(Struct, frozen=True, kw_only=True):
    """A sheet that fits its list."""

    sheet: Sheet
    lanes: _Lanes
    """Lane → (number, leaf), numbers upwards."""

    @property
    def tickets(self) -> int:
        """How many lines the list has."""
        return sum(map(len, self.lanes.values()))

    @property
    def gaps(self) -> int:
        """How many numbers were drawn that no ticket has."""
        return sum(self.sheet.counts.values()) - self.tickets


class Found(Struct, frozen=True, kw_only=True):
    """Where a ticket stands."""

    lane: str
    number: int
    place: int
    drawn: bool
    """False: it came after the doors, and its place is its number."""


def check(sheet: Sheet, lines: Iterable[str], *, commitment: str = "") -> Checked:
    """The sheet, verified against its list, and against the commitment that was shown before, where it is given.

    Raises `NotVerifiedError`.
    """
    for name in ("commitment", "secret", "seed"):
        if not _WORD.fullmatch(getattr(sheet, name)):
            raise NotVerifiedError(f"the {name} is not 32 bytes in hexadecimal")
    secret = bytes.fromhex(sheet.secret)
    if commitment and commitment.strip().casefold() != sheet.commitment.casefold():
        raise NotVerifiedError("the commitment of the sheet is not the one that was shown")
    if commitment_of(secret) != sheet.commitment.casefold():
        raise NotVerifiedError("the secret is not the one that was committed to")
    lanes = _read(lines)
    _check_skips(sheet.skips, lanes)
    draw = drawn_by(sheet)
    if {lane: rows[-1][0] for lane, rows in lanes.items()} != {lane: draw.order(lane).last for lane in _drawn(sheet)}:
        raise NotVerifiedError("the list is not as long as the sheet says")
    if seed_of(secret, digest_of({lane: iter(rows) for lane, rows in lanes.items()})).hex() != sheet.seed.casefold():
        raise NotVerifiedError("the seed does not come from this secret and this list")
    return Checked(sheet=sheet, lanes=lanes)


def drawn_by(sheet: Sheet) -> Draw:
    """The draw that a sheet tells of."""
    return Draw(counts=sheet.counts, seed=bytes.fromhex(sheet.seed), skips=sheet.skips)


def _drawn(sheet: Sheet) -> list[str]:
    return [lane for lane, count in sheet.counts.items() if count]


def _check_skips(skips: Mapping[str, Skips], lanes: _Lanes) -> None:
    """Numbers that nobody has: ranges that rise, apart from each other, and no ticket in them."""
    for lane, gaps in skips.items():
        ends = [end for first, last in gaps for end in (first, last + 1)]
        if ends != sorted(ends) or (ends and ends[0] < 1):
            raise NotVerifiedError(f"the skips of the lane {lane} do not rise")
        for number, _ in lanes.get(lane, ()):
            before = bisect_right(gaps, (number, math.inf))
            if before and number <= gaps[before - 1][1]:
                raise NotVerifiedError(f"lane {lane}, number {number} is on the list and among the skips")


def place_of(checked: Checked, lane: str, number: int) -> Found:
    """Where a number stands. Raises `NotVerifiedError` for one that no ticket has."""
    sheet = checked.sheet
    order = drawn_by(sheet).order(lane)
    is_drawn = number <= order.last
    if is_drawn and _leaf(checked, lane, number) is None:
        raise NotVerifiedError(f"lane {lane}, number {number} is not on the list")
    place = order.place(number)
    return Found(lane=lane, number=number, place=place, drawn=is_drawn)


def ticket_in(checked: Checked, claims: TicketClaims) -> Found:
    """Where a ticket stands. Raises `NotVerifiedError` for one of another night, or that is not on the list."""
    sheet = checked.sheet
    if claims.night != sheet.night:
        raise NotVerifiedError(f"the ticket is of the night {claims.night}, the sheet of {sheet.night}")
    ballot = Ballot(lane=claims.lane, number=claims.place, subject=claims.subject)
    is_drawn = claims.place <= drawn_by(sheet).order(claims.lane).last
    if is_drawn and _leaf(checked, claims.lane, claims.place) != leaf_of(sheet.night, ballot):
        raise NotVerifiedError("this ticket is not on the list; ask the operator why")
    return place_of(checked, claims.lane, claims.place)


def _leaf(checked: Checked, lane: str, number: int) -> bytes | None:
    return dict[int, bytes](checked.lanes.get(lane, ())).get(number)


def _read(lines: Iterable[str]) -> _Lanes:
    lanes: _Lanes = {}
    last = ""
    for row, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line.removesuffix("\n"))
        if found is None:
            raise NotVerifiedError(f"{LIST}:{row}: not `lane number hash`, the hash 32 bytes in hexadecimal")
        lane, number = found["lane"], int(found["number"])
        if lane != last and lane in lanes:
            raise NotVerifiedError(f"{LIST}:{row}: the lane {lane} stands in more than one block")
        rows = lanes.setdefault(lane, [])
        if number <= _last_number(rows):
            raise NotVerifiedError(f"{LIST}:{row}: the numbers of the lane {lane} do not rise")
        rows.append((number, bytes.fromhex(found["leaf"])))
        last = lane
    return lanes


def _last_number(rows: Sequence[tuple[int, bytes]]) -> int:
    return rows[-1][0] if rows else 0
