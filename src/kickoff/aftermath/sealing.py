"""How does the log become tables? Closed minutes are sealed one by one; at the end everything is put together.

`seal_closed` may be called as often as one likes, also after being killed anywhere: what it does depends on nothing but
the folder, and counts only from the instant at which it replaces the manifest. `finish` seals the rest and compacts:
one file for each minute of facts, one of spans, the viewer-minutes. Both are needless to a reader, who sees the same
night before and after.

    facts/minute=YYYYmmddTHHMM/   all facts but beats of that minute (UTC)
    spans/                        when which stream was watching: all that the beats said (`audience.coverage`)
    known/                        what facts told of each subject
    minutes/, viewers.parquet     the viewer-minutes, and who the viewers are; written by `finish`
    channel_minutes.parquet       their sums by channel and minute
"""

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa

from kickoff.aftermath.fact_tables import NO_BEATS, SCHEMA, only, ordered, to_table
from kickoff.aftermath.log_files import SUFFIX, LogFiles, Piece
from kickoff.aftermath.manifest import VERSION, Manifest, read_manifest, write_manifest
from kickoff.aftermath.viewer_tables import KNOWN, KNOWN_COLUMNS, known_of, minutes_in_blocks, numbered_viewers
from kickoff.aftermath.viewer_tables import merge as merge_known
from kickoff.audience.coverage import BEAT_COLUMNS, LOOSE, as_loose, join, loose_spans_of, placed
from kickoff.audience.minutes import CHANNEL_MINUTES, channel_minutes_of, merge_channel_minutes
from kickoff.facts import Fact
from kickoff.night import Night
from kickoff.plumbing.parquet_files import UNFINISHED, read_tables, write_table, write_tables
from kickoff.units import US_PER_S, AtUs, instant

MINUTE_US = 60 * US_PER_S
LATE_US = 5 * US_PER_S
"""A minute is closed so long after its end. A fact that comes later still is sealed with a later one: none is lost."""
PARTS_MAX = 8
"""So many tables of spans are put together into one."""


def seal_closed(folder: Path, *, now: AtUs) -> bool:
    """Seal the minutes that are closed at `now`; whether there was anything to seal. Raises `LogError`."""
    return _seal(folder, before=AtUs((now - LATE_US) // MINUTE_US * MINUTE_US))


def finish(folder: Path, night: Night, subscribers: pa.Table) -> None:
    """Seal everything that the log holds, put tables together and count the viewer-minutes. Raises `LogError`."""
    _seal(folder, before=None)
    manifest = read_manifest(folder)
    if manifest is None or manifest.minutes:
        return
    version = manifest.version + 1
    spans = _joined_spans(folder, manifest.spans)
    viewers = numbered_viewers(_merged_known(folder, manifest.known), subscribers)
    minutes = f"minutes/part-{version:06d}.parquet"
    write_minutes(folder, minutes, minutes_in_blocks(placed(spans), viewers, night))
    new = msgspec.structs.replace(
        manifest,
        version=version,
        facts=_compacted_facts(folder, manifest.facts, version),
        spans=_write(folder, f"spans/part-{version:06d}.parquet", spans),
        minutes=(minutes,),
    )
    # The viewers' numbers belong to these minutes alone: a reader compares the versions.
    write_table(folder / "viewers.parquet", viewers, metadata={VERSION: str(version)})
    write_manifest(folder, new)
    sweep(folder, new)


def write_minutes(folder: Path, name: str, blocks: Iterable[pa.Table]) -> None:
    """Write the viewer-minutes block by block, and beside them their sums by channel and minute."""
    sums = [CHANNEL_MINUTES.empty_table()]

    def summed() -> Iterator[pa.Table]:
        for block in blocks:
            sums.append(channel_minutes_of(block))
            yield block

    write_tables(folder / name, summed(), repeats=True)
    write_table(folder / "channel_minutes.parquet", merge_channel_minutes(pa.concat_tables(sums)))


def _seal(folder: Path, *, before: AtUs | None) -> bool:
    manifest = read_manifest(folder) or Manifest()
    pieces = LogFiles(folder / "log", manifest.positions, before=before).read_new()
    if not pieces:
        return False
    sweep(folder, manifest)
    version = manifest.version + 1
    part = f"part-{version:06d}.parquet"
    facts = ordered(_concat(pieces, SCHEMA, NO_BEATS))
    beats = _concat(pieces, pa.schema([SCHEMA.field(name) for name in BEAT_COLUMNS]), [Fact.BEAT])
    known = known_of(_concat(pieces, pa.schema([SCHEMA.field(name) for name in KNOWN_COLUMNS]), tuple(Fact)))
    latest = [int(piece.records.facts["at"].max()) for piece in pieces if piece.records.facts.size]
    spans, known_parts = manifest.spans, manifest.known
    spans += _write(folder, f"spans/{part}", loose_spans_of(beats))
    known_parts += _write(folder, f"known/{part}", known)
    if len(spans) > PARTS_MAX:
        spans = _write(folder, f"spans/joined-{version:06d}.parquet", _joined_spans(folder, spans))
        known_parts = _write(folder, f"known/joined-{version:06d}.parquet", _merged_known(folder, known_parts))
    new = Manifest(
        version=version,
        positions=manifest.positions | {piece.file: piece.end for piece in pieces},
        facts=(*manifest.facts, *_write_by_minute(folder, facts, part)),
        spans=spans,
        known=known_parts,
        last_at=max(manifest.last_at, *latest) if latest else manifest.last_at,
    )
    write_manifest(folder, new)
    sweep(folder, new)
    return True


def _concat(pieces: list[Piece], schema: pa.Schema, facts: "list[Fact] | tuple[Fact, ...]") -> pa.Table:
    tables = [to_table(only(piece.records, facts), columns=schema.names) for piece in pieces]
    return pa.concat_tables([schema.empty_table(), *tables])


def _write_by_minute(folder: Path, facts: pa.Table, part: str) -> tuple[str, ...]:
    """One file for each minute; `facts` by time. Returns their names."""
    minute = np.asarray(facts["at"], dtype=np.int64) // MINUTE_US
    edges = np.flatnonzero(np.diff(minute, prepend=-1, append=-1))
    names: tuple[str, ...] = ()
    for start, end in itertools.pairwise(edges):
        label = instant(AtUs(int(minute[start]) * MINUTE_US)).strftime("%Y%m%dT%H%M")
        names += _write(folder, f"facts/minute={label}/{part}", facts.slice(start, end - start))
    return names


def _compacted_facts(folder: Path, names: tuple[str, ...], version: int) -> tuple[str, ...]:
    """The same facts with one file a minute."""
    by_minute: dict[str, list[str]] = {}
    for name in names:
        by_minute.setdefault(str(Path(name).parent), []).append(name)
    compacted: tuple[str, ...] = ()
    for minute, parts in sorted(by_minute.items()):
        if len(parts) == 1:
            compacted += tuple(parts)
            continue
        table = ordered(pa.concat_tables(read_tables([folder / part for part in parts])))
        compacted += _write(folder, f"{minute}/part-{version:06d}.parquet", table)
    return compacted


def _joined_spans(folder: Path, names: tuple[str, ...]) -> pa.Table:
    tables = map(as_loose, read_tables([folder / name for name in names]))
    return join(pa.concat_tables([LOOSE.empty_table(), *tables]))


def _merged_known(folder: Path, names: tuple[str, ...]) -> pa.Table:
    tables = [table.cast(KNOWN) for table in read_tables([folder / name for name in names])]
    return merge_known(pa.concat_tables([KNOWN.empty_table(), *tables]))


def _write(folder: Path, name: str, table: pa.Table) -> tuple[str, ...]:
    write_table(folder / name, table)
    return (name,)


def sweep(folder: Path, manifest: Manifest) -> None:
    """Remove tables that do not count: replaced by others, or left by a sealing that was killed.

    Only where there is a log: tables without one are somebody's journal, and nothing of ours.
    """
    if not any((folder / "log").glob(f"*{SUFFIX}")):
        return
    counted = {folder / name for name in (*manifest.facts, *manifest.spans, *manifest.known, *manifest.minutes)}
    for layer in ("facts", "spans", "known", "minutes"):
        for path in (folder / layer).rglob("*"):
            if path.suffix in {".parquet", UNFINISHED} and path not in counted:
                path.unlink(missing_ok=True)
