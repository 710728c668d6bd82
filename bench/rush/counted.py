"""What came of the rush? By the viewers' own count and by the journal, sealed into tables: they must agree."""

import time
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.aftermath.journal import JournalView
from kickoff.aftermath.sealing import seal_closed
from kickoff.facts import Fact
from kickoff.units import US_PER_S, AtUs

EXACT = 1e-6
"""Slots are counted to this fraction of one."""
MINUTE_US = 60 * US_PER_S


class Journal(Struct, frozen=True, kw_only=True):
    """Facts of the sealed journal."""

    joined: int
    passed: int
    started: int
    duplicate_places: int
    subjects: int
    """Different holders among those who joined."""
    seal_s: float


def journal_of(root: Path, night: str, *, began_us: int) -> Journal:
    """Seal the journal minute by minute, as the journal's process does all along, and count it."""
    began_s = time.monotonic()
    folder, now_us = root / night, time.time_ns() // 1000
    for at in range(began_us, now_us + 3 * MINUTE_US, MINUTE_US):
        seal_closed(folder, now=AtUs(at))
    seal_s = time.monotonic() - began_s
    view = JournalView(root, night)
    facts = view.facts(columns=["fact"], where=[Fact.JOINED, Fact.PASSED, Fact.STARTED])
    counts = {row["values"]: row["counts"] for row in pc.value_counts(facts["fact"]).to_pylist()}
    joined = view.facts(columns=["lane", "place", "subject"], where=[Fact.JOINED])
    places = joined.group_by(["lane", "place"]).aggregate([]).num_rows
    return Journal(
        joined=counts.get("joined", 0),
        passed=counts.get("passed", 0),
        started=counts.get("started", 0),
        duplicate_places=joined.num_rows - places,
        subjects=pc.count_distinct(joined["subject"]).as_py(),
        seal_s=seal_s,
    )


def duplicates(places: NDArray[np.int64], is_known: NDArray[np.bool_]) -> int:
    """Places that were given to two viewers of a lane."""
    return sum(len(lane) - len(np.unique(lane)) for lane in (places[is_known], places[~is_known]))


def overtakes(
    places: NDArray[np.int64], sent: NDArray[np.int64], answered: NDArray[np.int64], is_known: NDArray[np.bool_]
) -> int:
    """Viewers with a lower place than somebody of their lane who held theirs before they asked."""
    return sum(_overtakes(places[lane], sent[lane], answered[lane]) for lane in (is_known, ~is_known))


def _overtakes(places: NDArray[np.int64], sent: NDArray[np.int64], answered: NDArray[np.int64]) -> int:
    order = np.argsort(answered)
    highest = np.concatenate([[0], np.maximum.accumulate(places[order])])
    before = highest[np.searchsorted(answered[order], sent)]
    return int(np.count_nonzero(before > places))


def middle_rate_per_s(passed_ms: NDArray[np.int64]) -> float:
    """Viewers let in a second by a door that was never short of them: the middle eight tenths of `passed_ms`."""
    first, last = np.quantile(passed_ms, (0.1, 0.9))
    return 0.8 * len(passed_ms) / max(1e-3, float(last - first) / 1000)


def slot_waits_s(
    stood: NDArray[np.int64], passed_ms: NDArray[np.int64], *, opened_ms: int, per_s: float
) -> NDArray[np.float64]:
    """How long each slot stood empty.

    While a line stands `per_s` viewers may be let in a second: so often a slot opens. It is filled by the next viewer
    who is let in. A called person who never comes leaves it empty for somebody else. More let in than there are slots
    fill none ahead. `stood`: (ms, people in line); `opened_ms`: when people began to be called.
    """
    at, line = stood[:, 0], stood[:, 1]
    stands = (line[1:] > 0) & (line[:-1] > 0) & (at[1:] > opened_ms)
    spans = np.where(stands, at[1:] - np.maximum(at[:-1], opened_ms), 0)
    opened = np.concatenate([[0.0], np.cumsum(spans) * per_s / 1000])
    by_then = np.interp(passed_ms, at, opened).tolist()
    filled, filled_by = 0, []
    for number, slots in enumerate(by_then):
        if filled + 1 <= slots + EXACT:
            filled_by.append(number)
            filled += 1
    slots = np.arange(1, int(opened[-1] + EXACT) + 1)
    after = np.minimum(np.searchsorted(opened, slots - EXACT), len(opened) - 1)
    share = (slots - opened[after - 1]) / np.maximum(opened[after] - opened[after - 1], EXACT)
    opened_at = at[after - 1] + share * (at[after] - at[after - 1])
    closed_at = np.full(len(slots), float(at[-1]))
    closed_at[: len(filled_by)] = passed_ms[filled_by][: len(slots)]
    waits: NDArray[np.float64] = np.round((closed_at - opened_at) / 1000, 6)
    return waits
