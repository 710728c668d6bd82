"""The night file: what is read, and the one line that says what is wrong."""

from pathlib import Path

import pytest

from kickoff.night import NightError, parse_night
from kickoff.units import AtUs

EXAMPLE = Path(__file__).parent.parent / "examples" / "psg-juventus.toml"


def broken(find: str, put: str) -> str:
    """The message for the example with one place changed."""
    text = EXAMPLE.read_text()
    assert find in text, f"the example no longer holds {find!r}"
    with pytest.raises(NightError) as caught:
        parse_night(text.replace(find, put, 1), source="night.toml")
    return str(caught.value)


def test_the_example_is_a_possible_night() -> None:
    """What `make run` plays must read."""
    night = parse_night(EXAMPLE.read_text(), source="night.toml")

    assert night.match_events()[0] == ("kick_off", 60.0)
    assert night.match_clock(84.5) == "22'"
    assert night.match_clock(127.0) == "53'"
    assert night.match_clock(114) == "half-time"
    assert night.match_clock(20) == "35 min before kick-off"


@pytest.mark.parametrize(
    ("find", "put", "line", "words"),
    [
        ("doors = 20", "dors = 20", 8, "did you mean 'doors'?"),
        ("doors = 20", "doors = 80", 8, "80 is after kick_off = 60"),
        ("doors = 20", "draw = 21\ndoors = 20", 8, "21 is after doors = 20"),
        ('channels = ["canal-plus"]', 'channels = ["canal-plu"]', 24, "did you mean 'canal-plus'?"),
        ("streams_max = 2", "streams_max = -2", 32, "offers.sport.streams_max: expected `int` >= 1"),
        ("target = 0.88", "target = 88", 52, "door.target: expected `float` <= 1.0"),
        ("subscribers = 20000\n", "", 55, "the key 'subscribers' is missing"),
        ("share = 0.50", "share = 0.70", 22, "the shares add up to 1.2"),
        ('name = "psg-juventus"', 'name = "status"', 3, "is a path of the viewer API"),
        ("goals = [65.5,", "goals = [5.5,", 10, "outside the match"),
        ('where = { cdn = "south" }', 'where = { cdn = "west" }', 72, "north, south"),
        ("[cdns]", "[cdns", 42, "not TOML"),
        ("[gestures.offers.young]", "[gestures.offers.jung]", 93, "did you mean 'young'?"),
    ],
)
def test_a_mistake_is_one_line_with_file_line_key_and_remedy(find: str, put: str, line: int, words: str) -> None:
    """Its author opens the file at that line and mends it, without reading any code."""
    message = broken(find, put)

    assert words in message
    assert message.startswith("night.toml:")
    assert "\n" not in message
    if "not TOML" not in message:
        assert message.startswith(f"night.toml:{line}:"), message


def test_a_night_that_was_played_knows_its_instants() -> None:
    """The journal's copy carries the start, so that every fact has a place on the match clock."""
    text = 'starts_at = "2022-09-06T18:59:00Z"\n' + EXAMPLE.read_text()
    night = parse_night(text, source="night.toml")

    assert night.at(60) == AtUs(1_662_490_800_000_000)


@pytest.mark.parametrize(
    ("find", "put", "words"),
    [
        ("half_time = ", "half_time = 60.0 # ", "a half between kick_off and half_time has no time"),
        ("[door]", "[doors]", "did you mean 'door'?"),
        ("doors = 20", "draw = -1\ndoors = 20", "expected `float` >= 0"),
        ("[door]", "[door]\nlease_s = 7200", "there is no such key"),
        ('file = "arr', 'file = "../arr', "is a path; put the curve beside this file"),
        ("floor_cents = 200", "floor_cents = 2000", "2000 is more than cap_cents = 1000"),
        ('where = { cdn = "south" }', 'where = { cdn = "south", ips = "isp-a" }', "did you mean 'isp'?"),
        ('kind = "cdn"', 'kind = "flood"', "a flood without per_s sends nothing"),
        ('name = "psg-juventus"', 'name = "psg-juventus\\n"', "name: expected `str` matching regex"),
        ('time_zone = "', f'deep = {"[" * 5_000}\ntime_zone = "', "not TOML"),
    ],
)
def test_what_cannot_be_played_is_refused_before_the_doors_open(find: str, put: str, words: str) -> None:
    """Each of these was a traceback, a division by nothing, or a fault that silently never happened."""
    message = broken(find, put)

    assert words in message
    assert message.startswith("night.toml:")
    assert "\n" not in message
