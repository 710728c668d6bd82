"""The weights are likelihood ratios that a person can redo."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.causes.expectations import CAUSES, EXPECTATIONS, PRIOR, expected_instead, weights
from kickoff.findings import Cause


@pytest.mark.parametrize("sign", EXPECTATIONS)
def test_a_measure_at_a_causes_own_centre_favours_no_other_cause(sign: str) -> None:
    """Else the table would contradict itself."""
    for cause in CAUSES:
        centre = EXPECTATIONS[sign].centre(cause)
        if centre is not None:
            found = weights(sign, centre)
            assert found[cause] == pytest.approx(max(found.values()))


@given(sign=st.sampled_from(sorted(EXPECTATIONS)), measure=st.floats(0, 1e6))
def test_no_sign_is_worth_more_than_its_floor_allows(sign: str, measure: float) -> None:
    """One wild measurement must not decide the night."""
    found = weights(sign, measure).values()
    assert max(found) - min(found) <= -log(EXPECTATIONS[sign].floor) + 1e-9


def test_malice_starts_unlikely_and_the_priors_add_up() -> None:
    """A wrong "malice" is the worst answer."""
    assert sum(PRIOR.values()) == pytest.approx(1.0)
    assert min(PRIOR, key=lambda cause: PRIOR[cause]) is Cause.MALICE
    assert expected_instead("queue_ms", Cause.CAPACITY) == EXPECTATIONS["queue_ms"].fault
