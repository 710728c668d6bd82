"""Everybody's silence is noticed, an evening that quietens is not, and the match clock is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from kickoff.forecast import FIRST_MINUTE, MINUTES, EarlierNight, minute_of, usual_arrivals
from kickoff.incidents.lull import ACTIVITY, NEWCOMERS, lulls
from kickoff.night import Channel, Night, Offer, Schedule

Counts = NDArray[np.float64]

KICK_OFF = 2_400.0
NIGHT = Night(
    name="evening", title="evening", starts_at="2026-02-03T19:00:00Z",
    schedule=Schedule(
        doors=0.0, kick_off=KICK_OFF, half_time=KICK_OFF + 2_760, second_half=KICK_OFF + 3_660,
        whistle=KICK_OFF + 6_480, end=KICK_OFF + 7_200,
    ),
    channels={"main": Channel(title="main")},
    offers={"all": Offer(title="all", channels=("main",), streams_max=1, price_cents=0, share=1.0)},
)  # fmt: skip


def played(level: float, seed: int = 1) -> Counts:
    """So many a second, by chance."""
    return np.random.default_rng(seed).poisson(level, 9_000).astype(np.float64)


def cut(counts: Counts, begins: int, ends: int, left: float = 0.0) -> Counts:
    """The same with most taken out for a while."""
    found = counts.copy()
    found[begins:ends] = np.round(found[begins:ends] * left)
    return found


def test_a_cut_is_noticed_within_a_minute_and_its_end_is_seen() -> None:
    """Nobody fails where nobody arrives: only that they do not come can be seen."""
    (span,) = lulls(cut(played(6.0), 2_000, 2_300), ACTIVITY, NIGHT, (), streams=60)

    assert 2_000 <= span.began <= 2_015
    assert 2_000 < span.noticed <= 2_060
    assert span.ended is not None
    assert 2_290 <= span.ended <= 2_330


@pytest.mark.parametrize("seed", range(4))
def test_an_evening_that_quietens_is_no_silence(seed: int) -> None:
    """After the rush fewer come each minute, and nobody has to come any more."""
    fading = np.exp(-np.maximum(0, np.arange(9_000) - KICK_OFF) / 600)

    assert lulls(played(8.0 * fading, seed), ACTIVITY, NIGHT, (), streams=60) == []


def test_late_in_the_match_only_earlier_nights_tell_that_people_would_come() -> None:
    """With nothing to expect them by, those who do not come are not missed."""
    late = cut(played(6.0), 6_000, 6_400)
    usual = tuple([360.0] * MINUTES)

    assert lulls(late, ACTIVITY, NIGHT, (), streams=60) == []
    assert len(lulls(late, ACTIVITY, NIGHT, usual, streams=60)) == 1


def test_newcomers_may_fall_as_they_fell_on_earlier_nights() -> None:
    """The growth of an evening ends: that is in the forecast, and no alarm; the same fall elsewhere is one."""
    counts = played(6.0)
    ends = cut(counts, 2_700, 9_000, left=0.2)
    usual = np.full(MINUTES, 360.0)
    usual[minute_of(5) :] = 72.0

    assert lulls(ends, NEWCOMERS, NIGHT, tuple(usual), streams=60) == []
    assert lulls(ends, NEWCOMERS, NIGHT, tuple(np.full(MINUTES, 360.0)), streams=60) != []


def test_where_few_come_nobody_is_missed() -> None:
    """One arrival in ten seconds may well be none for a minute."""
    assert lulls(cut(played(0.1), 2_000, 2_300), ACTIVITY, NIGHT, (), streams=60) == []


def test_earlier_nights_are_counted_for_tonights_subscribers() -> None:
    """A night of half as many subscribers leads one to expect twice what it saw; a night without any tells nothing."""
    arrivals = [0] * MINUTES
    arrivals[minute_of(0)] = 50
    counts = tuple(arrivals)
    earlier = (EarlierNight(subscribers=1_000, arrivals=counts), EarlierNight(subscribers=0, arrivals=counts))

    assert usual_arrivals(earlier, 2_000)[minute_of(0)] == 100.0
    assert usual_arrivals((), 2_000) == ()
    assert earlier[0].between(-0.5, 0.5) == 25.0
    assert earlier[0].between(FIRST_MINUTE - 9, 1e9) == 50.0


@pytest.mark.parametrize("seed", range(3))
def test_a_silence_lasts_while_ever_more_of_those_shut_out_slip_through(seed: int) -> None:
    """One in five gets through, and who did not tries again: half of what was usual comes, and it is not over."""
    counts = played(6.0, seed)
    share = np.linspace(0.1, 0.5, 1_200)
    counts[2_000:3_200] = np.random.default_rng(seed + 50).poisson(6.0 * share)
    counts[3_200:3_500] = np.random.default_rng(seed + 90).poisson(11.0, 300)
    (span,) = lulls(counts, ACTIVITY, NIGHT, tuple([360.0] * MINUTES), streams=60)

    assert span.ended is not None
    assert 3_100 <= span.ended <= 3_260


def test_what_began_before_the_instant_asked_about_is_not_told_again() -> None:
    """A sentry asks about the last minutes; what lies before them an answer has looked for."""
    counts = cut(played(6.0), 2_000, 2_300)

    assert lulls(counts, ACTIVITY, NIGHT, (), streams=60, since_s=2_330.0) == []
    assert len(lulls(counts, ACTIVITY, NIGHT, (), streams=60, since_s=1_990.0)) == 1
