"""The bounds of certainty are what the rule makes of the tuning nights, and nothing else."""

from pathlib import Path

import pytest

from bench.explain_bounds import TEMPLATE, Outcome, Weighed, chosen, outcome
from kickoff.causes import bounds
from kickoff.causes.explain import Weighing
from kickoff.findings import Cause


def statement(*causes: str, malice: float = 0.0, capacity: float = 0.0) -> Weighed:
    """What the signs of one incident come to; malice has signs enough."""
    fault = 1.0 - malice - capacity
    chances = {Cause.CAPACITY: capacity, Cause.MALICE: malice, Cause.FAULT: fault}
    return Weighed(
        causes=list(causes),
        weighing=Weighing(incidents=(chances,), noticed=True, attack=0.0, malice_signs=2),
        probabilities={**chances, Cause.MIXED: 0.0, Cause.NONE: 0.0},
        malice_told=2,
    )


ATTACKED = statement("malice", malice=0.995)
LOOKS_ATTACKED = statement("fault", malice=0.96)
FULL = statement("capacity", capacity=0.9)
DOUBTFUL = statement("fault", capacity=0.7)


def test_each_figure_is_reckoned_as_the_bench_reckons_it() -> None:
    """Of two nights without malice one is told there was; of three first statements one decides nothing."""
    nights = [(ATTACKED, ATTACKED), (FULL, LOOKS_ATTACKED), (DOUBTFUL, FULL)]
    found = outcome(nights, 0.85, 0.95)

    assert found.false_malice == 0.5
    assert found.too_early_10min == pytest.approx(1 / 3, abs=1e-3)
    assert found.accuracy_decided == pytest.approx(4 / 5)


def test_a_surer_bound_says_less_malice() -> None:
    """What looks like an attack at 0.96 is not said at 0.97."""
    assert outcome([(LOOKS_ATTACKED, LOOKS_ATTACKED)], 0.85, 0.97).false_malice == 0.0


def of(sure: float, malice_sure: float, *, false: float, early: float, right: float) -> Outcome:
    """An outcome with these figures."""
    return Outcome(
        sure=sure, malice_sure=malice_sure, false_malice=false, too_early_10min=early, accuracy_decided=right
    )


def test_of_the_pairs_with_half_of_each_limit_in_hand_the_most_cautious_is_taken() -> None:
    """Judged nights differ: a pair that keeps a limit by a hair on these breaks it on those. Malice comes first."""
    hair = of(0.9, 0.99, false=0.0, early=0.11, right=0.999)
    bold = of(0.9, 0.95, false=0.0, early=0.05, right=0.999)
    cautious = of(0.7, 0.98, false=0.002, early=0.09, right=0.98)

    assert chosen([hair, bold, cautious]) is cautious


def test_where_none_is_safe_the_one_that_keeps_most_in_hand_is_taken() -> None:
    """There is always an answer, and what it is worth is printed beside it."""
    breaks = of(0.5, 0.9, false=0.01, early=0.0, right=1.0)
    hair = of(0.9, 0.99, false=0.0, early=0.15, right=0.96)

    assert chosen([breaks, hair]) is hair


def test_the_bounds_in_use_were_written_by_the_script() -> None:
    """Nobody chose them by hand since."""
    written = Path(bounds.__file__).read_text("utf-8")

    assert written == TEMPLATE.format(sure=bounds.SURE, malice_sure=bounds.MALICE_SURE)
