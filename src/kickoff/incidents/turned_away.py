"""Who was turned away before they came? Arrivals that tell of attempts that met no door.

Who reaches no door leaves no row. But an app that meets the door at last tells of its attempts in vain, and when they
were (`refused`, `unreachable`). So each arrival is a trial, and one that tells is a failure: some tell on any evening,
for somebody's own line is always broken, and the test of `sequential` learns how many. What they tell says besides
when it began and when it was over: after the end nobody is turned away any more, and those who come back say so.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import Fact
from kickoff.findings import Metric
from kickoff.incidents.attempts import Attempts
from kickoff.incidents.columns import Columns, is_fact
from kickoff.incidents.sequential import CALM
from kickoff.incidents.silence import EXPECTED, first_appearances, is_joined
from kickoff.numbered import HOUSE
from kickoff.units import US_PER_MS, US_PER_S

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

BASE = (0.5, 100.0)
"""Arrivals that tell, and that do not, believed before any is seen."""

TELLERS_MIN = 10
"""Of fewer the times say little."""

COME_BACK_SEEN = 3.0
"""Before anybody has come back, they are held to take as long as a relapse may, as if so many had been seen to."""

LATER_MAX = 500
"""So many who came back after the end are enough to believe it."""

NIGHT_BITS = 34
"""Milliseconds of a night, in bits."""


class Turned(Struct, frozen=True, kw_only=True):
    """Arrivals, and of those that tell when they had been turned away first and last."""

    attempts: Attempts
    first: Integers
    """µs UTC; of who tells of nothing, when they came."""
    last: Integers


def turned_away(columns: Columns) -> Turned:
    """Every household's first appearance, and every later one that tells."""
    told, then = _linked(columns)
    rows = np.union1d(first_appearances(columns), then)
    first, last = columns.at[rows], np.full(len(rows), -1, np.int64)
    slot = np.searchsorted(rows, then)
    np.minimum.at(first, slot, columns.at[told])
    np.maximum.at(last, slot, columns.at[told])
    attempts = Attempts(
        kind="arrivals",
        metric=Metric.SILENCE,
        base=BASE,
        at=columns.at[rows],
        number=columns.people.number[rows],
        failed=last >= 0,
        dimensions={name: columns.dimensions[name].at(rows) for name in EXPECTED},
    )
    return Turned(attempts=attempts, first=first, last=last)


def _linked(columns: Columns) -> tuple[Integers, Integers]:
    """(rows that tell of an attempt in vain, rows with which those came next who tell): pairs."""
    told = np.flatnonzero(is_fact(columns, Fact.REFUSED) & columns.code.is_any("unreachable"))
    came = is_joined(columns) | is_fact(columns, Fact.SIGNED_IN, Fact.LEASED, Fact.READMITTED)
    telling = np.zeros(len(columns.people.subjects), np.bool_)
    telling[columns.people.number[told]] = True
    telling[HOUSE] = False
    here = np.flatnonzero(came & telling[columns.people.number])
    if not len(here):
        return here, here
    before, after = _keys(columns, told), _keys(columns, here)
    order = np.argsort(after, kind="stable")
    slot = np.searchsorted(after[order], before, "right")
    then = here[order[np.minimum(slot, len(here) - 1)]]
    linked = (slot < len(here)) & (columns.people.number[then] == columns.people.number[told])
    return told[linked], then[linked]


def _keys(columns: Columns, rows: Integers) -> Integers:
    """Numbers that sort these rows by whose they are, and then by time."""
    at = (columns.at[rows] - columns.at.min()) // US_PER_MS
    whose = columns.people.number[rows].astype(np.int64) << NIGHT_BITS
    return np.asarray(whose + np.clip(at, 0, 2**NIGHT_BITS - 1))


class Told(Struct, frozen=True, kw_only=True):
    """When people were turned away, as they tell; µs UTC."""

    first: int
    last: int
    apart: int
    """Mean time between two of those who tell: so much earlier it began, and so much later it ended, about."""
    is_over: bool


def told_of(turned: Turned, held: Mask, *, since: float, relapse_s: float) -> Told | None:
    """What these arrivals tell of all who were turned away from `since` on; None where few tell.

    That it is over is believed at 1,000 to 1 against a silence that lasts: then whoever comes back would have been
    turned away lately, e^(-t / tau) of them not since t ago, where tau is how long people take to come back.
    """
    chosen = np.flatnonzero(held & turned.attempts.failed & (turned.last >= since))
    if len(chosen) < TELLERS_MIN:
        return None
    last, came = turned.last[chosen], turned.attempts.at[chosen]
    waits, count = relapse_s * COME_BACK_SEEN, COME_BACK_SEEN
    ended, is_over, seen = int(last[0]), False, 0
    later: list[int] = []
    for turned_at, at in zip(last.tolist(), came.tolist(), strict=True):
        if is_over and turned_at > ended + relapse_s * US_PER_S:
            break
        seen += 1
        waits, count = waits + (at - turned_at) / US_PER_S, count + 1
        ended = max(ended, turned_at)
        later = [one for one in (*later, at) if one > ended][-LATER_MAX:]
        is_over = sum(one - ended for one in later) / US_PER_S >= CALM * waits / count
    first = turned.first[chosen[:seen]]
    began = int(first[first >= since].min())
    return Told(first=began, last=ended, apart=(ended - began) // seen, is_over=is_over)
