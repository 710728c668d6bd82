"""A plan read aloud: wall minutes, never a match minute; what does not help is said; the bars stand over their axis."""

from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from kickoff.aftermath.plan_plots import picture
from kickoff.aftermath.plan_words import NAMED, WIDE, Dial, span, words
from kickoff.crowd.planned_line import Evening
from kickoff.crowd.planning import Plan, plan
from kickoff.night_folder import read_night

NIGHT, _ = read_night(Path(__file__).parents[2] / "examples" / "tottenham-om.toml")
DIAL = Dial(kick_off_s=NIGHT.schedule.kick_off)
FULL = Dial(kick_off_s=1800.0, clock_s=21 * 3600)


@cache
def planned(sign_ins_per_s: float = 15.0) -> Plan:
    """A thousand people in the fifty seconds up to kick-off."""
    joined = tuple(float(min(1000, max(0, 20 * (second - 10)))) for second in range(186))
    evening = Evening(
        joined=joined, signed_out=0.5, sign_ins_per_s=sign_ins_per_s, playlists_per_s=1e6, source="nobody"
    )
    return plan(NIGHT, evening, within_s=60.0, nodes=5)


@pytest.mark.parametrize(
    ("at_s", "said"),
    [
        (30.0, "29 min 30 s before kick-off (20:30:30)"),
        (600.0, "20 min before kick-off (20:40)"),
        (1800.0, "at kick-off (21:00)"),
        (1860.0, "1 min after kick-off (21:01)"),
    ],
)
def test_an_instant_is_named_by_wall_minutes_and_the_clock(at_s: float, said: str) -> None:
    """A match minute of the full night is 64 s; whoever opens the doors looks at a clock."""
    assert FULL.named(at_s) == said


def test_without_a_clock_only_the_time_to_kick_off_is_told() -> None:
    """A night that is yet to be played has no date."""
    assert DIAL.named(20.0) == "40 s before kick-off"


def test_past_midnight_the_clock_goes_on() -> None:
    """Kick-off at 00:10 has its doors on the evening before."""
    assert Dial(kick_off_s=1800.0, clock_s=600).clock(600.0) == "23:50"


@pytest.mark.parametrize(("seconds", "said"), [(0, "0 s"), (57.4, "57 s"), (118, "1 min 58 s"), (7500, "2 h 5 min")])
def test_a_span_is_said_as_people_say_it(seconds: float, said: str) -> None:
    """1,234 s is a sum to be done; 20 min 34 s is a wait."""
    assert span(seconds) == said


def test_the_doors_are_told_with_both_promises_and_what_the_night_file_says() -> None:
    """Not "0'", and not without saying whether the doors that are planned will do."""
    told = words(NIGHT, planned(), DIAL)
    assert "before kick-off at the latest," in told
    assert "95 % of those who come before kick-off are in by then" in told
    assert "the night file opens them 40 s before kick-off: early enough" in told
    assert "0'" not in told


def test_doors_that_open_too_late_are_called_that() -> None:
    """The sentence that changes what an operator does."""
    late = replace(NIGHT, schedule=replace(NIGHT.schedule, doors=59.0))
    assert "the night file opens them 1 s before kick-off: too late" in words(late, planned(), DIAL)


def test_where_no_time_of_opening_helps_it_is_said_with_the_capacity_that_would() -> None:
    """Plainly: the earliest doors are too late already."""
    found = planned(5.0)
    told = words(NIGHT, found, DIAL)
    assert "no time keeps 95 % under 1 min" in told
    assert f"with doors 40 s before kick-off, {found.needed_in_time:.2f} × the capacity does" in told


def test_no_capacity_at_all_reads_as_any_capacity() -> None:
    """Zero times what there is, zero sign-ins a second: that is no sentence."""
    told = words(NIGHT, replace(planned(), needed=0.0, needed_in_time=0.0), DIAL)
    assert "95 % of waits under 1 min: any capacity does" in told


def test_who_is_not_let_in_at_all_is_no_number() -> None:
    """A wait beyond the whistle has no length."""
    never = replace(planned().as_it_is, waited_p95_s=None)
    told = words(NIGHT, replace(planned(), by_capacity=(never,), lost_node=never), DIAL)
    assert "not in" in told
    assert "until after the whistle" in told


def test_the_bars_stand_over_their_axis_and_marks() -> None:
    """Kick-off is marked under the moment of kick-off, on a night of any length."""
    rows = words(NIGHT, planned(), DIAL).splitlines()
    bars = rows[rows.index(next(row for row in rows if "people in line, all up to" in row)) + 1][2 + NAMED :]
    marked = next(row for row in rows if "──K──" in row)[2 + NAMED :]
    ticks = next(row for row in rows if "|kick-off" in row)[2 + NAMED :]
    assert len(marked) == WIDE
    assert abs(marked.index("K") - ticks.index("|kick-off")) <= 1
    opened = marked.index("D")
    assert opened == 20 * WIDE // 185
    assert bars[opened + 1 : opened + 30].strip()


def test_the_picture_is_a_file_of_its_own_for_light_and_dark() -> None:
    """Three lines with their names, the marks and an axis of time; a viewer's theme decides the colours."""
    drawn = picture(NIGHT, planned(), DIAL)
    root = ET.fromstring(drawn)
    said = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"with what there is", "with 0.5 × the capacity", "with one node of 5 lost at kick-off"} <= set(said)
    assert {"doors", "latest doors", "kick-off, node lost", "whistle", "-30 s", "1 min"} <= set(said)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}polyline"))) == 3
    assert "prefers-color-scheme:dark" in drawn
