"""Does somebody do what people do not do? Stretches of strangers, wrong passwords or refusals, and the signs on them.

A stretch is sought in three kinds of rows, whether or not anybody else was hurt: devices without an account that join,
sign-ins with a wrong password or an unknown account, requests refused for a forged token or a used-up quota. Each is
held against what the households' own coming leads one to expect, by Page's sum. A stretch accuses nobody: a full house
has many strangers. What tells is where they come from, what they do next, and how alike they look.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.causes.evening import WRONG, Evening, Integers, Mask, households_of
from kickoff.causes.signs import Sign
from kickoff.facts import Fact
from kickoff.units import US_PER_S

TIMES = 2.5
"""As many as are expected, times this, are tested for."""
ALARM = 15.0
"""Log likelihood ratio from which on there is a stretch."""
ROWS_MIN = 30
BIN_MINUTES = 0.5
ALIKE = ("device", "app", "isp", "region")
NETWORKS_MIN = 100
"""With fewer networks in the journal nothing can be said of how many took part."""
MIDST = (0.1, 0.9)
"""Quantiles of a stretch's rows: at its ends it is not told from the evening."""
HOUSEHOLDS_MIN = 20
"""Fewer sign-ins expected of households than this tell nothing."""
HOUSEHOLDS_ERROR = 0.25
"""Nor does a forecast that chance alone moves by more than this part of itself."""
CROWDED = 5
"""A network with so many devices of the stretch is not read as a household's."""
PRIOR_SHARE = 0.5
PRIOR_ROWS = 20.0
"""What is expected before anything is known: so many rows' worth of one stranger for two households."""


class Stretch(Struct, frozen=True, kw_only=True):
    """Rows of one kind that are more than expected."""

    kind: str
    """strangers · passwords · refusals"""
    rows: Integers
    began: int
    ended: int
    times: float
    """Over what was expected."""


KINDS = {
    "strangers": "devices without an account that joined",
    "passwords": "sign-ins with a wrong password or no such account",
    "refusals": "requests refused for a bad token or a used-up quota",
}


AFTER = {
    "strangers": (Fact.PASSED, Fact.SIGNED_IN),
    "passwords": (Fact.SIGNED_IN,),
    "refusals": (Fact.PASSED, Fact.SIGNED_IN, Fact.LEASED),
}
"""What a household does next."""


def stretches_of(evening: Evening, *, minute_us: int) -> tuple[Stretch, ...]:
    """One stretch of each kind at most: the one with the most evidence."""
    households = households_of(evening)
    bin_us = max(US_PER_S, round(BIN_MINUTES * minute_us))
    found = (_stretch(evening, kind, rows, households, bin_us) for kind, rows in _rows_of(evening).items())
    return tuple(one for one in found if one is not None)


def _rows_of(evening: Evening) -> dict[str, Mask]:
    refused = evening.is_fact(Fact.REFUSED) & evening.holds("code", "bad_token", "rate_limited")
    return {
        "strangers": evening.is_fact(Fact.JOINED) & evening.holds("code", "device"),
        "passwords": evening.is_fact(Fact.SIGN_IN_FAILED) & evening.holds("code", *WRONG),
        "refusals": refused | (evening.is_fact(Fact.START_FAILED) & evening.holds("code", "forbidden")),
    }


def _stretch(evening: Evening, kind: str, rows: Mask, households: Mask, bin_us: int) -> Stretch | None:
    if rows.sum() < ROWS_MIN:
        return None
    first = int(evening.at[0])
    slot = (evening.at - first) // bin_us
    length = int(slot[-1]) + 1
    seen = np.bincount(slot[rows], minlength=length).astype(np.float64)
    people = np.bincount(slot[households], minlength=length).astype(np.float64)
    before = np.concatenate([[0.0], np.cumsum(seen)[:-1]]), np.concatenate([[0.0], np.cumsum(people)[:-1]])
    prior = PRIOR_SHARE if kind == "strangers" else 0.1
    begins, ends, expected = _page(seen, people, before, prior)
    if ends < 0:
        return None
    chosen = np.flatnonzero(rows & (slot >= begins) & (slot <= ends))
    if len(chosen) < ROWS_MIN:
        return None
    return Stretch(
        kind=kind,
        rows=chosen,
        began=first + begins * bin_us,
        ended=min(first + (ends + 1) * bin_us, int(evening.until)),
        times=float(len(chosen) / max(expected, 1.0)),
    )


def _page(
    seen: NDArray[np.float64],
    people: NDArray[np.float64],
    before: tuple[NDArray[np.float64], NDArray[np.float64]],
    prior: float,
) -> tuple[int, int, float]:
    """(first bin, last bin, rows expected in them) of the stretch with the most evidence; last bin -1: there is none.

    What is expected follows the households of the same bin; from where the sum leaves nought the past is not learnt
    from, so that a long attack does not become its own measure.
    """
    total = best = 0.0
    start, found, share = 0, (0, -1, 0.0), prior
    expected = 0.0
    for number in range(len(seen)):
        if total == 0.0:
            start, expected = number, 0.0
            share = (before[0][number] + prior * PRIOR_ROWS) / (before[1][number] + PRIOR_ROWS)
        usual = max(share * people[number], 0.3)
        expected += usual
        total = max(0.0, total + seen[number] * float(np.log(TIMES)) - (TIMES - 1) * usual)
        if total > max(best, ALARM):
            best, found = total, (start, number, expected)
    return found


def signs_of(evening: Evening, stretch: Stretch) -> Iterator[Sign]:
    """What the rows of a stretch tell."""
    what = KINDS[stretch.kind]
    yield Sign(
        name="times",
        measure=stretch.times,
        words=f"{len(stretch.rows):,} {what}: {stretch.times:.1f} times as expected",
        value=len(stretch.rows),
        expected=len(stretch.rows) / stretch.times,
    )
    yield from _networks(evening, stretch)
    firsts = _devices(evening, stretch)
    if len(firsts):
        each = float(np.count_nonzero(evening.integers("subject", 0)[stretch.rows])) / len(firsts)
        yield Sign(name="tries_each", measure=each, words=f"each of those devices did so {each:.1f} times")
    yield from _follow(evening, stretch, firsts)
    yield from _alike(evening, firsts)
    if stretch.kind == "passwords":
        yield from _households(evening, stretch)


def _devices(evening: Evening, stretch: Stretch) -> Integers:
    """The first row of each: who tries again and again is counted once. Rows that name nobody are left out."""
    subject = evening.integers("subject", 0)
    named = stretch.rows[subject[stretch.rows] != 0]
    _, first = np.unique(subject[named], return_index=True)
    return np.asarray(named[first], np.int64)


def _networks(evening: Evening, stretch: Stretch) -> Iterator[Sign]:
    source = evening.integers("source", 0)
    homes = households_of(evening) & (source != 0)
    if len(np.unique(source[homes])) < NETWORKS_MIN:
        # Where everybody comes from a few networks, as behind a gateway, networks say nothing.
        return
    own = source[stretch.rows]
    own, subject = own[own != 0], evening.integers("subject", 0)[stretch.rows][own != 0]
    if len(own) < ROWS_MIN:
        return
    _, numbers = np.unique(own, return_inverse=True)
    pairs = np.unique(numbers * (2**31) + subject % (2**31))
    sizes = np.bincount(pairs // (2**31)).astype(np.float64)
    each = float((sizes**2).sum() / max(1.0, sizes.sum()))
    yield Sign(
        name="devices_per_network",
        measure=each,
        words=f"such a device was one of {each:,.1f} on its network that did the same",
    )


def _follow(evening: Evening, stretch: Stretch, firsts: Integers) -> Iterator[Sign]:
    """Who joins wants to come in; who mistypes a password gets it right in the end; who is refused asks anew."""
    done = evening.is_fact(*AFTER[stretch.kind])
    place, subject = evening.integers("place", -1), evening.integers("subject", 0)
    # A device that signs in is told from its place alone; one that comes through the line bears its own name.
    linked = (place[done] > 0).any() if stretch.kind == "passwords" else evening.is_fact(Fact.PASSED).any()
    # The last ones have not had the time.
    old = firsts[evening.at[firsts] < evening.until - 60 * US_PER_S]
    if not linked or len(old) < ROWS_MIN:
        return
    went_on = ((place[old] > 0) & np.isin(place[old], place[done])) | np.isin(subject[old], subject[done])
    share = float(went_on.mean())
    yield Sign(name="went_on", measure=share, words=f"{share:.0%} of those devices went on to come in")


def _alike(evening: Evening, firsts: Integers) -> Iterator[Sign]:
    # What a row does not say is no likeness.
    firsts = firsts[evening.texts(ALIKE[0]).numbers[firsts] >= 0]
    look = np.zeros(len(evening.at), np.int64)
    recorded = 0
    for name in ALIKE:
        texts = evening.texts(name)
        look = look * (len(texts.names) + 1) + texts.numbers + 1
        recorded += len(texts.names) > 1
    homes = households_of(evening) & (evening.texts(ALIKE[0]).numbers >= 0)
    if recorded < 2 or homes.sum() < 10 * ROWS_MIN or len(firsts) < ROWS_MIN:
        return
    values, counts = np.unique(look[firsts], return_counts=True)
    own = float(counts.max() / len(firsts))
    usual = max(float((look[homes] == values[counts.argmax()]).mean()), 1e-3)
    ratio = float(own / usual)
    yield Sign(
        name="alike",
        measure=ratio,
        words=f"{own:.0%} of those devices have one kind, application, provider and region, "
        f"{ratio:.1f} times the usual share",
        value=own,
        expected=usual,
    )


def _households(evening: Evening, stretch: Stretch) -> Iterator[Sign]:
    """Sign-ins of newcomers over those expected, in the midst of the stretch: thieves do not keep households out.

    Expected are as many to each household that comes without one as in the rest of the evening. What signs in from a
    network that is crowded with the stretch's devices is no household. Nothing is said where the counts behind the
    forecast are so few that chance alone (three Poisson counts) would move it by more than `HOUSEHOLDS_ERROR`.
    """
    begins, ends = np.quantile(evening.at[stretch.rows], MIDST)
    subject, source = evening.integers("subject", 0), evening.integers("source", 0)
    crowded = np.isin(source, _crowded(evening, stretch))
    first = evening.newcomers()
    first = first[~crowded[first]]
    inside = (evening.at[first] >= begins) & (evening.at[first] <= ends)
    signed_in = np.isin(subject[first], subject[evening.is_fact(Fact.SIGNED_IN) & ~crowded])
    counts = np.array([(signed_in & ~inside).sum(), (~signed_in & ~inside).sum(), (~signed_in & inside).sum()])
    if not counts.all() or float((1 / counts).sum()) > HOUSEHOLDS_ERROR**2:
        return
    expected = float(counts[0] / counts[1] * counts[2])
    if expected < HOUSEHOLDS_MIN:
        return
    came = int((signed_in & inside).sum())
    yield Sign(
        name="households",
        measure=came / expected,
        words=f"{came:,} sign-ins of households went well meanwhile, {expected:,.0f} were expected",
        value=came,
        expected=expected,
    )


def _crowded(evening: Evening, stretch: Stretch) -> Integers:
    """Networks with many of the stretch's devices. Households mistype a password, too: each from its own."""
    source, subject = evening.integers("source", 0)[stretch.rows], evening.integers("subject", 0)[stretch.rows]
    networks, numbers = np.unique(source, return_inverse=True)
    pairs = np.unique(numbers * (2**31) + subject % (2**31))
    devices = np.bincount(pairs // (2**31), minlength=len(networks))
    return np.asarray(networks[(devices >= CROWDED) & (networks != 0)], np.int64)
