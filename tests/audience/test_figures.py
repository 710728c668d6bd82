from random import Random

import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kickoff.audience import measure
from kickoff.audience.figures import curve
from kickoff.facts import Fact
from kickoff.units import US_PER_S
from tests.aftermath.logs import START, at
from tests.audience.spans import NIGHT, brute_curve, facts, span, spans

EVERYONE = spans(
    span(1, 60, 170),  # the whole match
    span(2, 60, 115, stream=1), span(2, 100, 170, stream=2, device="phone"),  # two streams, one account
    span(3, 20, 60.5), span(3, 62, 62.2),  # before the match, and a glimpse of it
    span(4, 100, 150, channel="two"), span(4, 120, 170, channel="one"),  # both channels, for a time together
    span(5, 80, 120, stalled=True),  # a picture that stood still
)  # fmt: skip


def test_the_average_is_account_time_over_the_length_of_the_match() -> None:
    """110 + 110 + 0.7 + 70 account-seconds in a match of 110 s: accounts, however many streams each has."""
    found = measure(EVERYONE, facts(), NIGHT)
    assert found.average == round((110 + 110 + 0.7 + 70) / 110)
    assert found.by_channel["two"].average == round(50 / 110)
    assert found.unit == "accounts"


def test_the_peak_is_the_most_accounts_at_one_second() -> None:
    """Account 2 has two streams from 100 to 115 and is one account; account 4 has two channels and is one."""
    found = measure(EVERYONE, facts(), NIGHT)
    assert (found.peak, found.peak_at) == (3, at(60))
    assert found.streams_peak == 4
    assert found.devices_peak == 4
    assert found.by_channel["one"].peak == 3


def test_reach_counts_who_watched_a_minute_of_the_match_clock() -> None:
    """On this short night such a minute lasts 1.133 s; what account 3 saw of the match adds up to less."""
    found = measure(EVERYONE, facts(), NIGHT)
    assert found.reach_threshold_s == pytest.approx(NIGHT.match_minute_s, abs=0.001)
    assert found.reach == 3
    assert measure(spans(span(3, 20, 60.6), span(3, 62, 62.6)), facts(), NIGHT).reach == 1


def test_a_late_kick_off_moves_the_match() -> None:
    """The schedule is a plan; what happened is a fact."""
    played = facts(
        [{"at": at(80), "fact": Fact.MATCH, "code": "kick_off"}, {"at": at(180), "fact": Fact.MATCH, "code": "whistle"}]
    )
    assert measure(spans(*(span(n, 60, 130) for n in range(100))), played, NIGHT).average == 50


def test_while_the_match_runs_the_average_is_of_what_was_played() -> None:
    """At half-time nobody has missed the second half yet."""
    found = measure(spans(span(1, 60, 90), span(2, 75, 90)), facts(), NIGHT, until=at(90))
    assert found.average == 2  # 45 account-seconds in 30 s: 1.5, rounded half up
    assert len(found.seconds) == 91
    assert measure(spans(span(1, 20, 50)), facts(), NIGHT, until=at(50)).average == 0


def test_jitter_of_arrival_opens_no_hole() -> None:
    """The second beat came 200 ms late: its viewer has not been away."""
    late = spans(span(1, 60, 70), span(1, 70.2, 80))
    assert measure(late, facts(), NIGHT).seconds[60:81] == (1,) * 20 + (0,)


def test_with_beats_lost_the_average_is_told_with_what_was_seen() -> None:
    """A hundred viewers, each of whom a twentieth was never heard of."""
    rows = [
        span(who, 60 + 5.5 * n, 60 + 5.5 * (n + 1)) | {"number_first": n + 1, "number_last": n + 1}
        for who in range(100)
        for n in range(20)
        if n != 7
    ]
    found = measure(spans(*rows), facts(), NIGHT)
    assert (found.average, found.average_seen, found.beats_lost_ppm) == (100, 95, 50_000)
    # Nineteen of twenty came: at each end of a stream a nineteenth of a beat of 5.2 s may be unsaid.
    assert found.average_high == 101


def test_a_short_stall_is_no_jitter() -> None:
    """Half a second of every ten stood still: a twentieth of the match was not watched."""
    rows = [
        part
        for who in range(100)
        for ten in range(60, 170, 10)
        for part in (span(who, ten, ten + 0.5, stalled=True), span(who, ten + 0.5, ten + 10))
    ]
    assert measure(spans(*rows), facts(), NIGHT).average == 95


def test_an_empty_night_has_no_audience() -> None:
    """Before the doors open every figure is nought and nothing fails."""
    found = measure(spans(), facts(), NIGHT)
    assert (found.average, found.peak, found.peak_at, found.reach) == (0, 0, None, 0)
    assert set(found.by_channel) == {"one", "two"}
    assert set(found.seconds) == {0}


ROWS = st.lists(
    st.builds(
        span,
        st.integers(1, 4),
        st.integers(0, 1700).map(lambda tenths: tenths / 10),
        st.integers(0, 1850).map(lambda tenths: tenths / 10),
        stream=st.integers(1, 2),
        channel=st.sampled_from(["one", "two"]),
    ),
    max_size=30,
)


@settings(max_examples=30)
@given(rows=ROWS, chance=st.randoms(use_true_random=False))
def test_order_and_doubles_change_nothing(rows: list[dict[str, object]], chance: Random) -> None:
    """Beats are late, doubled and reordered; the audience is what they cover together."""
    shuffled = [*rows, *rows[::2]]
    chance.shuffle(shuffled)
    assert measure(spans(*rows), facts(), NIGHT) == measure(spans(*shuffled), facts(), NIGHT)


@settings(max_examples=30)
@given(rows=ROWS)
def test_the_curve_is_what_counting_second_by_second_gives(rows: list[dict[str, object]]) -> None:
    """The fast way and the obvious way agree, without bridging, on every second."""
    table = spans(*rows)
    begins, ends = table["begins_at"].to_numpy(), table["ends_at"].to_numpy()
    kept = ends > begins
    found = curve(begins[kept], ends[kept], START, 185)
    one_each = [(n, b, e) for n, (b, e) in enumerate(zip(begins, ends, strict=True))]
    assert found.tolist() == brute_curve(one_each, START, 185)


@settings(max_examples=30)
@given(rows=ROWS, cut=st.integers(0, 185))
def test_more_time_never_lowers_reach_or_peak(rows: list[dict[str, object]], cut: int) -> None:
    """What was reached stays reached: figures of a running night only grow."""
    table = spans(*rows)
    clipped = table.filter(pc.field("begins_at") < START + cut * US_PER_S)
    early, late = measure(clipped, facts(), NIGHT, until=at(cut)), measure(table, facts(), NIGHT)
    assert early.reach <= late.reach
    assert early.peak <= late.peak
