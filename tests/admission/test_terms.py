"""The smaller terms, each by itself."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.admission.brake import FACTOR_MIN, brake_factor
from kickoff.admission.forecast import Forecast, observed, seconds_per_place
from kickoff.admission.orders import Health
from kickoff.admission.slew import slewed, whole_places
from kickoff.admission.stretch import CALM_S, TROUBLE_S, Stretch, beat_s, stretched
from kickoff.admission.trim import TRIM_MAX, TRIM_MIN, Trim, trimmed
from kickoff.night import DoorRules
from kickoff.units import US_PER_S, AtUs


def health(*, queue_ms: float = 0.0, errors: int = 0) -> Health:
    """A busy back end of 100 calls a second."""
    return Health(
        dependency="sign_in", at=AtUs(0), utilisation=0.88, queue_ms=queue_ms, errors=errors, capacity_per_s=100.0
    )


def test_a_quiet_queue_brakes_nothing_and_a_long_one_leaves_a_trickle() -> None:
    """Without any calls nobody would see the recovery."""
    assert brake_factor(health(queue_ms=80.0)) == 1.0
    assert 0.3 < brake_factor(health(queue_ms=700.0)) < 0.7
    assert brake_factor(health(queue_ms=60_000.0)) == FACTOR_MIN
    assert brake_factor(health(errors=50)) == FACTOR_MIN


@given(st.floats(0, 1e5), st.floats(0, 1e5), st.integers(0, 1000))
def test_a_longer_queue_never_brakes_less(shorter: float, more: float, errors: int) -> None:
    """Monotone in delay whatever the errors."""
    assert brake_factor(health(queue_ms=shorter + more, errors=errors)) <= brake_factor(
        health(queue_ms=shorter, errors=errors)
    )


@given(st.lists(st.floats(0, 3), min_size=1, max_size=300))
def test_the_trim_stays_small(utilisations: list[float]) -> None:
    """It corrects the aim; it is not a second controller."""
    trim = Trim()
    for utilisation in utilisations:
        trim = trimmed(trim, utilisation=utilisation, target=0.88, tick_s=0.25)
        assert TRIM_MIN <= trim.factor <= TRIM_MAX


def test_rates_fall_at_once_and_rise_by_a_quarter_a_second() -> None:
    """Down is safety, up is appetite."""
    assert slewed(100.0, 10.0, tick_s=0.25, safe_per_s=10.0) == 10.0
    assert slewed(100.0, 1000.0, tick_s=1.0, safe_per_s=10.0) == pytest.approx(135.0)


@given(st.lists(st.tuples(st.floats(0, 50), st.integers(0, 20)), max_size=100))
def test_fractions_of_people_are_neither_lost_nor_saved_up(ticks: list[tuple[float, int]]) -> None:
    """A rate of 0.3 a tick calls somebody in every fourth; an empty line earns no later burst."""
    carried, due = 0.0, 0.0
    for rate, waiting in ticks:
        call, carried = whole_places(carried, rate, tick_s=0.25, waiting=waiting)
        due += rate * 0.25
        assert 0 <= call <= waiting
        assert 0 <= carried < 1
    patient = 0
    carried = 0.0
    for rate, _ in ticks:
        call, carried = whole_places(carried, rate, tick_s=0.25, waiting=10**6)
        patient += call
    assert patient == pytest.approx(due, abs=1.0)


def test_heartbeats_double_in_trouble_up_to_the_most_and_come_back_in_calm() -> None:
    """10 → 20 → 40 and no further, then back step by step."""
    rules = DoorRules(beat_s=10.0, beat_s_max=40.0)
    stretch, seen = Stretch(), []
    for _ in range(round(4 * TROUBLE_S)):
        stretch = stretched(stretch, in_trouble=True, tick_s=1.0)
        seen.append(beat_s(stretch, rules))
    assert seen[-1] == 40.0
    assert sorted(seen) == seen
    for _ in range(round(10 * CALM_S)):
        stretch = stretched(stretch, in_trouble=False, tick_s=1.0)
    assert beat_s(stretch, rules) == 10.0


def test_a_steady_rate_gives_a_narrow_interval_about_the_truth() -> None:
    """At 20 a second a place takes 50 ms, give or take what nobody can know."""
    forecast = told([20.0] * 60)
    low, mid, high = seconds_per_place(forecast, rate_per_s=20.0, unsure=False)
    assert mid == pytest.approx(0.05, rel=0.02)
    assert mid / 1.3 < low < mid < high < mid * 1.3


def test_braking_widens_the_slow_side() -> None:
    """What is promised while things get worse must leave room for worse."""
    forecast = told([20.0] * 60)
    sure = seconds_per_place(forecast, rate_per_s=20.0, unsure=False)
    unsure = seconds_per_place(forecast, rate_per_s=20.0, unsure=True)
    halved = seconds_per_place(forecast, rate_per_s=10.0, unsure=False)
    assert unsure[2] > sure[2]
    assert halved[2] > sure[2] * 1.5


def test_nobody_called_is_no_number() -> None:
    """The page says that the line stands still instead of a huge number."""
    assert seconds_per_place(told([0.0] * 30), rate_per_s=0.0, unsure=False) == (math.inf,) * 3


@given(st.lists(st.floats(0, 1e5), max_size=60), st.floats(0, 1e5), st.booleans())
def test_the_quantiles_are_in_order(rates: list[float], rate: float, unsure: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    """Whatever the rate did."""
    low, mid, high = seconds_per_place(told(rates), rate_per_s=rate, unsure=unsure)
    assert 0 < low <= mid <= high


def told(rates: list[float]) -> Forecast:
    """A forecast that saw one rate a second."""
    forecast = Forecast()
    for second, rate in enumerate(rates, 1):
        for tick in range(4):
            now = AtUs(round((second + tick / 4) * US_PER_S))
            forecast = observed(forecast, rate_per_s=rate, tick_s=0.25, now=now)
    return forecast
