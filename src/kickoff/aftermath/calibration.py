"""Was the time that people were told true? The intervals that were shown, against the waits that followed.

What each person was shown is not written down; it is computed again from the journal as the door computes it: the pace
at which their lane was called up to that second goes through the door's own forecast (`admission/forecast.py`), and
the places ahead times its 0.1 and 0.9 quantiles are the interval. What the door also knew and the journal does not
(that it was braking, what it had ordered for the next second) is left out: this is the forecast at its plainest.

The score is Winkler's for an 80 % interval (J. Am. Stat. Assoc. 67, 1972): its width, and for a wait outside of it ten
times the distance. Less is better; it is in seconds, like the wait.
"""

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.admission.forecast import Forecast, observed, seconds_per_place
from kickoff.facts import Fact
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs

MISSED = 0.2
"""The share of waits that an 80 % interval may miss."""
BINS_S = (10.0, 30.0, 60.0, 300.0, math.inf)
"""Waits up to so many seconds are looked at together."""
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


def calibrated(facts: pa.Table, night: Night) -> Calibration | None:
    """The calibration of a night; None where nobody waited. `facts`: joined and called."""
    parts = [_lane(facts, lane, night) for lane in pc.unique(facts["lane"].drop_null()).to_pylist()]
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


def _lane(facts: pa.Table, lane: str, night: Night) -> tuple[Floats, Floats, Floats]:
    """Wait, low and high in seconds of everybody of a lane who joined and was called."""
    own = facts.filter(pc.field("lane") == lane)
    joined = own.filter((pc.field("fact") == str(Fact.JOINED)) & pc.is_valid(pc.field("place")))
    steps = own.filter((pc.field("fact") == str(Fact.CALLED)) & pc.is_valid(pc.field("place"))).sort_by("at")
    step_at, upto = _ints(steps, "at"), np.maximum.accumulate(_ints(steps, "place"))
    joined_at, places = _ints(joined, "at"), _ints(joined, "place")
    number = np.searchsorted(upto, places, side="left")
    called = number < len(upto)
    joined_at, places, number = joined_at[called], places[called], number[called]
    waits = (step_at[number] - joined_at) / US_PER_S
    before = np.searchsorted(step_at, joined_at, side="right") - 1
    serving = np.where(before >= 0, upto[np.maximum(before, 0)], 0)
    start = night.at(0)
    low, high = _told(step_at, upto, start, round(night.schedule.end) + 2)
    second = np.clip((joined_at - start) // US_PER_S, 0, len(low) - 1)
    ahead = np.maximum(0, places - serving)
    return waits, ahead * low[second], ahead * high[second]


def _told(step_at: Ints, upto: Ints, start: int, seconds: int) -> tuple[Floats, Floats]:
    """Seconds per place, 0.1 and 0.9 quantiles, as the forecast stood at the end of each second before."""
    at = np.clip((step_at - start) // US_PER_S, 0, seconds - 1)
    called = np.bincount(at, weights=np.diff(upto, prepend=0), minlength=seconds)
    forecast = Forecast()
    low, high = np.full(seconds, np.inf), np.full(seconds, np.inf)
    is_begun = False
    for second in range(1, seconds):
        pace = float(called[second - 1])
        is_begun = is_begun or pace > 0
        if is_begun:
            now = AtUs(start + second * US_PER_S)
            forecast = observed(forecast, rate_per_s=pace, tick_s=1.0, now=now)
            low[second], _, high[second] = seconds_per_place(forecast, rate_per_s=pace, unsure=False)
    return low, high


def _ints(table: pa.Table, column: str) -> Ints:
    found: Ints = table[column].to_numpy().astype(np.int64)
    return found
