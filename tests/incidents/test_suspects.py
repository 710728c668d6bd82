"""Suspects and their features: what stands in the table is what is measured, and evidence grows with the excess."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kickoff.incidents.features import FEATURES, Compared
from kickoff.incidents.leaves import Leaves
from kickoff.incidents.suspects import PAIRS_MAX, SIBLINGS_MAX, SINGLES_MAX, are_siblings, suspects_of, two_groups
from kickoff.incidents.weights import WEIGHTS


def square(failed: list[float]) -> Leaves:
    """Two dimensions of two values; 1,000 attempts before and now in each leaf, 10 failures before."""
    return Leaves(
        dimensions=("a", "b"),
        values=(("a0", "a1"), ("b0", "b1")),
        codes=np.array([[0, 0], [0, 1], [1, 0], [1, 1]]),
        tried_before=np.full(4, 1_000.0),
        failed_before=np.full(4, 10.0),
        tried=np.full(4, 1_000.0),
        failed=np.array(failed),
    )


def test_every_feature_has_a_weight_and_no_weight_is_left_over() -> None:
    """A feature without a weight would fail on the night."""
    assert set(WEIGHTS) == set(FEATURES)


def test_the_set_that_fails_has_all_shares_of_the_best() -> None:
    """Row a0 fails ten times as often: it explains everything, and its siblings are unlike it."""
    suspects = suspects_of(square([100.0, 100.0, 10.0, 10.0]))
    features = Compared(suspects).features()
    row = suspects.parts.index((((0, 0),),))
    found = dict(zip(FEATURES, features[row], strict=True))

    assert found["likelihood"] == found["leaf_likelihood"] == 1.0
    assert found["explained"] > 0.99
    assert found["unlike_siblings"] > 2
    assert found["leaves_hit"] == 1.0
    assert found["is_pair"] == 0.0


@given(inside=st.integers(0, 500), more=st.integers(1, 500), outside=st.integers(1, 500))
def test_more_failures_inside_are_never_less_evidence(inside: int, more: int, outside: int) -> None:
    """Evidence is monotone and never negative."""
    few, many = (
        float(two_groups(np.array([float(k)]), np.array([100.0]), k + float(outside), 300.0)[0])
        for k in (inside, inside + more)
    )
    assert 0 <= few <= many or few == 0


@given(failed=st.lists(st.integers(0, 1_000), min_size=4, max_size=4))
def test_suspects_are_bounded_and_features_are_numbers(failed: list[int]) -> None:
    """No count that a night can hold makes a division by nothing."""
    suspects = suspects_of(square([float(k) for k in failed]))
    features = Compared(suspects).features() if suspects.parts else np.zeros((0, len(FEATURES)))

    assert len(suspects.parts) <= sum(SINGLES_MAX) + PAIRS_MAX + SIBLINGS_MAX
    assert np.isfinite(features).all()
    assert (features[:, :3] <= 1.0).all()


def test_siblings_differ_in_one_value() -> None:
    """Two bitrates are siblings; a bitrate and a network are not."""
    assert are_siblings(((0, 1), (1, 2)), ((0, 1), (1, 3)))
    assert not are_siblings(((0, 1), (1, 2)), ((0, 2), (1, 3)))
    assert not are_siblings(((0, 1),), ((1, 1),))
