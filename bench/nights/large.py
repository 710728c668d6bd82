"""A whole evening of millions: the same night played once for each block of people, laid together by time."""

import shutil
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.nights.plans import KICK_OFF_MIN, Plan, Trouble, draw
from bench.nights.play import play
from bench.nights.store import ROOT, START, made_by, write_night

PEOPLE_IN_BLOCK = 115_000
SLICE_US = 10 * 60 * 1_000_000
SUBSCRIBERS_FOR_EACH = 4 / 3
ORDER = ("at", "fact", "subject", "stream", "place", "code")
"""How rows of a sealed journal lie."""


def large_night(viewers: int, root: Path = ROOT) -> tuple[Path, str, int]:
    """(root of journals, name of the night, facts) of an evening of so many; made when it is not there yet."""
    name = f"large-{viewers}"
    folder = root / made_by() / name
    journal = folder / name
    done = folder / "facts.txt"
    if not done.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        plan = _plan(name, min(viewers, PEOPLE_IN_BLOCK))
        blocks = max(1, round(viewers / PEOPLE_IN_BLOCK))
        subscribers = [_write_block(plan, number, folder / "blocks") for number in range(blocks)]
        facts = _lay_together(folder / "blocks", journal)
        write_night(journal, plan, START)
        pq.write_table(pa.concat_tables(subscribers), journal / "subscribers.parquet", compression="zstd")
        shutil.rmtree(folder / "blocks")
        done.write_text(str(facts))
    return folder, name, int(done.read_text())


def _plan(name: str, people: int) -> Plan:
    """Seven tenths of the sign-ins' capacity are lost for twenty minutes, then a delivery network fails for ten."""
    base = draw("judging", 0)
    minute = 60.0
    troubles = (
        Trouble(kind="nodes", begins=(KICK_OFF_MIN - 1) * minute, ends=(KICK_OFF_MIN + 19) * minute, share=0.7),
        Trouble(
            kind="cdn", begins=(KICK_OFF_MIN + 23) * minute, ends=(KICK_OFF_MIN + 33) * minute, where={"cdn": "two"},
            share=0.9,
        ),
    )  # fmt: skip
    drawn = base.drawn | {"subscribers": people * SUBSCRIBERS_FOR_EACH, "come": 1 / SUBSCRIBERS_FOR_EACH}
    return msgspec.structs.replace(
        base, name=name, scenario="mixed", minute_s=minute, open_door=False, on_playlist=False, drawn=drawn,
        troubles=troubles, unrecorded=(),
    )  # fmt: skip


def _write_block(plan: Plan, number: int, folder: Path) -> pa.Table:
    """Write the facts of one block of people by slices of time; return its subscribers."""
    played = play(msgspec.structs.replace(plan, name=f"{plan.name}-{number}"), START)
    table, _ = played.rows.table()
    if number:
        # The house speaks once.
        table = table.filter(pc.is_valid(table["subject"]))
    slot = (table["at"].to_numpy() - START) // SLICE_US
    for one in np.unique(slot):
        path = folder / f"{int(one):03d}" / f"{number:03d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        first, last = np.searchsorted(slot, [one, one + 1])
        pq.write_table(table.slice(int(first), int(last - first)), path, compression="lz4")
    offers = pa.DictionaryArray.from_arrays(pa.array(played.offers.astype(np.int32)), list(plan.shares["offer"]))
    known = np.full(len(played.subscribers), START - 10**13)
    return pa.table({"subject": played.subscribers, "offer": offers.cast(pa.string()), "known_since": known})


def _lay_together(blocks: Path, journal: Path) -> int:
    """One file for each slice, rows by time, as `kickoff journal` seals them."""
    facts = 0
    for slice_ in sorted(blocks.iterdir()):
        rows = pa.concat_tables([pq.read_table(path) for path in sorted(slice_.iterdir())]).unify_dictionaries()
        keys = pa.table({name: _plain(rows[name]) for name in ORDER})
        rows = rows.take(pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in ORDER]))
        facts += len(rows)
        path = journal / "facts" / f"minute={slice_.name}" / "part.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, path, compression="zstd", store_schema=False)
    return facts


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
