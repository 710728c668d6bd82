import pytest

from kickoff.console.acts import ActMalformed, Clockface, read_act
from kickoff.console.spelling import instant_of
from kickoff.units import US_PER_S, AtUs, parse_iso
from tests.door.rig import night


@pytest.mark.parametrize(
    ("act", "value", "found"),
    [
        ("pause", "", ("pause", None)),
        ("resume", "7", ("resume", None)),
        ("cap", "12,5", ("cap", 12.5)),
        ("cap", " 0 ", ("cap", 0.0)),
        ("no_cap", "9", ("cap", None)),
        ("pin", "37,5", ("pin", 37.5)),
        ("no_pin", "", ("pin", None)),
        ("ladder", "1", ("ladder", 1.0)),
        ("no_ladder", "", ("ladder", None)),
        ("drain", "", ("drain", True)),
        ("no_drain", "", ("drain", False)),
        ("no_lanes", "", ("lanes", None)),
        ("queue", "", ("queue", True)),
        ("no_queue", "", ("queue", False)),
        ("no_hours", "", ("schedule", None)),
        ("no_codes", "", ("codes", None)),
    ],
)
def test_the_form_becomes_what_the_door_takes(act: str, value: str, found: tuple[str, object]) -> None:
    """A French operator writes a comma."""
    read = read_act(act, value)
    assert (read.act, read.value) == found


@pytest.mark.parametrize(
    ("act", "value"),
    [
        ("cap", ""),
        ("cap", "-1"),
        ("cap", "nan"),
        ("cap", "1e9"),
        ("cap", "1e-300"),
        ("cap", "1_0"),
        ("cap", "\uff11\uff10"),
        ("cap", "1000001"),
        ("open", ""),
        ("pin", ""),
        ("pin", "601"),
        ("ladder", "8"),
        ("lanes", ""),
    ],
)
def test_what_is_no_act_is_refused_before_the_door_hears_of_it(act: str, value: str) -> None:
    """An empty cap is not no cap."""
    with pytest.raises(ActMalformed):
        read_act(act, value)


def test_shares_are_typed_in_percent_and_an_empty_field_says_nothing() -> None:
    """Nobody who guarantees one lane a half means that the other gets nothing."""
    assert read_act("lanes", "", {"main": "50", "known": " "}).value == {"main": 0.5}
    assert read_act("lanes", "", {"main": "62,5", "known": "20", "vip": "90"}).value == {"main": 0.625, "known": 0.2}
    every = {"main": "40", "known": "40", "operator": "20", "grace": "50"}
    assert read_act("lanes", "", every).value == {"main": 0.4, "known": 0.4, "operator": 0.2, "grace": 0.5}
    for wrong in ({"main": "81"}, {"main": "60", "known": "60"}, {"main": "-1"}, {"main": "half"}, {"vip": "3"}):
        with pytest.raises(ActMalformed, match="not_shares"):
            read_act("lanes", "", wrong)


NOW = parse_iso("2022-09-06T21:58:00Z")
"""Two minutes to midnight in Paris."""


def clock() -> Clockface:
    """The wall where the match is played."""
    return Clockface(now=NOW, at=lambda text: instant_of(night(), text, near=NOW))


def test_hours_are_typed_as_the_wall_shows_them_and_mean_the_nearest_such_instant() -> None:
    """At two minutes to midnight `00:15` is in a quarter of an hour, not this morning."""
    quarter_past = float(AtUs(NOW + 17 * 60 * US_PER_S))
    found = read_act("hours", "", {"doors": " 00:15 ", "ends": ""}, clock())
    assert (found.act, found.value, found.done) == ("schedule", {"doors": quarter_past}, "done_hours")
    sooner = read_act("hours", "", {"draw": "00:15"}, clock())
    assert (sooner.act, sooner.value) == ("schedule", {"draw": quarter_past})
    assert read_act("open_now", "", {}, clock()).value == {"doors": NOW}
    for wrong in ({}, {"doors": "quarter past"}, {"ends": "25:00"}):
        with pytest.raises(ActMalformed, match="not_hours"):
            read_act("hours", "", wrong, clock())


def test_the_night_is_ended_only_by_who_says_twice_that_they_mean_it() -> None:
    """Nothing else on that screen cannot be undone."""
    with pytest.raises(ActMalformed, match="not_sure"):
        read_act("end_now", "", {"sure": ""}, clock())
    assert read_act("end_now", "", {"sure": "yes"}, clock()).value == {"ends": NOW}


def test_the_status_of_choice_is_one_that_the_door_takes() -> None:
    """A field left empty leaves each refusal its own."""
    assert read_act("codes", "", {"waiting": "202", "shed": ""}).value == {"waiting": 202}
    for wrong in ({}, {"waiting": "404"}, {"shed": "200"}):
        with pytest.raises(ActMalformed, match="not_codes"):
            read_act("codes", "", wrong)
