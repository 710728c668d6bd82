"""What the ranges are held against: the same posterior, told what the world was made of."""

from pathlib import Path

import pytest

from bench.nights.ideal import ranges
from bench.nights.plans import draw
from bench.nights.store import write
from kickoff.aftermath.answers import incidents, read
from kickoff.aftermath.journal import JournalView
from kickoff.findings import Metric
from tests.bench.test_nights import june

__all__ = ["june"]


@pytest.mark.parametrize("where", ["a cohort", "everybody"])
def test_who_is_told_the_truth_is_surer_and_not_of_everything(where: str, tmp_path: Path) -> None:
    """Chance is left: how many came of how many. Else any range would look bad beside it."""
    silent = (plan for seed in range(4_000) if (plan := draw("learning", seed)).scenario == "silence")
    plan = next(plan for plan in silent if bool(plan.troubles[0].where) == (where == "a cohort"))
    kept = write(plan, tmp_path, ("whole",))
    assert kept is not None
    evening = read(JournalView(tmp_path / "whole", plan.name))
    found = [one for one in incidents(evening) if one.metric is Metric.SILENCE]
    known = ranges(evening, tuple(found), plan)

    assert bool(found[0].scope.causes) == (where == "a cohort")
    assert known is not None
    own, ideal = (one.high - one.low for one in known)
    assert own > 1.02 * ideal
    assert ideal > 3.29 * (0.3 * kept.whole.hit) ** 0.5
