"""A night that nobody wrote a file for has the clock that its facts tell, and no other."""

from pathlib import Path

import pytest

from kickoff.aftermath.journal import JournalView
from kickoff.aftermath.night_files import read_night
from kickoff.facts import Fact, Row
from kickoff.night import Night
from tests.aftermath.logs import at, joined, write_log

MINUTE_S = 60
KICK_OFF_S = 40 * MINUTE_S
TOLD = {"kick_off": 40, "half_time": 87, "second_half": 102, "whistle": 151}
"""Minutes of the evening: both halves a little longer than 45."""


def night_as_of(root: Path, minute: float, told: tuple[str, ...] = tuple(TOLD)) -> Night:
    """What is known at a minute of an evening without a night file, somebody joining each minute of it."""
    if not (root / "a-night").exists():
        match = [Row(at=at(TOLD[code] * MINUTE_S), fact=Fact.MATCH, code=code) for code in told]
        write_log(root, [*match, *(joined(one, one * MINUTE_S, one) for one in range(1, 161))])
        (root / "a-night" / "night.toml").unlink()
    view = JournalView(root, "a-night", until=at(minute * MINUTE_S))
    return read_night(root / "a-night", view.facts)


@pytest.mark.parametrize("minute", [41, 50, 80, 86])
def test_a_minute_of_the_match_lasts_as_long_whenever_one_asks(tmp_path: Path, minute: float) -> None:
    """A clock drawn from the last fact made an hour lost of the first three minutes, and less of it every time."""
    night = night_as_of(tmp_path, minute)

    assert night.match_minute_s == 60
    assert night.match_clock(night_second(night, 40 + 12)) == "12'"
    assert night.at(night.schedule.whistle) == at((40 + 105) * MINUTE_S)


def test_what_was_told_moves_the_clock_and_the_rest_follows(tmp_path: Path) -> None:
    """A half of 47 minutes is a half; the second is thought to be as long until its whistle."""
    second_half, over = night_as_of(tmp_path, 120), night_as_of(tmp_path, 160)

    assert second_half.match_minute_s == pytest.approx(60 * 47 / 45)
    assert second_half.match_clock(night_second(second_half, 102.5)) == "45'"
    assert over.at(over.schedule.whistle) == at(TOLD["whistle"] * MINUTE_S)
    assert over.match_minute_s == pytest.approx(60 * (47 + 49) / 90)


@pytest.mark.parametrize(("told", "minute"), [((), 160), (tuple(TOLD), 38)])
def test_before_anybody_said_that_the_match_began_there_is_no_clock_of_it(
    tmp_path: Path, told: tuple[str, ...], minute: float
) -> None:
    """It said 88' of an evening before its kick-off; the time of day is true."""
    night = night_as_of(tmp_path, minute, told)

    assert night.match_clock(night_second(night, 37)) == "19:36:00 UTC"
    assert night.match_minute_s == 60


@pytest.mark.parametrize(
    "told", [("kick_off", "whistle"), ("kick_off", "second_half"), ("half_time",), ("kick_off", "half_time", "whistle")]
)
def test_whatever_is_missing_the_halves_stand_in_order(tmp_path: Path, told: tuple[str, ...]) -> None:
    """A second half before the first would make a minute of less than nothing."""
    times = night_as_of(tmp_path, 160, told).schedule

    assert times.kick_off < times.half_time <= times.second_half <= times.whistle <= times.end


def night_second(night: Night, minute: float) -> float:
    """The second of this night at a minute of the evening: it begins with its first fact."""
    return (at(minute * MINUTE_S) - night.at(0)) / 1_000_000
