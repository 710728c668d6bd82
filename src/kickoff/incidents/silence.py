"""Who does not come? Arrivals of each cohort, held against its own share of all arrivals.

How many come follows the match clock and nobody knows it beforehand to better than a tenth; which share of them has
a given provider, region, device or application hardly moves. So silence is tested as a share: of n subjects that
appear in a second, those that are not of the cohort are its "failures", and the test of `sequential` runs on them.
"""

import numpy as np
from numpy.typing import NDArray

from kickoff.facts import Fact
from kickoff.findings import Metric
from kickoff.incidents.cohorts import COHORTS_MAX, Counts
from kickoff.incidents.columns import Columns, is_fact
from kickoff.numbered import HOUSE, stable_order
from kickoff.units import US_PER_S, AtUs

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]

EXPECTED = ("isp", "region", "device", "app")
"""Dimensions that a viewer brings along; the delivery network and the channel are chosen later."""

SHARE_MIN = 0.02
"""A cohort of a smaller share is too often silent by chance for its silence to say anything within minutes."""

EXCESS = np.array([0.45, 0.64, 0.9])
"""What is tested for: 0.55, 0.36 and 0.1 of the usual share. A drift of the mix within the evening is not silence."""

BASE = (0.5, 0.5)

FOLD = 8.0
"""Arrivals that are read at once: of fewer, none of a cohort says nothing."""

REPEATS_S = 300
"""What one household does within so long counts once."""

LEARNS_FIRST = 300.0
"""Arrivals after which a cohort's share is known well enough to miss it."""

METRIC = Metric.SILENCE


def halfway(base: float, rate: float) -> float:
    """The rate of others that tells a silent cohort from one that is back: halfway between, in shares of it."""
    return 1.0 - 0.5 * ((1.0 - base) + max(1.0 - rate, 0.1 * (1.0 - base)))


def count_arrivals(columns: Columns, *, start: AtUs, until: AtUs) -> Counts | None:
    """First appearances by second; None while there is no cohort to miss."""
    rows = first_appearances(columns)
    if not len(rows):
        return None
    seconds = max(1, -((start - until) // US_PER_S))
    second = np.clip((columns.at[rows] - start) // US_PER_S, 0, seconds - 1)
    names: list[tuple[str, str]] = []
    tried: list[Vector] = []
    missing: list[Vector] = []
    for dimension in EXPECTED:
        column = columns.dimensions[dimension].at(rows)
        # Where the dimension was not recorded nobody can be told to be missing from it.
        everybody = np.bincount(second[column.numbers >= 0], minlength=seconds).astype(np.float64)
        sizes = np.bincount(column.numbers[column.numbers >= 0], minlength=len(column.names))
        for number in np.argsort(-sizes, kind="stable")[:COHORTS_MAX]:
            if sizes[number] >= SHARE_MIN * everybody.sum() and sizes[number] < everybody.sum():
                names.append((dimension, column.names[number]))
                tried.append(everybody)
                missing.append(everybody - np.bincount(second[column.numbers == number], minlength=seconds))
    return Counts(names=tuple(names), tried=np.stack(tried), failed=np.stack(missing)) if names else None


def count_others(
    columns: Columns, rows: NDArray[np.int64], names: tuple[tuple[str, str], ...]
) -> tuple[Vector, Vector]:
    """Of these rows, for each cohort: how many tell of its dimension, and how many of those are others."""
    tried, others = np.zeros(len(names)), np.zeros(len(names))
    for place, (dimension, value) in enumerate(names):
        column = columns.dimensions[dimension].at(rows)
        tried[place] = np.count_nonzero(column.numbers >= 0)
        others[place] = tried[place] - np.count_nonzero(column.numbers == column.number(value))
    return tried, others


def newcomers(columns: Columns, *, start: AtUs, until: AtUs) -> Vector:
    """Households that came first in each second from `start`: whole seconds before `until`.

    Where there is a line, those who take a place in it by their session: the others are known only once the line has
    let them in, and what the line does is not what people do.
    """
    rows = first_appearances(columns)
    if has_line(columns):
        rows = rows[is_fact(columns, Fact.JOINED)[rows]]
    return _by_second(columns.at[rows], start, until)


def activity(columns: Columns, *, start: AtUs, until: AtUs) -> Vector:
    """What households did by themselves in each second from `start`: whole seconds before `until`.

    Who comes through the line signs in and presses play when the line says so: a line that a flood has filled lets
    people in for an hour after it, at an even rate, and when it is empty that is no silence.
    """
    led = is_fact(columns, Fact.PASSED)
    did = is_joined(columns) | is_fact(columns, Fact.LEASED, Fact.READMITTED)
    signed_in = is_fact(columns, Fact.SIGNED_IN)
    if has_line(columns):
        led |= signed_in
    else:
        did |= signed_in
    rows = np.flatnonzero(did | led)
    # Who tries again and again is there once: the end of a storm is no silence.
    rows = _led_first(rows, columns.at, led)
    order = rows[stable_order(columns.people.number[rows])]
    who, when = columns.people.number[order], columns.at[order]
    follows = np.append(False, (who[1:] == who[:-1]) & (when[1:] - when[:-1] < REPEATS_S * US_PER_S))
    return _by_second(columns.at[order[did[order] & ~follows[: len(order)]]], start, until)


def _led_first(rows: NDArray[np.int64], at: NDArray[np.int64], led: Mask) -> NDArray[np.int64]:
    """Rows, which rise by time; of the same instant those that the line brought about come first."""
    tied = np.zeros(len(rows) + 1, np.bool_)
    tied[1:-1] = at[rows[1:]] == at[rows[:-1]]
    places = np.flatnonzero(tied[1:] | tied[:-1])
    shared = rows[places]
    rows[places] = shared[np.lexsort((~led[shared], at[shared]))]
    return rows


def has_line(columns: Columns) -> bool:
    """Whether people come through a line, and who of them is a household can be told when they join it."""
    return bool(is_fact(columns, Fact.PASSED).any() and is_joined(columns).any())


def is_joined(columns: Columns) -> Mask:
    """Took a place in the line by a session: anybody may bring any number of devices."""
    return is_fact(columns, Fact.JOINED) & columns.code.is_any("session")


def _by_second(at: NDArray[np.int64], start: AtUs, until: AtUs) -> Vector:
    seconds = max(1, (until - start) // US_PER_S)
    second = (at - start) // US_PER_S
    counts = np.bincount(second[(second >= 0) & (second < seconds)], minlength=seconds)
    return np.asarray(counts, np.float64)


def first_appearances(columns: Columns) -> NDArray[np.int64]:
    """The row with which each household appears first: those that are known, where there are any.

    A stranger may come from anywhere and as often as a machine likes: a flood from one provider must not look like
    the silence of all others.
    """
    came = is_joined(columns) | is_fact(columns, Fact.SIGNED_IN, Fact.LEASED)
    if not came.any():
        came = is_fact(columns, Fact.JOINED, Fact.SIGN_IN_FAILED)
    return np.sort(columns.people.first_rows(np.flatnonzero(came & (columns.people.number != HOUSE))))
