"""The weights are likelihood ratios that a person can redo."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.causes.expectations import EXPECTATIONS, HYPOTHESES, expected_instead, is_open, weights
from kickoff.findings import Cause


@pytest.mark.parametrize("sign", EXPECTATIONS)
def test_a_measure_at_a_causes_own_centre_favours_no_other_cause(sign: str) -> None:
    """Else the table would contradict itself."""
    for number, one in enumerate(HYPOTHESES):
        centre = EXPECTATIONS[sign].centre(one.cause)
        if centre is not None:
            found = weights(sign, centre)
            assert found[number] == pytest.approx(max(found))


@given(sign=st.sampled_from(sorted(EXPECTATIONS)), measure=st.floats(0, 1e6))
def test_no_sign_is_worth_more_than_its_floor_allows(sign: str, measure: float) -> None:
    """One wild measurement must not decide the night."""
    found = weights(sign, measure)
    assert max(found) - min(found) <= -log(EXPECTATIONS[sign].floor) + 1e-9


@given(measures=st.tuples(st.floats(0, 1), st.floats(1, 1e5), st.floats(0, 1)))
def test_signs_that_say_nothing_of_malice_never_make_it_likelier(measures: tuple[float, float, float]) -> None:
    """Signs that contradict each other make both honest causes unlikely; that must not leave malice as the winner."""
    scores = [log(one.prior) for one in HYPOTHESES]
    for sign, measure in zip(("confined", "queue_ms", "utilisation"), measures, strict=True):
        assert is_open(sign, Cause.MALICE)
        scores = [score + weight for score, weight in zip(scores, weights(sign, measure), strict=True)]

    assert max(scores[2:]) < max(scores[:2])


def test_malice_starts_unlikely_and_the_priors_add_up() -> None:
    """A wrong "malice" is the worst answer."""
    assert sum(one.prior for one in HYPOTHESES) == pytest.approx(1.0)
    assert sum(one.prior for one in HYPOTHESES if one.cause is Cause.MALICE) <= 0.05
    assert expected_instead("queue_ms", Cause.CAPACITY) == EXPECTATIONS["queue_ms"].fault
