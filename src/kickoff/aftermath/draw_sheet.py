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
from kickoff.waiting_room.draw import Draw, commitment_of, secret_of, seed_of
from kickoff.waiting_room.draw_list import LIST, digest_in, write_list
from kickoff.waiting_room.skips import Skips

SHEET = "draw.json"
_ACTS = ["at", "fact", "lane", "place", "code"]
_JOINS = ["at", "fact", "subject", "lane", "place"]


class DrawError(Exception):
    """The draw cannot be shown any more. Its text says of which night, and why."""


class Sheet(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is published of a draw. Bytes in hexadecimal."""

    night: str
    commitment: str
    secret: str
    seed: str
    counts: dict[str, int]
    """Lane → how many were drawn."""
    skips: dict[str, Skips] = {}
    """Lane → numbers that nobody has (first, last): a shared line went on beyond them after a failover."""


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
    if not _is_kept(folder.journal / LIST, draw, secret) and not _is_made(folder.journal / LIST, draw, secret, view):
        message = (
            f"{folder.night}: its list no longer gives the seed that was drawn; "
            "a ticket of it was forgotten, or the keys are others"
        )
        raise DrawError(message)
    told = Sheet(
        night=folder.night,
        commitment=commitment_of(secret),
        secret=secret.hex(),
        seed=draw.seed.hex(),
        counts=draw.counts,
        skips={lane: gaps for lane, gaps in draw.skips.items() if gaps},
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
        if not _is_called(folder):
            return ShownDraw(commitment=commitment_of(secret_of(load(folder.root).source_key, folder.night)))
    except (DrawError, KeysError, JournalError, OSError):
        # The page says what it has to say, whatever the disk or the journal is like.
        pass
    return None


def _is_called(folder: RunFolder) -> bool:
    """Whether anybody was called, and nobody drawn: then it is too late for a draw."""
    called = JournalView(folder.journals, folder.night).facts(columns=["at", "fact"], where=[Fact.CALLED])
    return bool(len(called))


def _fresh(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.new")


def _is_kept(listed: Path, draw: Draw, secret: bytes) -> bool:
    """Whether the list lies there as it was drawn from: of a line of many doors whoever led kept it."""
    try:
        with listed.open(encoding="ascii") as lines:
            return seed_of(secret, digest_in(lines)) == draw.seed
    except (OSError, ValueError):
        return False


def _is_made(listed: Path, draw: Draw, secret: bytes, view: JournalView) -> bool:
    """Make the list from who joined; False: it does not give the seed."""
    joined = view.facts(columns=_JOINS, where=[Fact.JOINED])
    lanes = {lane: _of_lane(joined, lane, draw.order(lane).last) for lane, count in draw.counts.items() if count}
    fresh = _fresh(listed)
    with fresh.open("w", encoding="ascii") as file:
        digest = write_list(file, view.night.name, {lane: _tickets(rows) for lane, rows in lanes.items()})
    if seed_of(secret, digest) != draw.seed:
        fresh.unlink()
        return False
    fresh.replace(listed)
    return True


def _of_lane(joined: pa.Table, lane: str, last: int) -> pa.Table:
    return joined.filter((pc.field("lane") == lane) & (pc.field("place") <= last)).sort_by("place")


def _tickets(rows: pa.Table) -> Iterator[tuple[int, int]]:
    # Who was forgotten has no subject: the door reads the same of its log.
    subjects = pc.fill_null(rows["subject"], NULL_SUBJECT)
    return zip(rows["place"].to_pylist(), subjects.to_pylist(), strict=True)
