import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from kickoff.audience.minutes import spans_from_minutes, viewer_minutes
from tests.aftermath.logs import START
from tests.audience.spans import span, spans


def rows(*given_spans: dict[str, object]) -> list[tuple[object, ...]]:
    """The viewer-minutes as (subject, minute, channel, watched_ms, stalled_ms, bitrate_kbps), in that order."""
    return sorted(tuple(row.values()) for row in viewer_minutes(spans(*given_spans), start=START).to_pylist())


def test_a_span_is_cut_at_whole_minutes_of_the_night() -> None:
    """From 0:50 to 2:05 is ten seconds, a minute, five seconds."""
    assert rows(span(1, 50, 125)) == [
        (1, 0, "one", 10_000, 0, 1200),
        (1, 1, "one", 60_000, 0, 1200),
        (1, 2, "one", 5_000, 0, 1200),
    ]


def test_two_streams_of_one_channel_are_one_account_watching() -> None:
    """An instant counts once, and a stall counts only where no other stream of the account plays."""
    assert rows(span(1, 0, 40), span(1, 20, 50, stream=2), span(1, 45, 60, stalled=True)) == [
        (1, 0, "one", 50_000, 10_000, 1200)
    ]


def test_the_bitrate_is_the_mean_over_the_time_played() -> None:
    """Twenty seconds at 400 and forty at 1000."""
    assert rows(span(1, 0, 20, bitrate=400), span(1, 20, 60, bitrate=1000)) == [(1, 0, "one", 60_000, 0, 800)]


@settings(max_examples=30)
@given(st.lists(st.builds(span, st.integers(1, 3), st.integers(-5, 185), st.integers(0, 185)), max_size=20))
def test_minutes_hold_as_much_as_seconds(given_spans: list[dict[str, object]]) -> None:
    """No row exceeds its minute, and together they are the watched time of the accounts."""
    found = rows(*given_spans)
    assert all(0 < int(str(row[3])) <= 60_000 for row in found)
    seconds = {
        (row["subject"], tick)
        for row in given_spans
        for tick in range(int(str(row["begins_at"])) // 1_000_000, int(str(row["ends_at"])) // 1_000_000)
    }
    assert sum(int(str(row[3])) for row in found) == 1000 * len(seconds)


@settings(max_examples=30)
@given(st.lists(st.builds(span, st.integers(1, 3), st.integers(0, 185), st.integers(0, 185)), max_size=20))
def test_minutes_give_spans_that_give_the_same_minutes(given_spans: list[dict[str, object]]) -> None:
    """A journal of which only the minutes are left still answers."""
    before = viewer_minutes(spans(*given_spans), start=START)
    numbered = before.rename_columns(["viewer", *before.column_names[1:]])
    viewers = pa.table({"viewer": [1, 2, 3], "subject": [1, 2, 3]})
    again = viewer_minutes(spans_from_minutes(numbered, viewers, start=START), start=START)
    keys = [(name, "ascending") for name in ("subject", "minute", "channel")]
    assert again.sort_by(keys).to_pylist() == before.sort_by(keys).to_pylist()
