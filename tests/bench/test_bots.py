"""The evening with a flood and the evening without."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from bench.bots import NIGHT, Flood, Found, compare, evening, play

FLOOD = Flood(begins_s=5, per_s=75, bots=7_500, networks=50)


@pytest.fixture(scope="module")
def found() -> Found:
    """A smaller evening of the same shape: 1,500 households, five bots for each of them, from fifty networks."""
    return compare(NIGHT, FLOOD, households=1_500, until_s=150)


def test_a_flood_makes_no_household_wait_that_can_show_anything_for_itself(found: Found) -> None:
    """By a session, by a second's work, or by having been here before: a tenth longer and two ticks at most.

    Left over are televisions without a session that were never here, in networks that flood: a phone helps them. And
    who would not have waited at all, and worked for a second.
    """
    assert found.compared > 1_300
    assert found.longer - found.longer_on_television <= 0.002 * found.households
    assert found.longer_on_television <= 0.002 * found.households
    assert found.lost == found.refused == 0


def test_the_flood_was_one(found: Found) -> None:
    """Nearly all of it stands in the slow lane, and next to nothing of it came in."""
    assert found.bots == FLOOD.bots
    assert found.answers_to_bots["slow"] > 0.85 * FLOOD.bots
    assert found.bots_let_in < 0.02 * FLOOD.bots
    assert found.heat["doubted"] > 0


def test_the_same_flood_does_the_same() -> None:
    """Chance comes from the seed alone."""
    flood = Flood(begins_s=5, per_s=75, bots=600)
    first, second = (compare(NIGHT, flood, households=200, until_s=30) for _ in range(2))
    assert first == second


def test_a_household_that_gets_no_place_is_counted(tmp_path: Path) -> None:
    """That nobody was refused in the flood says something only if it would show."""
    night, people = evening(NIGHT, households=200, seed=1)
    full = replace(night, door=replace(night.door, line_max=5))
    assert play(night, people, tmp_path / "room", seed=1, until_s=30).refused == 0
    assert play(full, people, tmp_path / "full", seed=1, until_s=30).refused > 0
