from collections import defaultdict
from collections.abc import Callable

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kickoff.audience import questions
from kickoff.audience.minutes import MINUTES, channel_minutes_of, merge_channel_minutes

FIRST, LAST, THRESHOLD_MS = 2, 8, 60_000
Row = tuple[int, int, str, int, int, int]

HOUSE = ibis.duckdb.connect()
NIGHTS = st.dictionaries(
    st.tuples(st.integers(0, 5), st.integers(0, 9), st.sampled_from(["one", "two"])),
    st.tuples(st.integers(0, 60_000), st.integers(0, 10_000)),
    max_size=40,
).map(lambda found: [(*key, *value, 1200) for key, value in sorted(found.items())])


def table(rows: list[Row]) -> pa.Table:
    """Viewer-minutes."""
    return pa.Table.from_pylist([dict(zip(MINUTES.names, row, strict=True)) for row in rows], schema=MINUTES)


def asked(question: Callable[[ibis.Table], ibis.Expr], rows: list[Row]) -> object:
    """The answer of DuckDB as plain values."""
    found = HOUSE.to_pyarrow(question(ibis.memtable(table(rows))))
    return found.to_pylist() if isinstance(found, pa.Table) else found.as_py()


@settings(max_examples=15)
@given(NIGHTS)
def test_figures_are_what_counting_row_by_row_gives(rows: list[Row]) -> None:
    """Average, peak and reach of the part of the night between kick-off and whistle."""
    watched: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    each: dict[int, int] = defaultdict(int)
    for viewer, minute, channel, watched_ms, _, _ in rows:
        if FIRST <= minute < LAST:
            each[viewer] += watched_ms
            if watched_ms:
                watched[channel][minute] += watched_ms
    truth = [
        {"channel": name, "watched_ms": sum(found.values()), "peak_ms": max(found.values())}
        for name, found in sorted(watched.items())
    ]
    figures = asked(lambda t: questions.figures_by_channel(questions.channel_minutes(t), FIRST, LAST), rows)
    reached = asked(lambda t: questions.reach(t, FIRST, LAST, threshold_ms=THRESHOLD_MS), rows)
    assert figures == truth
    assert reached == sum(watched_ms >= THRESHOLD_MS for watched_ms in each.values())


@settings(max_examples=15)
@given(NIGHTS, st.integers(0, 40))
def test_the_kept_sums_are_the_sums_of_the_minutes(rows: list[Row], cut: int) -> None:
    """The journal sums block by block while it writes; whoever asks the sums gets what the minutes would say."""
    parts = [channel_minutes_of(table(rows[:cut])), channel_minutes_of(table(rows[cut:]))]
    kept = merge_channel_minutes(pa.concat_tables(parts)).to_pylist()
    told = asked(lambda t: questions.channel_minutes(t).order_by("channel", "minute"), rows)
    assert kept == told


def test_lost_is_what_was_missing_in_between() -> None:
    """Viewer 1 was cut off for two minutes, 2 came late and left early, 3 saw a picture that stood for five seconds."""
    rows = [
        *((1, minute, "one", 60_000, 0, 1200) for minute in (2, 3, 6, 7)),
        *((2, minute, "one", 60_000, 0, 1200) for minute in (4, 5)),
        (3, 2, "one", 55_000, 5_000, 1200),
    ]
    found = asked(lambda t: questions.lost(t, FIRST, LAST).order_by("viewer"), rows)
    assert found == [{"viewer": 1, "lost_ms": 120_000}, {"viewer": 2, "lost_ms": 0}, {"viewer": 3, "lost_ms": 5_000}]
    lengths = asked(lambda t: questions.lost_by_length(questions.lost(t, FIRST, LAST)), rows)
    assert lengths == [{"minutes": 0, "viewers": 2}, {"minutes": 2, "viewers": 1}]


@pytest.mark.parametrize("channel", ["one", "two"])
def test_reach_by_channel_counts_each_channel_for_itself(channel: str) -> None:
    """Half a minute of each channel reaches the night and neither channel."""
    rows: list[Row] = [(1, 2, "one", 30_000, 0, 1200), (1, 2, "two", 30_000, 0, 1200), (2, 3, channel, 60_000, 0, 1200)]
    found = asked(lambda t: questions.reach_by_channel(t, FIRST, LAST, threshold_ms=THRESHOLD_MS), rows)
    assert found == [{"channel": channel, "reach": 1}]
    assert asked(lambda t: questions.reach(t, FIRST, LAST, threshold_ms=THRESHOLD_MS), rows) == 2
