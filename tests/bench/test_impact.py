"""What `make bench-impact` prints of coverage leaves out nothing that was hard."""

from bench.impact import report
from bench.nights.answers import Answered, Stated
from kickoff.findings import Impact, Range
from kickoff.units import AtUs


def stated(*, hit: int, touched: float, total: tuple[int, int], widths: tuple[int, int] | None) -> Stated:
    """A statement of which nothing but the count matters."""
    low, high = total
    held = Range(low=low, mid=(low + high) // 2, high=high)
    return Stated(
        at=AtUs(0), causes=[], hit=hit, touched=touched, verdict="none", malice_signs=0, probabilities={}, incidents=[],
        impact=Impact(seen=0, unseen=held, total=held, user_hours=0.0, by={}, how=""),
        widths=widths, baselines={"with_an_error": 0, "forecast_less_seen": 0}, seconds=0.0,
    )  # fmt: skip


def night_of(statement: Stated) -> Answered:
    """Both statements alike."""
    return Answered(
        name="judging-0", scenario="silence", minute_s=60.0, start=AtUs(0), spans=[], kinds=[], first=statement,
        whole=statement,
    )  # fmt: skip


HELD = stated(hit=100, touched=0.1, total=(90, 110), widths=(20, 10))
NO_SILENCE_FOUND = stated(hit=100, touched=0.1, total=(1, 5), widths=None)
MISSED = stated(hit=100, touched=0.1, total=(0, 0), widths=None)


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
