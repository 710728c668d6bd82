"""Whether a probability is worth its name, counted by hand on five statements."""

import pytest

from bench.explain import ece
from bench.nights.answers import Stated
from kickoff.findings import Impact, Range
from kickoff.units import AtUs

NOBODY = Range(low=0, mid=0, high=0)


def stated(probability: float, *, right: bool) -> Stated:
    """A statement whose likeliest verdict is a fault, with so much; of the other figures none matters."""
    return Stated(
        at=AtUs(0), causes=["fault"] if right else ["malice"], hit=0, touched=1.0, verdict="fault", malice_signs=0,
        probabilities={"fault": probability, "malice": 1 - probability}, incidents=[],
        impact=Impact(seen=0, unseen=NOBODY, total=NOBODY, user_hours=0.0, by={}, how=""), shut_out=None, baselines={},
        seconds=0.0,
    )  # fmt: skip


def test_who_is_right_as_often_as_he_says_errs_by_nothing() -> None:
    """Three of four at 75 %, and what is certain."""
    assert ece([stated(0.75, right=number > 0) for number in range(4)] + [stated(1.0, right=True)]) == 0.0


def test_each_bin_counts_by_its_share_of_the_statements() -> None:
    """At 95 % one of two is right: off by 0.45, two fifths of all. At 65 % three of three: by 0.35, three fifths."""
    sure = [stated(0.95, right=True), stated(0.95, right=False)]
    unsure = [stated(0.65, right=True)] * 3
    assert ece([*sure, *unsure]) == pytest.approx(0.4 * 0.45 + 0.6 * 0.35)


def test_errors_of_one_bin_do_not_make_up_for_those_of_another() -> None:
    """Too sure at 95 % and too modest at 55 %: the mean would be right, and neither is."""
    assert ece([stated(0.95, right=False), stated(0.55, right=True)]) == pytest.approx((0.95 + 0.45) / 2)


def test_within_one_bin_they_do() -> None:
    """Nobody can tell 61 % from 69 % by so few."""
    assert ece([stated(0.61, right=True), stated(0.69, right=False)]) == pytest.approx(0.15)
