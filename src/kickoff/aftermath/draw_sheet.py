"""Where is the sheet of a draw? Kept in the night's journal as soon as it was held, published with the status page.

The sheet is two public files: `draw.json` (commitment, secret, seed, counts) and `draw-list.txt`, a line a ticket:
lane, number, and the hash that its holder can make of the ticket. `kickoff draw verify` needs nothing else.

A line names nobody, so it outlives that somebody is forgotten; it can only be made while their subject is known.
Therefore `kickoff forget` keeps the sheet first. Who was forgotten before the draw stands on it as nobody, for the door
that read its log back and for the list alike.

    DrawError    the list does not give the seed that was drawn: somebody on it was forgotten before it was kept
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from kickoff.aftermath.drawn import draw_of
from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.facts import NULL_SUBJECT, Fact
from kickoff.night import Night
from kickoff.notices.html import ShownDraw
from kickoff.plumbing.key_files import KeysError, load
from kickoff.run_folder import RunFolder
from kickoff.waiting_room.draw import Ballot, Draw, commitment_of, digest_of, leaf_of, secret_of, seed_of

SHEET, LIST = "draw.json", "draw-list.txt"
_ACTS = ["at", "fact", "lane", "place", "code"]
_JOINS = ["at", "fact", "subject", "lane", "place"]


class DrawError(Exception):
    """The draw cannot be shown any more. Its text says of which night, and why."""


class Sheet(Struct, frozen=True, kw_only=True):
    """What is published of a draw. Bytes in hexadecimal."""

    night: str
    commitment: str
    secret: str
    seed: str
    counts: dict[str, int]


def keep(folder: RunFolder) -> bool:
    """Keep the sheet of the night's draw beside its log; False: none was held, so far.

    Raises `DrawError`, `JournalError`, and `KeysError` where the secret is lost.
    """
    sheet = folder.journal / SHEET
    if sheet.is_file():
        return True
    view = JournalView(folder.journals, folder.night)
    draw = draw_of(view.facts(columns=_ACTS, where=[Fact.OPERATOR]))
    if draw is None:
        return False
    secret = secret_of(load(folder.root).source_key, folder.night)
    joined = view.facts(columns=_JOINS, where=[Fact.JOINED])
    listed = _fresh(folder.journal / LIST)
    with listed.open("w", encoding="ascii") as file:
        digest = _write(file, joined, draw, folder.night)
    if seed_of(secret, digest) != draw.seed:
        listed.unlink()
        message = (
            f"{folder.night}: its list no longer gives the seed that was drawn; "
            "a ticket of it was forgotten, or the keys are others"
        )
        raise DrawError(message)
    listed.replace(folder.journal / LIST)
    told = Sheet(
        night=folder.night,
        commitment=commitment_of(secret),
        secret=secret.hex(),
        seed=draw.seed.hex(),
        counts=draw.counts,
    )
    # Written last: where it stands, the list is whole.
    fresh = _fresh(sheet)
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(told)))
    fresh.replace(sheet)
    return True


def publish(folder: RunFolder) -> Sheet | None:
    """Lay the sheet beside the status page; None: no draw was held, so far. Raises as `keep`."""
    if not keep(folder):
        return None
    kept, shown = folder.journal, folder.root / "status"
    raw = (kept / SHEET).read_bytes()
    if not ((shown / SHEET).is_file() and (shown / LIST).is_file() and (shown / SHEET).read_bytes() == raw):
        shown.mkdir(parents=True, exist_ok=True)
        for name in (LIST, SHEET):
            fresh = _fresh(shown / name)
            shutil.copyfile(kept / name, fresh)
            fresh.replace(shown / name)
    return msgspec.json.decode(raw, type=Sheet)


def shown_draw(folder: RunFolder, night: Night) -> ShownDraw | None:
    """What the public page says of the draw, its sheet beside it once it was held; None: there is none to show."""
    if not night.door.draw:
        return None
    try:
        if sheet := publish(folder):
            return ShownDraw(commitment=sheet.commitment, secret=sheet.secret, seed=sheet.seed)
        # A line that many doors share is not drawn: a door of its own keeps this file.
        if (folder.state / "door.sqlite").is_file():
            return ShownDraw(commitment=commitment_of(secret_of(load(folder.root).source_key, folder.night)))
    except (DrawError, KeysError, JournalError, OSError):
        # The page says what it has to say, whatever the disk or the journal is like.
        pass
    return None


def _fresh(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.new")


def _write(file: TextIO, joined: pa.Table, draw: Draw, night: str) -> bytes:
    """Write the list, lanes by name, numbers upwards: `lane number leaf`. Returns its digest."""
    lanes = {lane: _of_lane(joined, lane, count) for lane, count in sorted(draw.counts.items()) if count}
    return digest_of({lane: _written(file, rows, lane, night) for lane, rows in lanes.items()})


def _of_lane(joined: pa.Table, lane: str, count: int) -> pa.Table:
    return joined.filter((pc.field("lane") == lane) & (pc.field("place") <= count)).sort_by("place")


def _written(file: TextIO, rows: pa.Table, lane: str, night: str) -> Iterator[tuple[int, bytes]]:
    for number, subject in zip(rows["place"].to_pylist(), rows["subject"].to_pylist(), strict=True):
        # Who was forgotten has no subject: the door reads the same of its log.
        known = NULL_SUBJECT if subject is None else subject
        leaf = leaf_of(night, Ballot(lane=lane, number=number, subject=known))
        file.write(f"{lane} {number} {leaf.hex()}\n")
        yield number, leaf
