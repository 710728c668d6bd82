"""The curve of arrivals: who comes is the growth of who is there."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.crowd.arrivals import Curve, CurveError, arrival_times, growth, read_curve
from kickoff.night import Arrivals, Schedule, parse_night

EXAMPLES = Path(__file__).parents[2] / "examples"
SCHEDULE = Schedule(doors=20, kick_off=60, half_time=110, second_half=118, whistle=170, end=185)
ARRIVALS = Arrivals(file="curve.csv", kick_off_minute="1998-06-30 14:03:00")

curves = st.builds(
    Curve,
    requests=st.lists(st.integers(1, 200_000), min_size=6, max_size=200).map(tuple),
    kick_off=st.integers(0, 5),
)


def csv_of(*rows: str) -> str:
    """A file of arrivals with its header."""
    return "\n".join(("minute_utc,requests", *rows))


def minutes(*requests: int) -> str:
    """A file of arrivals from 14:00 on."""
    return csv_of(*(f"1998-06-30 14:{minute:02d}:00,{count}" for minute, count in enumerate(requests)))


@given(curves, st.integers(0, 500), st.floats(0.1, 120), st.integers(0, 2**32))
def test_everybody_comes_once_in_order_before_the_whistle(curve: Curve, count: int, minute_s: float, seed: int) -> None:
    """Each of those who come has one arrival, and the crowd walks through them in order."""
    times = arrival_times(
        curve, schedule=SCHEDULE, minute_s=minute_s, count=count, chance=np.random.default_rng(seed)
    ).tolist()
    assert len(times) == count
    assert times == sorted(times)
    assert all(0 <= at <= SCHEDULE.whistle for at in times)


@given(curves, st.integers(0, 2**32))
def test_the_same_seed_brings_the_same_evening(curve: Curve, seed: int) -> None:
    """A night can be played again."""
    first, second = (
        arrival_times(curve, schedule=SCHEDULE, minute_s=1.3, count=50, chance=np.random.default_rng(seed))
        for _ in range(2)
    )
    assert np.array_equal(first, second)


@given(curves, st.floats(0.1, 120))
def test_growth_never_falls(curve: Curve, minute_s: float) -> None:
    """A falling level is people leaving, not arrivals taken back."""
    edges_s, came = growth(curve, schedule=SCHEDULE, minute_s=minute_s)
    assert edges_s[0] == 0
    assert came[0] == 0
    assert np.all(np.diff(edges_s) >= 0)
    assert np.all(np.diff(came) >= 0)
    assert came[-1] > 0


def test_arrivals_follow_the_growth_of_the_smoothed_level() -> None:
    """A level that doubles within one smoothed minute sends as many in that minute as were there before it."""
    curve = Curve(requests=(100,) * 10 + (200,) * 10, kick_off=10)
    edges_s, came = growth(curve, schedule=SCHEDULE, minute_s=1.0)
    # The five-minute mean climbs from 100 to 200 between minutes 7 and 12; minute 10 is kick-off at 60 s.
    assert np.interp([57.0, 59.5, 62.0, 170.0], edges_s, came).tolist() == [100, 150, 200, 200]


def test_those_who_were_there_first_come_while_the_doors_are_shut() -> None:
    """The level at the start of the curve are people too; they came before it."""
    curve = Curve(requests=(100,) * 10 + (200,) * 10, kick_off=10)
    edges_s, came = growth(curve, schedule=SCHEDULE, minute_s=1.0)
    # The smoothed curve begins with its third minute: 8 s before kick-off.
    assert np.interp([26.0, 52.0], edges_s, came).tolist() == [50, 100]


def test_the_real_evening_rushes_at_kick_off() -> None:
    """The shipped curve keeps what it was chosen for: the rush falls around kick-off, and some come before doors."""
    night = parse_night((EXAMPLES / "psg-juventus.toml").read_text("utf-8"), source="psg-juventus.toml")
    assert night.crowd is not None
    arrivals = night.crowd.arrivals
    curve = read_curve((EXAMPLES / arrivals.file).read_text("utf-8"), source=arrivals.file, arrivals=arrivals)
    times = arrival_times(
        curve, schedule=night.schedule, minute_s=arrivals.minute_s, count=15_000, chance=np.random.default_rng(1)
    )
    a_second = np.histogram(times, bins=np.arange(0, 171))[0]
    assert 50 <= int(np.argmax(a_second)) <= 80
    assert 1_000 < int(a_second[:20].sum()) < 4_000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (csv_of("1998-06-30 14:00:00,x"), "curve.csv:2: is not a minute and a count"),
        (csv_of("14 o'clock,5"), "curve.csv:2: is not a minute and a count"),
        (csv_of("1998-06-30 14:00:00,5", "1998-06-30 14:02:00,5"), "curve.csv:3: does not follow"),
        (minutes(1, 2, 3, 4), "4 minutes are too few"),
        (minutes(1, 2, 3), "too few"),
    ],
)
def test_a_bad_file_is_named_by_its_line(text: str, words: str) -> None:
    """Who wrote the file mends the line that the message names."""
    with pytest.raises(CurveError, match=words):
        read_curve(text, source="curve.csv", arrivals=ARRIVALS)


def test_a_kick_off_outside_the_file_is_refused() -> None:
    """The minute that becomes kick-off must be one of the file."""
    lost = Arrivals(file="curve.csv", kick_off_minute="1998-06-30 23:00:00")
    with pytest.raises(CurveError, match=r"has no minute '1998-06-30 23:00:00'; set crowd.arrivals.kick_off_minute"):
        read_curve(minutes(1, 2, 3, 4, 5, 6), source="curve.csv", arrivals=lost)
