"""The smaller terms, each by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.admission import terms
from kickoff.admission.brake import FACTOR_MIN, brake_factor
from kickoff.admission.flow import Flow
from kickoff.admission.limits import Limit
from kickoff.admission.orders import Health
from kickoff.admission.slew import slewed, whole_places
from kickoff.admission.stretch import Stretch
from kickoff.admission.trim import TRIM_MAX, TRIM_MIN, Trim, trimmed
from kickoff.units import AtUs


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


def test_rates_fall_at_once_and_rise_by_as_much_again_a_second() -> None:
    """Down is safety, up is appetite."""
    assert slewed(100.0, 10.0, tick_s=0.25, safe_per_s=10.0) == 10.0
    assert slewed(100.0, 1000.0, tick_s=1.0, safe_per_s=10.0) == pytest.approx(210.0)


def test_a_house_of_which_all_is_known_is_called_for_before_the_first_people_come() -> None:
    """A second at the doors in which nobody is called is a second in which a paid house stands empty."""
    rate = 60.0
    for _ in range(16):
        rate = slewed(rate, 2000.0, tick_s=0.25, safe_per_s=60.0)
    assert rate == 2000.0


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


@pytest.mark.parametrize(
    ("binding", "use", "said"),
    [
        ("sign_in", "812/s of 1,040", "sign-in is the tightest: 812/s of 1,040"),
        ("slew", "812/s of 1,040", "slew holds the rate; sign-in is the tightest: 812/s of 1,040"),
        ("sign_in", "", "sign-in is the tightest"),
    ],
)
def test_a_lane_says_what_is_the_tightest_and_how_full_it_is(binding: str, use: str, said: str) -> None:
    """Whoever runs the night reads one line; what holds the rate meanwhile, as a cap, is said before it."""
    limit = Limit(name="sign_in", free_per_s=228.0, costs={"main": 1.0}, words="sign-in", use=use)
    pace = terms.Pace(
        waiting=4203, admitted_per_s=228.0, called_per_s=240.0, allowed_per_s=228.0, binding=binding, limit=limit
    )
    lines = terms.terms((limit,), {"main": pace}, flows={"main": Flow()}, trims={}, stretched=Stretch())
    assert lines[0].startswith(f"main: 240 called a second of 4,203 waiting; {said}; of those called ")
