"""How is one subscriber forgotten? Everything that names them is taken out of every night; that it happened stays.

In the log and in the tables of facts, a row of theirs keeps its instant, fact, lane, place, channel and code, so that
places, rates and failures still add up; who it was, with what, from where and for how long becomes null. Spans,
viewer-minutes, viewers and subscribers lose their rows. A device that stood in line before it signed in is recorded
under a subject of its own; the place that it redeemed leads to it, and it is forgotten too.

Nothing may write to the journal meanwhile. Killed halfway and run again, it ends the same.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from kickoff.aftermath.journal import JournalView
from kickoff.aftermath.live import FOLDER as LIVE
from kickoff.aftermath.log_files import SUFFIX
from kickoff.aftermath.manifest import read_manifest, write_manifest
from kickoff.aftermath.sealing import finish, sweep
from kickoff.facts import KIND_FACT, NULL_INT, NULL_SUBJECT, RECORD, Fact, Lane
from kickoff.plumbing.parquet_files import read_tables, write_table
from kickoff.units import Subject

KEPT = ("at", "fact", "lane", "place", "channel", "code")
"""What stays of an erased row."""
_RECORD_KEPT = frozenset({"kind", *KEPT})


class Erased(Struct, frozen=True, kw_only=True):
    """What was taken out of one night."""

    night: str
    subjects: int
    """The account's and those of its devices."""
    facts: int
    rows: int
    """Rows of spans, viewers and subscribers."""


def erase(root: Path, night: str, subject: Subject) -> Erased:
    """Forget a subject in one night. Raises `JournalError`, `ManifestError`."""
    view = JournalView(root, night)
    folder = view.folder
    devices = _devices_of(view, subject)
    # The account comes last: until then its sign-ins lead to its devices, also after being killed.
    counts = [_take_out(folder, subjects) for subjects in (devices, [int(subject)]) if subjects]
    facts, rows = (sum(count[part] for count in counts) for part in (0, 1))
    manifest = read_manifest(folder)
    if manifest and (facts or rows):
        # The numbers of the viewers have moved: the viewer-minutes are counted anew.
        new = msgspec.structs.replace(manifest, minutes=())
        write_manifest(folder, new)
        sweep(folder, new)
        finish(folder, view.night, view.subscribers())
    return Erased(night=night, subjects=len(devices) + 1, facts=facts, rows=rows)


def _devices_of(view: JournalView, subject: Subject) -> list[int]:
    """The subjects of the devices whose places this subject redeemed when it signed in."""
    facts = view.facts(columns=["fact", "subject", "lane", "place"], where=[Fact.JOINED, Fact.SIGNED_IN])
    # A place is one only in its lane: the same number of another lane is somebody else's.
    lane = facts["lane"].cast(pa.string()).fill_null(str(Lane.MAIN))
    where = pc.binary_join_element_wise(lane, facts["place"].cast(pa.string()), ".")
    facts = facts.append_column("where", where)
    held = facts.filter((pc.field("fact") == str(Fact.SIGNED_IN)) & (pc.field("subject") == subject))["where"]
    led = facts.filter(
        (pc.field("fact") == str(Fact.JOINED)) & pc.field("where").isin(held.drop_null().combine_chunks())
    )
    return sorted({found for found in led["subject"].to_pylist() if found not in {None, subject}})


def _take_out(folder: Path, subjects: list[int]) -> tuple[int, int]:
    """Take these subjects out of every file of a night: (facts, other rows) that named them."""
    logs = sorted((folder / "log").glob(f"*{SUFFIX}"))
    manifest = read_manifest(folder)
    if manifest:
        tables = [folder / name for name in manifest.facts]
    else:
        tables = [] if logs else sorted((folder / "facts").rglob("*.parquet"))
    in_log = sum(_erase_log(path, subjects) for path in logs)
    in_tables = sum(_erase_facts(path, subjects) for path in tables)
    # Sketches hold hashes of subjects: they are made anew from the log when somebody asks for them again.
    shutil.rmtree(folder / LIVE, ignore_errors=True)
    rows = _without(folder / "subscribers.parquet", subjects)
    if manifest:
        rows += sum(_without(folder / name, subjects) for name in (*manifest.spans, *manifest.known))
    else:
        rows += _erase_foreign_viewers(folder, subjects)
    # What is sealed stands in both; the log has the beats besides.
    return max(in_log, in_tables), rows


def _erase_log(path: Path, subjects: Iterable[int]) -> int:
    """Overwrite records in place: their number and order stay, and so does every position that is kept elsewhere."""
    size = path.stat().st_size // RECORD.itemsize
    if size == 0:
        return 0
    records = np.memmap(path, dtype=RECORD, mode="r+", shape=(size,))
    rows = np.flatnonzero((records["kind"] == KIND_FACT) & np.isin(records["subject"], list(subjects)))
    for name in RECORD.names or ():
        if name not in _RECORD_KEPT:
            signed = NULL_SUBJECT if name == "subject" else NULL_INT
            records[name][rows] = signed if RECORD[name].kind == "i" else 0
    records.flush()
    return int(rows.size)


def _erase_facts(path: Path, subjects: Iterable[int]) -> int:
    """Rewrite one table of facts with nulls in the rows of these subjects; how many rows."""
    table = read_tables([path])[0]
    theirs = pc.fill_null(pc.is_in(table["subject"], value_set=pa.array(list(subjects), pa.int64())), fill_value=False)
    count = int(pc.sum(theirs).as_py() or 0)
    if count:
        columns = [
            column if name in KEPT else pc.if_else(theirs, pa.scalar(None, column.type), column)
            for name, column in zip(table.column_names, table.columns, strict=True)
        ]
        write_table(path, pa.table(columns, schema=table.schema))
    return count


def _without(path: Path, subjects: Iterable[int]) -> int:
    """Rewrite one table without the rows of these subjects; how many rows went."""
    if not path.is_file():
        return 0
    table = read_tables([path])[0]
    others = table.filter(~pc.field("subject").isin(list(subjects)))
    if others.num_rows < table.num_rows:
        write_table(path, others, metadata=_texts(table.schema.metadata))
    return int(table.num_rows - others.num_rows)


def _erase_foreign_viewers(folder: Path, subjects: Iterable[int]) -> int:
    """Viewers and their minutes in a journal that somebody else sealed: numbers stay, rows go."""
    path = folder / "viewers.parquet"
    if not path.is_file():
        return 0
    viewers = read_tables([path])[0]
    numbers = viewers.filter(pc.field("subject").isin(list(subjects)))["viewer"].to_pylist()
    rows = 0
    for file in sorted((folder / "minutes").rglob("*.parquet")):
        table = read_tables([file])[0]
        others = table.filter(~pc.field("viewer").isin(numbers))
        if others.num_rows < table.num_rows:
            write_table(file, others)
            rows += int(table.num_rows - others.num_rows)
    return rows + _without(path, subjects)


def _texts(metadata: dict[bytes, bytes] | None) -> dict[str, str]:
    return {key.decode(): value.decode() for key, value in (metadata or {}).items()}
