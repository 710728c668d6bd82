"""A full evening's viewer-minutes, made up by seed: millions of viewers, 150 minutes, and what is true of them.

Viewers come around the first minutes and leave around the last; some change channel, some lose minutes in the middle,
one minute in a hundred stalls, bitrates move on a ladder. Written as `kickoff journal` writes a night.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.aftermath.sealing import write_minutes
from kickoff.audience.minutes import MINUTES

SEED = 20220906
VERSION = 2
"""Of the way in which viewer-minutes are written: a new one makes the night anew."""
LONG = 150
KICK_OFF, WHISTLE = 20, 130
THRESHOLD_MS = 60_000
_BLOCK = 65_536
_CHANNELS = ("canal-plus", "canal-plus-foot")
_LADDER_KBPS = np.array([400, 800, 1200, 2500, 4500, 6000], dtype=np.int32)

Ints = NDArray[np.int64]


class Truth(Struct, kw_only=True):
    """What the generator counted while it made the night; the part from kick-off to whistle."""

    rows: int = 0
    reach: int = 0
    lost_ms: int = 0
    watched_ms: dict[str, int] = {}


def evening(viewers: int) -> tuple[Path, Truth]:
    """The folder of the night and what is true of it; both are made when they are not there yet."""
    folder = Path("out") / "bench" / f"evening-{SEED}-{viewers}-{VERSION}"
    path = folder / "truth.json"
    if path.is_file():
        return folder, msgspec.json.decode(path.read_bytes(), type=Truth)
    print(f"making some {viewers * LONG / 1e6:,.0f} million viewer-minutes in {folder}, once", file=sys.stderr)
    truth = Truth()
    write_minutes(folder, "minutes/part-000001.parquet", _blocks(viewers, truth))
    path.write_bytes(msgspec.json.encode(truth))
    return folder, truth


def _blocks(viewers: int, truth: Truth) -> Iterator[pa.Table]:
    chance = np.random.default_rng(SEED)
    for start in range(0, viewers, _BLOCK):
        yield _block(start, min(_BLOCK, viewers - start), chance, truth)


def _block(start: int, count: int, chance: np.random.Generator, truth: Truth) -> pa.Table:
    """The viewer-minutes of so many viewers, and what is true of them added to `truth`."""
    first = np.clip(chance.normal(2, 4, count), 0, LONG - 2).astype(np.int64)
    last = np.clip(LONG - chance.exponential(1, count), first + 1, LONG).astype(np.int64)
    who = np.repeat(np.arange(count), last - first)
    minute = np.arange(who.size) - np.repeat(np.cumsum(last - first) - (last - first), last - first) + first[who]
    inner = (minute > first[who]) & (minute < last[who] - 1)
    cut_at = np.where(chance.random(count) < 0.02, chance.integers(20, 140, count), LONG)
    kept = ~(inner & (minute >= cut_at[who]) & (minute < cut_at[who] + 3))
    who, minute, inner = who[kept], minute[kept], inner[kept]
    changes_at = np.where(chance.random(count) < 0.05, chance.integers(0, LONG, count), LONG)
    channel = (chance.random(count) < 0.2)[who] ^ (minute >= changes_at[who])
    stalled = np.where(inner & (chance.random(who.size) < 0.01), chance.integers(500, 9_000, who.size), 0)
    watched = np.where(inner, 60_000 - stalled, chance.integers(1_000, 60_000, who.size))
    rung = chance.integers(2, 6, count)[who] - (chance.random(who.size) < 0.05)
    _count(truth, who, minute, channel=channel, watched=watched, stalled=stalled)
    columns = [
        (who + start).astype(np.int32),
        minute.astype(np.int32),
        pa.DictionaryArray.from_arrays(channel.astype(np.int8), list(_CHANNELS)).cast(pa.string()),
        watched.astype(np.int32),
        stalled.astype(np.int32),
        _LADDER_KBPS[rung],
    ]
    return pa.table(columns, schema=MINUTES)


def _count(truth: Truth, who: Ints, minute: Ints, *, channel: NDArray[np.bool_], watched: Ints, stalled: Ints) -> None:
    truth.rows += who.size
    part = (minute >= KICK_OFF) & (minute < WHISTLE)
    who, minute, watched, stalled = who[part], minute[part], watched[part], stalled[part]
    truth.reach += int(np.count_nonzero(np.bincount(who, weights=watched) >= THRESHOLD_MS))
    for number, name in enumerate(_CHANNELS):
        more = int(watched[channel[part] == bool(number)].sum())
        truth.watched_ms[name] = truth.watched_ms.get(name, 0) + more
    # Rows lie by viewer and minute: what is missing between two of one viewer was lost.
    missing = np.diff(minute)[np.diff(who) == 0] - 1
    truth.lost_ms += int(60_000 * missing.sum() + stalled.sum())
