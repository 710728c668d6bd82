"""What `make bench-impact` prints of coverage leaves out nothing that was hard."""

import json
from pathlib import Path

import msgspec
import pytest

from bench import impact
from bench.impact import LOOKS_S, first_ranges, report
from bench.nights.answers import Answered, Stated
from kickoff.findings import Impact, Incident, Metric, Range, Scope
from kickoff.units import AtUs


def stated(*, hit: int, touched: float, total: tuple[int, int], shut_out: tuple[Range, Range] | None) -> Stated:
    """A statement of which nothing but the count matters."""
    low, high = total
    held = Range(low=low, mid=(low + high) // 2, high=high)
    return Stated(
        at=AtUs(0), causes=[], hit=hit, touched=touched, verdict="none", malice_signs=0, probabilities={}, incidents=[],
        impact=Impact(seen=0, unseen=held, total=held, user_hours=0.0, by={}, how=""),
        shut_out=shut_out, baselines={"with_an_error": 0, "forecast_less_seen": 0}, seconds=0.0,
    )  # fmt: skip


def night_of(statement: Stated) -> Answered:
    """Both statements alike."""
    return Answered(
        name="judging-0", scenario="silence", minute_s=60.0, start=AtUs(0), spans=[], kinds=[], first=statement,
        whole=statement,
    )  # fmt: skip


def range_of(mid: int, half: int) -> Range:
    """As far below as above."""
    return Range(low=mid - half, mid=mid, high=mid + half)


HELD = stated(hit=100, touched=0.1, total=(90, 110), shut_out=(range_of(80, 10), range_of(80, 5)))
NO_SILENCE_FOUND = stated(hit=100, touched=0.1, total=(1, 5), shut_out=None)
MISSED = stated(hit=100, touched=0.1, total=(0, 0), shut_out=None)


def test_who_left_no_trace_counts_although_no_silence_was_found() -> None:
    """Those are the hard ones: without them the coverage looks better than it is."""
    found = report([night_of(HELD), night_of(NO_SILENCE_FOUND)])

    assert found["coverage_90_hidden"] == 0.5
    assert found["width_vs_ideal"] == 2.0


def test_what_nobody_noticed_is_told_as_well() -> None:
    """A range of nought holds no truth."""
    found = report([night_of(HELD), night_of(MISSED)])

    assert found["coverage_90_hidden"] == 1.0
    assert found["coverage_90_hidden_all"] == 0.5
    assert found["not_noticed"] == 2


def test_how_wide_the_range_is_of_a_silence_of_everybody_is_told_by_itself() -> None:
    """A median over both kinds hides the harder one."""
    everybodys = Incident(
        metric=Metric.SILENCE, began_at=AtUs(0), noticed_at=AtUs(0), ended_at=None, scope=Scope(verdict="outside")
    )
    wide = msgspec.structs.replace(HELD, shut_out=(range_of(80, 20), range_of(80, 5)), incidents=[everybodys])
    found = report([night_of(HELD), night_of(HELD), night_of(wide)])

    assert found["width_vs_ideal"] == found["width_vs_ideal_cohorts"] == 2.0
    assert found["width_vs_ideal_everybody"] == 4.0
    assert found["hidden_with_silence_of_everybody"] == 2


@pytest.mark.parametrize(("mid", "share"), [(84, 1.0), (74, 0.0)])
def test_the_range_that_ours_is_held_against_is_judged_as_well(mid: int, share: float) -> None:
    """Twenty of a hundred are counted otherwise: one that does not hold eighty is too narrow to be a measure."""
    beside = msgspec.structs.replace(HELD, shut_out=(range_of(80, 10), range_of(mid, 5)))

    assert report([night_of(beside)])["coverage_90_ideal"] == share


@pytest.mark.parametrize(("from_s", "told"), [(90, 90.0), (LOOKS_S[-1] + 1, None)])
def test_a_range_that_never_came_is_null_and_not_an_infinity(
    from_s: int, told: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is printed is one JSON document, and JSON knows no infinity."""
    felt = Incident(
        metric=Metric.SILENCE, began_at=AtUs(0), noticed_at=AtUs(0), ended_at=None, scope=Scope(verdict="outside")
    )
    night = night_of(msgspec.structs.replace(HELD, incidents=[felt]))
    monkeypatch.setattr(impact, "night", lambda *_: (Path(), None))
    monkeypatch.setattr(impact, "_has_range", lambda *asked: asked[-1] >= from_s)
    found = first_ranges([night])

    assert (found["first_range_s"], found["first_range_median_s"]) == (told, told)
    assert found["first_range_within_120_s"] == (told is not None)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
