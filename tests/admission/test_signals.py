"""What is believed of the back end's reports."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.admission.orders import Health
from kickoff.admission.signals import DEPENDENCIES_MAX, HOLD_S, held_rate, is_sound, look
from kickoff.units import US_PER_S, AtUs

NOW = AtUs(1_000 * US_PER_S)


def health(
    capacity_per_s: float = 45.0, *, at_s: float = 1_000, name: str = "sign_in", queue_ms: float = 0.0
) -> Health:
    """One report."""
    return Health(
        dependency=name,
        at=AtUs(round(at_s * US_PER_S)),
        utilisation=0.5,
        queue_ms=queue_ms,
        errors=0,
        capacity_per_s=capacity_per_s,
    )


@pytest.mark.parametrize(
    "absurd",
    [
        health(math.nan),
        health(math.inf),
        health(-1.0),
        health(1e12),
        health(queue_ms=-5.0),
        health(at_s=2_000),
    ],
)
def test_an_absurd_report_is_as_good_as_none(absurd: Health) -> None:
    """A monitoring system that divides by zero must not open the door."""
    assert not is_sound(absurd, now=NOW)
    assert look({}, (absurd,), now=NOW) == {}


@pytest.mark.parametrize(("name", "risen_max"), [("playlist", 130.0), ("sign_in", 170.0)])
def test_capacity_falls_at_once_and_climbs_slowly(name: str, risen_max: float) -> None:
    """News of loss is acted on; news of gain may be one lucky second, which only the permit of sign-in can bear."""
    seen = look({}, (health(100.0, at_s=990, name=name),), now=NOW)
    fallen = look(seen, (health(50.0, at_s=991, name=name),), now=NOW)[name].capacity_per_s
    risen = look(seen, (health(200.0, at_s=991, name=name),), now=NOW)[name].capacity_per_s
    assert fallen < 60
    assert 100 < risen < risen_max


def test_an_older_report_changes_nothing() -> None:
    """Reports may overtake each other on the way."""
    seen = look({}, (health(100.0, at_s=999),), now=NOW)
    assert look(seen, (health(5.0, at_s=998),), now=NOW) == seen


def test_names_are_bounded() -> None:
    """Names of dependencies come from outside."""
    many = tuple(health(name=f"d{number}") for number in range(10 * DEPENDENCIES_MAX))
    assert len(look({}, many, now=NOW)) == DEPENDENCIES_MAX


@given(allowed=st.floats(0, 1e6), safe=st.floats(0.1, 1e4), age=st.floats(0, 1e4))
def test_a_held_rate_lies_between_what_it_was_and_the_safe_one(allowed: float, safe: float, age: float) -> None:
    """Never zero for want of a signal, never more than was allowed or is safe."""
    rate = held_rate(allowed, age=age, safe_per_s=safe)
    assert min(allowed, safe) - 1e-6 <= rate <= max(allowed, safe) + 1e-6
    if age <= HOLD_S:
        assert rate == allowed
    if age > HOLD_S + 300:
        assert rate == pytest.approx(safe, abs=1.0 + 1e-3 * allowed)


def test_a_capacity_that_was_never_measured_is_known_to_be_unknown() -> None:
    """An idle back end cannot say what it carries; once it could, a nought is no news."""
    unmeasured = look({}, (health(0.0, at_s=990),), now=NOW)
    assert unmeasured["sign_in"].capacity_per_s == 0
    measured = look(unmeasured, (health(45.0, at_s=991),), now=NOW)
    assert measured["sign_in"].capacity_per_s == 45.0
    assert look(measured, (health(0.0, at_s=992),), now=NOW) == measured
