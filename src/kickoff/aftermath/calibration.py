"""Was the time that people were told true? The intervals that were first shown, against the waits that followed.

Once a second the journal notes what the last of each line is told: that is what everyone who joins in that second is
shown first. Who joined before any time could be named is judged by the first that they were shown, in proportion to
where they stood.

The score is Winkler's for an 80 % interval (J. Am. Stat. Assoc. 67, 1972): its width, and for a wait outside of it ten
times the distance. Less is better; it is in seconds, like the wait.
"""

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.aftermath.drawn import positions_of
from kickoff.facts import Fact
from kickoff.units import US_PER_S

MISSED = 0.2
"""The share of waits that an 80 % interval may miss."""
BINS_S = (10.0, 30.0, 60.0, 300.0, math.inf)
"""Waits up to so many seconds are looked at together."""
FRESH_US = 2 * US_PER_S
"""An interval that was noted longer ago is no longer what is shown."""
SHORTEST_S = 1.0
"""Who is called within a second was told nothing worth judging."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Bin(Struct, frozen=True, kw_only=True):
    """Those who waited about as long."""

    upto_s: float
    people: int
    inside: float
    """Share whose wait lay within the interval that they were shown."""
    width_s: float
    """Of that interval, on average."""

    @property
    def words(self) -> str:
        """`up to 30 s`."""
        return f"up to {self.upto_s:.0f} s" if math.isfinite(self.upto_s) else "longer"


class Calibration(Struct, frozen=True, kw_only=True):
    """How the intervals did."""

    people: int
    """Who waited, was called, and could be shown an interval."""
    inside: float
    early: float
    """Share called before the interval began."""
    late: float
    score_s: float
    wait_s: float
    """The mean wait, to read the score against."""
    bins: tuple[Bin, ...]


def calibrated(facts: pa.Table) -> Calibration | None:
    """The calibration of a night; None where nobody waited. `facts`: joined, called, told, and the operator's acts."""
    parts = [_lane(facts, lane) for lane in pc.unique(facts["lane"].drop_null()).to_pylist()]
    waits, lows, highs = (np.concatenate([part[number] for part in parts] or [np.zeros(0)]) for number in range(3))
    judged = (waits >= SHORTEST_S) & np.isfinite(highs)
    waits, lows, highs = waits[judged], lows[judged], highs[judged]
    if not len(waits):
        return None
    below, above = np.maximum(0.0, lows - waits), np.maximum(0.0, waits - highs)
    score = highs - lows + 2 / MISSED * (below + above)
    is_inside = (below == 0) & (above == 0)
    return Calibration(
        people=len(waits),
        inside=float(np.mean(is_inside)),
        early=float(np.mean(below > 0)),
        late=float(np.mean(above > 0)),
        score_s=float(np.mean(score)),
        wait_s=float(np.mean(waits)),
        bins=_bins(waits, is_inside, highs - lows),
    )


def _bins(waits: Floats, is_inside: NDArray[np.bool_], widths: Floats) -> tuple[Bin, ...]:
    found, before = [], 0.0
    for upto in BINS_S:
        own = (waits > before) & (waits <= upto)
        if np.any(own):
            found.append(
                Bin(
                    upto_s=upto,
                    people=int(np.count_nonzero(own)),
                    inside=float(np.mean(is_inside[own])),
                    width_s=float(np.mean(widths[own])),
                )
            )
        before = upto
    return tuple(found)


def _lane(facts: pa.Table, lane: str) -> tuple[Floats, Floats, Floats]:
    """Wait since the first interval, its low and its high, in seconds, of all of a lane who were called after it."""
    own = facts.filter(pc.field("lane") == lane)
    joined = own.filter((pc.field("fact") == str(Fact.JOINED)) & pc.is_valid(pc.field("place")))
    steps = own.filter((pc.field("fact") == str(Fact.CALLED)) & pc.is_valid(pc.field("place"))).sort_by("at")
    told = own.filter(pc.field("fact") == str(Fact.TOLD)).sort_by("at")
    nothing = np.zeros(0)
    if not (told.num_rows and steps.num_rows):
        return nothing, nothing, nothing
    step_at, upto = _ints(steps, "at"), np.maximum.accumulate(_ints(steps, "place"))
    joined_at, places = _ints(joined, "at"), positions_of(own, _ints(joined, "place"))
    shown = _shown_first(_ints(told, "at"), joined_at)
    number = np.searchsorted(upto, places, side="left")
    judged = (number < len(upto)) & (shown >= 0)
    joined_at, places, number, shown = joined_at[judged], places[judged], number[judged], shown[judged]
    shown_at = np.maximum(joined_at, _ints(told, "at")[shown])
    before = np.searchsorted(step_at, shown_at, side="right")
    serving = np.concatenate([np.zeros(1, np.int64), upto])[before]
    part = (places - serving) / np.maximum(1, _ints(told, "place")[shown] - serving)
    waits = np.where(part > 0, (step_at[number] - shown_at) / US_PER_S, 0.0)
    return waits, *(part * _ints(told, column)[shown] / 1000 for column in ("duration_ms", "wait_ms"))


def _shown_first(told_at: Ints, joined_at: Ints) -> Ints:
    """The row that each was shown first: the one of their second, else the first after they joined; −1: none."""
    before = np.searchsorted(told_at, joined_at, side="right") - 1
    fresh = (before >= 0) & (joined_at - told_at[np.maximum(before, 0)] <= FRESH_US)
    after = np.where(before + 1 < len(told_at), before + 1, -1)
    return np.where(fresh, before, after)


def _ints(table: pa.Table, column: str) -> Ints:
    found: Ints = table[column].to_numpy().astype(np.int64)
    return found
