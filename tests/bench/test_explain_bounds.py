"""The bounds of certainty are what the promises make of them, and nothing else."""

from pathlib import Path

import pytest

from bench import explain_bounds
from bench.explain_bounds import FALSE_MALICE, RIGHT, TEMPLATE, Weighed, outcome, priced
from kickoff.causes import bounds
from kickoff.causes.explain import Weighing, said
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
LOOKS_FAULTY = statement("capacity", capacity=0.01)
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


def test_what_may_happen_a_tenth_as_often_must_be_ten_times_as_sure() -> None:
    """The bounds follow from the promises: half of each limit, over the share of nights that may be too early."""
    assert priced(1 - RIGHT) == 0.875
    assert 1 - priced(FALSE_MALICE) == pytest.approx((1 - priced(10 * FALSE_MALICE)) / 10)


def test_a_fault_that_is_as_sure_as_the_promise_is_said() -> None:
    """No sign is left to be read of a broken check of passwords, which comes to 0.946: silence would tell nobody."""
    broken = statement("fault", malice=0.001, capacity=0.053)

    assert said(broken.probabilities, broken.weighing) is Cause.FAULT


def test_bounds_that_break_a_promise_on_the_tuning_nights_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A price is no proof: on nights with known causes it has to keep half of each limit."""
    monkeypatch.setattr(explain_bounds, "collect", lambda _count: [(LOOKS_FAULTY, LOOKS_FAULTY)])

    with pytest.raises(SystemExit, match="in hand, less than"):
        explain_bounds.choose()


def test_the_bounds_in_use_were_written_by_the_script() -> None:
    """Nobody chose them by hand since."""
    assert (priced(1 - RIGHT), priced(FALSE_MALICE)) == (bounds.SURE, bounds.MALICE_SURE)
    written = Path(bounds.__file__).read_text("utf-8")

    assert written == TEMPLATE.format(sure=bounds.SURE, malice_sure=bounds.MALICE_SURE)
