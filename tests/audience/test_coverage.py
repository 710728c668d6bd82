from collections import Counter
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st

from kickoff.audience.coverage import (
    BEAT_COLUMNS,
    SPANS,
    as_loose,
    beats_lost,
    bridged,
    join,
    loose_spans_of,
    placed,
    spans_of,
)
from kickoff.audience.intervals import union

Beat = dict[str, int | str | None]

BEATS = st.lists(
    st.fixed_dictionaries(
        {
            "at": st.integers(0, 100).map(lambda second: second * 1_000_000),
            "subject": st.integers(-2, 2),
            "stream": st.integers(1, 2),
            "channel": st.sampled_from(["one", "two", None]),
            "device": st.just("tv"),
            "watched_ms": st.one_of(st.none(), st.integers(0, 20_000)),
            "stalled_ms": st.one_of(st.none(), st.integers(0, 5_000)),
            "bitrate_kbps": st.sampled_from([400, 1200]),
            "place": st.one_of(st.none(), st.integers(1, 20)),
            "wait_ms": st.one_of(st.none(), st.integers(-5000, 5000)),
        }
    ),
    max_size=40,
)


def table(beats: list[Beat]) -> pa.Table:
    """Beats as columns of the facts table."""
    schema = pa.schema([(name, pa.string() if name in {"channel", "device"} else pa.int64()) for name in BEAT_COLUMNS])
    return pa.Table.from_pylist(beats, schema=schema)


def milliseconds(spans: pa.Table) -> set[tuple[object, ...]]:
    """Every covered instant on a grid of 100 ms: the obvious meaning of a set of spans."""
    found: set[tuple[object, ...]] = set()
    for row in spans.to_pylist():
        key = tuple(row[name] for name in ("subject", "stream", "channel", "bitrate_kbps", "stalled"))
        first = -(-row["begins_at"] // 100_000)
        found |= {(*key, tick) for tick in range(first, -(-row["ends_at"] // 100_000))}
    return found


@settings(max_examples=40)
@given(beats=BEATS, chance=st.randoms(use_true_random=False))
def test_spans_do_not_depend_on_order_or_doubles(beats: list[Beat], chance: Random) -> None:
    """Networks reorder and players send twice; neither is watching more."""
    again = [*beats, *beats[: len(beats) // 2]]
    chance.shuffle(again)
    assert spans_of(table(again)).equals(spans_of(table(beats)))


@settings(max_examples=40)
@given(beats=BEATS, cut=st.integers(0, 40))
def test_a_night_joined_in_pieces_is_the_night_joined_at_once(beats: list[Beat], cut: int) -> None:
    """Sealing rests on this: what is sealed early and what comes later may be joined in any grouping."""
    pieces = [loose_spans_of(table(beats[:cut])), loose_spans_of(table(beats[cut:]))]
    assert placed(join(pa.concat_tables(pieces))).equals(spans_of(table(beats)))


@settings(max_examples=40)
@given(beats=BEATS)
def test_spans_cover_what_beats_say_and_nothing_else(beats: list[Beat]) -> None:
    """Told apart beat by beat: first the stall, then the picture, up to the instant of the beat."""
    loose = []
    for beat in beats:
        at, watched, stalled = (int(beat[name] or 0) for name in ("at", "watched_ms", "stalled_ms"))
        beat["wait_ms"] = None
        rest = {name: beat[name] for name in ("subject", "stream", "channel", "device", "bitrate_kbps")}
        start = at - 1000 * watched
        loose.append(rest | {"stalled": False, "begins_at": start, "ends_at": at})
        loose.append(rest | {"stalled": True, "begins_at": start - 1000 * stalled, "ends_at": start})
    found = spans_of(table(beats))
    told = found.filter(found["stalled"].is_valid())
    assert milliseconds(told) == milliseconds(pa.Table.from_pylist(loose, schema=SPANS))
    assert join(as_loose(found)).select(SPANS.names).equals(found)


@settings(max_examples=40)
@given(intervals=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50), st.integers(0, 50)), max_size=30))
def test_stretches_of_one_key_never_touch(intervals: list[tuple[int, int, int]]) -> None:
    """A stretch is longest: between two of them there is something that nobody covered."""
    columns = np.array(intervals, dtype=np.int64).reshape(-1, 3).T
    found = union([columns[0]], columns[1], columns[2])
    first, last, keys = found.begins, found.ends, columns[0][found.row]
    assert np.all(last > first)
    same = keys[1:] == keys[:-1]
    assert np.all(first[1:][same] > last[:-1][same])


@settings(max_examples=40)
@given(beats=BEATS)
def test_a_bridge_fills_short_gaps_and_covers_no_stall(beats: list[Beat]) -> None:
    """What is added was covered by nothing, neither picture nor stall, and is at most the bridge long."""
    spans = spans_of(table([beat | {"place": None} for beat in beats]))
    before = Counter(map(str, spans.to_pylist()))
    added = [row for row in bridged(spans, gap=2_000_000).to_pylist() if str(row) not in before]
    stream = ("subject", "stream", "channel")
    covered = {
        (*(row[name] for name in stream), tick)
        for row in spans.to_pylist()
        for tick in range(-(-row["begins_at"] // 1000), -(-row["ends_at"] // 1000))
    }
    for row in added:
        key = tuple(row[name] for name in stream)
        assert 0 < row["ends_at"] - row["begins_at"] <= 2_000_000
        assert not {(*key, tick) for tick in range(row["begins_at"] // 1000, row["ends_at"] // 1000)} & covered
        assert {(*key, row["begins_at"] // 1000 - 1), (*key, row["ends_at"] // 1000)} <= covered


def test_a_beat_of_nobody_is_left_out() -> None:
    """A beat whose account is not known cannot be an account that watches."""
    beat: Beat = {"at": 10_000_000, "subject": None, "stream": 1, "channel": "one", "device": "tv", "watched_ms": 5000}
    assert spans_of(table([beat])).num_rows == 0


def test_a_clock_years_off_spoils_nobody_elses_minutes() -> None:
    """One broken device among many accounts: the arithmetic holds, and the others are counted as they are."""
    count = 4000
    keys = np.arange(count, dtype=np.int64)
    begins = np.zeros(count, dtype=np.int64)
    ends = np.full(count, 10, dtype=np.int64)
    ends[7] = 2**62
    found = union([keys], begins, ends)
    assert np.array_equal(found.row, keys)
    assert np.array_equal(found.begins, begins)
    assert np.array_equal(found.ends, ends)


def told(number: int, at_s: float, watched_s: float, *, late_s: float = 0, clock_s: float = 0) -> Beat:
    """A numbered beat made at `at_s`, by a clock that is `clock_s` ahead, that arrives `late_s` later."""
    return {
        "at": round((at_s + late_s) * 1_000_000), "subject": 1, "stream": 1, "channel": "one", "device": "tv",
        "place": number, "wait_ms": round((late_s - clock_s) * 1000), "watched_ms": round(watched_s * 1000),
        "stalled_ms": 0, "bitrate_kbps": 1200,
    }  # fmt: skip


def moving(beats: list[Beat]) -> list[tuple[float, float]]:
    """Where a picture is taken to have moved, in seconds, joined."""
    spans = bridged(spans_of(table(beats)))
    spans = spans.filter(pc.equal(spans["stalled"], pa.scalar(value=False)))
    found = union([], spans["begins_at"].to_numpy(), spans["ends_at"].to_numpy())
    return [(begins / 1e6, ends / 1e6) for begins, ends in zip(found.begins, found.ends, strict=True)]


def test_late_beats_of_a_wrong_clock_are_put_where_they_were() -> None:
    """One beat came without delay, the others up to half a minute late and in another order; the clock is ahead."""
    beats = [told(n, 10 * n, 10, late_s=late, clock_s=5) for n, late in ((3, 0), (1, 29), (4, 7), (2, 24))]
    assert moving(beats) == [(0, 40)]


def test_the_shift_of_a_stream_is_found_over_all_pieces() -> None:
    """What was sealed early came late throughout; only a later beat shows how late."""
    early = [told(1, 10, 10, late_s=20), told(2, 20, 10, late_s=20)]
    later = [told(3, 30, 10)]
    pieces = [loose_spans_of(table(early)), loose_spans_of(table(later))]
    found = placed(join(pa.concat_tables(pieces)))
    assert found.select(["begins_at", "ends_at"]).to_pylist() == [{"begins_at": 0, "ends_at": 30_000_000}]


def test_a_gap_in_the_numbers_was_watched_and_a_pause_was_not() -> None:
    """Beats 3 and 4 were lost; between 6 and 7 the viewer had paused, and beat 8 said so too."""
    beats = [told(n, at_s, watched) for n, at_s, watched in (
        (1, 10, 10), (2, 20, 10), (5, 50, 10), (6, 60, 10), (7, 100, 10), (8, 110, 0), (9, 120, 5)
    )]  # fmt: skip
    assert moving(beats) == [(0, 60), (90, 100), (115, 120)]


def on(channel: str, beats: list[Beat]) -> list[Beat]:
    """The same beats of another channel."""
    return [beat | {"channel": channel} for beat in beats]


def by_channel(beats: list[Beat]) -> list[tuple[str, float, float]]:
    """What counts as watched, channel by channel, in seconds."""
    spans = bridged(spans_of(table(beats)))
    spans = spans.filter(pc.equal(spans["stalled"], pa.scalar(value=False)))
    return sorted((row["channel"], row["begins_at"] / 1e6, row["ends_at"] / 1e6) for row in spans.to_pylist())


def test_who_goes_to_another_channel_and_comes_back_lost_nothing() -> None:
    """The numbers missing on the first channel were told on the second: nothing is put where they were."""
    beats = [told(1, 10, 10), *on("two", [told(2, 20, 10), told(3, 30, 10)]), told(4, 40, 10)]
    assert by_channel(beats) == [("one", 0, 10), ("one", 30, 40), ("two", 10, 30)]


def test_beats_lost_on_either_channel_are_put_where_they_were() -> None:
    """Number 3 was lost on the second channel, number 6 around the way back: each channel gets half of that gap."""
    beats = [
        told(1, 10, 10), *on("two", [told(2, 20, 10), told(4, 40, 10), told(5, 50, 10)]), told(7, 70, 10),
    ]  # fmt: skip
    assert by_channel(beats) == [
        ("one", 0, 10), ("one", 55, 60), ("one", 60, 70),
        ("two", 10, 20), ("two", 20, 30), ("two", 30, 50), ("two", 50, 55),
    ]  # fmt: skip


def test_the_share_of_lost_beats_is_told_by_the_numbers() -> None:
    """Numbers 3 and 4 of nine are missing; a beat that came twice is one."""
    beats = [told(n, 10 * n, 10) for n in (1, 2, 5, 5, 6, 7, 8, 9)]
    assert beats_lost(spans_of(table(beats))) == (2, 7)


def test_beats_without_numbers_leave_their_gaps() -> None:
    """Nothing is made up for a player that does not say how many beats there were."""
    beats = [told(1, 10, 10), told(2, 40, 10)]
    for beat in beats:
        beat["place"] = None
    assert moving(beats) == [(0, 10), (30, 40)]
