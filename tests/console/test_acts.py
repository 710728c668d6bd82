import pytest

from kickoff.console.acts import ActMalformed, read_act


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
        ("drain", "", ("drain", True)),
        ("no_drain", "", ("drain", False)),
        ("no_lanes", "", ("lanes", None)),
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
        ("open", ""),
        ("pin", ""),
        ("pin", "601"),
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
    for wrong in ({"main": "81"}, {"main": "60", "known": "60"}, {"main": "-1"}, {"main": "half"}, {"vip": "3"}):
        with pytest.raises(ActMalformed, match="not_shares"):
            read_act("lanes", "", wrong)
