"""How did the evening go, second by second? Line and rate from the facts of the journal.

The line is the people with a place who have not been called yet; a fact `called` names the last place of its step, so
that each lane at any second is the largest place given in it less the largest place called.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import Fact, Lane
from kickoff.night import Night
from kickoff.units import US_PER_S

COLUMNS = ("at", "fact", "lane", "place", "rate_per_s", "code")
FACTS = (Fact.JOINED, Fact.CALLED, Fact.RATE, Fact.OPERATOR)
SECONDS_MAX = 86_400

Numbers = NDArray[np.float64]


class Curves(Struct, frozen=True, kw_only=True):
    """One number for each whole second from the start of the night."""

    line: tuple[int, ...] = ()
    rate_per_s: tuple[float, ...] = ()


def curves_of(facts: pa.Table, night: Night, *, until_s: float) -> Curves:
    """The curves up to `until_s` seconds after the start. `facts`: `COLUMNS` of `FACTS`."""
    seconds = int(min(max(0.0, until_s), night.schedule.end, SECONDS_MAX)) + 1
    line = np.sum([_line(facts, lane, night, seconds) for lane in (Lane.MAIN, Lane.KNOWN)], axis=0)
    rate = np.nan_to_num(_carried(*_points(facts, Fact.RATE, "rate_per_s", night), seconds)) / 1000
    return Curves(
        line=tuple(int(people) for people in line), rate_per_s=tuple(round(float(people), 3) for people in rate)
    )


def _line(facts: pa.Table, lane: Lane, night: Night, seconds: int) -> Numbers:
    own = facts.filter(pc.equal(facts["lane"], str(lane)))
    given = _highest(own, Fact.JOINED, "place", night, seconds)
    called = _highest(own, Fact.CALLED, "place", night, seconds)
    waiting: Numbers = np.maximum(0, np.nan_to_num(given) - np.nan_to_num(called))
    return waiting


def _highest(facts: pa.Table, fact: Fact, column: str, night: Night, seconds: int) -> Numbers:
    at_s, values = _points(facts, fact, column, night)
    return _carried(at_s, np.maximum.accumulate(values) if len(values) else values, seconds)


def _points(facts: pa.Table, fact: Fact, column: str, night: Night) -> tuple[Numbers, Numbers]:
    """Seconds from the start and values of one fact, by time, nulls left out."""
    rows = facts.filter(pc.and_(pc.equal(facts["fact"], str(fact)), pc.is_valid(facts[column]))).sort_by("at")
    at_s = (rows["at"].to_numpy().astype(np.float64) - float(night.at(0))) / US_PER_S
    return at_s, rows[column].to_numpy().astype(np.float64)


def _carried(at_s: Numbers, values: Numbers, seconds: int) -> Numbers:
    """The last value at the end of each second; NaN before the first."""
    last = np.searchsorted(at_s, np.arange(1, seconds + 1), side="left") - 1
    found = np.full(seconds, np.nan)
    known = last >= 0
    found[known] = values[last[known]]
    return found
