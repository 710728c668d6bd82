"""The permit in front of sign-in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.admission.permit import FACTOR_MIN, LIMIT_MAX, Outcome, Permit


def test_a_full_permit_takes_nothing() -> None:
    """Who is refused owes nothing back, or the count would drift."""
    permit = Permit(deadline_s=5.0, at_once=2)
    assert [permit.take() for _ in range(3)] == [True, True, False]
    assert permit.in_flight == 2
    permit.give_back(Outcome.OK)
    assert permit.take()


def test_giving_back_what_was_not_taken_is_an_error() -> None:
    """A permit that goes below zero lets in more than it says."""
    with pytest.raises(AssertionError, match="once"):
        Permit(deadline_s=5.0, at_once=2).give_back(Outcome.OK)


def test_the_limit_follows_the_measured_capacity() -> None:
    """Little's law: what is in hand is answered within half the deadline."""
    permit = Permit(deadline_s=4.0, at_once=1000)
    permit.follow(45.0)
    assert permit.limit == 90
    permit.follow(4.5)
    assert permit.limit == 9
    permit.follow(0.0)
    assert permit.limit == 9
    permit.follow(float("nan"))
    assert permit.limit == 9


def test_a_large_back_end_is_not_held_by_a_number_that_a_small_one_was_given() -> None:
    """1,000 sign-ins a second of 100 ms have 100 in work: with 64 in hand a third of what was paid for stood idle."""
    permit = Permit(deadline_s=5.0, at_once=64)
    permit.follow(45.0)
    assert permit.limit == 64
    permit.follow(1000.0)
    assert permit.limit == 1250
    permit.follow(500.0)
    assert permit.limit / 500.0 < 0.5 * 5.0


def test_a_burst_that_fails_together_counts_once() -> None:
    """Fifty time-outs of the same second are one piece of news."""
    permit = Permit(deadline_s=5.0, at_once=50)
    for _ in range(50):
        assert permit.take()
    for _ in range(50):
        permit.give_back(Outcome.OVERLOADED)
    assert permit.limit == 45


def test_successes_bring_the_limit_back() -> None:
    """An overload that is over must not be remembered for the rest of the night."""
    permit = Permit(deadline_s=5.0, at_once=50)
    assert permit.take()
    permit.give_back(Outcome.OVERLOADED)
    assert permit.limit == 45
    for _ in range(60):
        assert permit.take()
        permit.give_back(Outcome.OK)
    assert permit.limit == 50


def test_wrong_passwords_teach_nothing() -> None:
    """A fast refusal is not a fast success, and a wave of them is not an overload."""
    permit = Permit(deadline_s=5.0, at_once=50)
    assert permit.take()
    permit.give_back(Outcome.OVERLOADED)
    for _ in range(1000):
        assert permit.take()
        permit.give_back(Outcome.UNRELATED)
    assert permit.limit == 45


@given(st.lists(st.one_of(st.just("take"), st.sampled_from(Outcome), st.floats(-10, 1e9)), max_size=300))
def test_whatever_happens_the_permit_is_bounded(steps: list[str | Outcome | float]) -> None:
    """Between one and `LIMIT_MAX`, never negative: a permit of nothing would never learn that things are well again."""
    permit, taken = Permit(deadline_s=5.0, at_once=40), 0
    for step in steps:
        if isinstance(step, Outcome):
            if taken:
                permit.give_back(step)
                taken -= 1
        elif isinstance(step, str):
            full = taken >= permit.limit
            assert permit.take() is not full
            taken += not full
        else:
            permit.follow(step)
        assert permit.in_flight == taken
        assert 1 <= permit.limit <= LIMIT_MAX


def test_however_many_are_overloaded_a_twentieth_is_left_to_learn_by() -> None:
    """Nobody would else find out that the back end is well again; and from there it is all won back."""
    permit = Permit(deadline_s=5.0, at_once=400)
    for _ in range(10_000):
        assert permit.take()
        permit.give_back(Outcome.OVERLOADED)
    assert permit.limit == 400 * FACTOR_MIN
    for _ in range(10_000):
        assert permit.take()
        permit.give_back(Outcome.OK)
    assert permit.limit == 400
