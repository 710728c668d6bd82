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
    ],
)
def test_the_form_becomes_what_the_door_takes(act: str, value: str, found: tuple[str, float | None]) -> None:
    """A French operator writes a comma."""
    read = read_act(act, value)
    assert (read.act, read.value) == found


@pytest.mark.parametrize(("act", "value"), [("cap", ""), ("cap", "-1"), ("cap", "nan"), ("cap", "1e9"), ("open", "")])
def test_what_is_no_act_is_refused_before_the_door_hears_of_it(act: str, value: str) -> None:
    """An empty cap is not no cap."""
    with pytest.raises(ActMalformed):
        read_act(act, value)
