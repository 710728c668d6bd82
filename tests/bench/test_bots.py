"""The evening with a flood and the evening without."""

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from bench.bots import NIGHT, Flood, Found, compare, evening, is_held_up, play, worst

FLOOD = Flood(begins_s=5, per_s=75, bots=7_500, networks=50)


@pytest.fixture(scope="module")
def every() -> dict[str, Found]:
    """A smaller evening of the same shape: 1,500 households, five bots for each of them, from fifty networks."""
    floods = {"some": FLOOD, "televisions": replace(FLOOD, device="tv")}
    return compare(NIGHT, floods, households=1_500, until_s=150)


@pytest.fixture(scope="module")
def found(every: dict[str, Found]) -> Found:
    """The flood of which a fifth say that they are televisions."""
    return every["some"]


@pytest.mark.parametrize("flood", ["some", "televisions"])
def test_a_flood_makes_no_household_wait(every: dict[str, Found], flood: str) -> None:
    """A tenth longer and two ticks at most, whoever they are and whatever the bots say they are; none is refused."""
    found = every[flood]
    assert found.compared > 1_300
    assert found.longer == 0
    assert found.lost == found.refused == 0
    assert found.blind <= found.blind_by_chance + 2


def test_bots_that_say_they_are_televisions_gain_nothing(every: dict[str, Found]) -> None:
    """They stand behind people, are called, and of their passwords hardly any is looked at."""
    found = every["televisions"]
    assert found.answers_to_bots["behind"] > 0.85 * FLOOD.bots
    assert found.bots_let_in < 0.001 * FLOOD.bots
    assert found.guesses["wrong"] < 0.001 * found.guesses["held"]


def test_the_flood_was_one(found: Found) -> None:
    """Nearly all of it stands in the slow lane, and next to nothing of it came in."""
    assert found.bots == FLOOD.bots
    assert found.answers_to_bots["slow"] + found.answers_to_bots["behind"] > 0.85 * FLOOD.bots
    assert found.bots_let_in < 0.02 * FLOOD.bots
    assert found.heat["doubted"] > 0


def test_of_several_evenings_the_worst_counts(found: Found) -> None:
    """One on which all was well makes up for none on which somebody waited, was refused or saw nothing."""
    slow, shut = (
        replace(found, longer=3, worst_ratio=1.2),
        replace(found, refused=2, lost=1, blind=9, longer_to_picture=48, worst_ratio=1.3),
    )
    told = worst((found, slow, shut))
    assert (told.longer, told.longer_by_evening) == (3, (0, 3, 0))
    assert (told.refused, told.lost, told.blind, told.worst_ratio) == (2, 1, 9, 1.3)
    assert told.longer_to_picture == 48


def test_the_same_flood_does_the_same() -> None:
    """Chance comes from the seed alone."""
    flood = Flood(begins_s=5, per_s=75, bots=600)
    first, second = (compare(NIGHT, {"flood": flood}, households=200, until_s=30) for _ in range(2))
    assert first == second


def test_who_is_held_at_the_sign_in_has_waited_until_the_picture(tmp_path: Path) -> None:
    """A wait that ends with the call says nothing of who is called and may not sign in, a minute long or ever."""
    night, people = evening(NIGHT, households=200, seed=1)
    calm = play(night, people, tmp_path, seed=1, until_s=60)
    assert not is_held_up(calm, calm).any()
    through = ~np.isnan(calm.held_s)
    assert through.sum() > 20
    for held_s in (calm.held_s + 60, np.full(len(people), np.nan)):
        assert (is_held_up(calm, replace(calm, held_s=held_s)) == through).all()


def test_a_household_that_gets_no_place_is_counted(tmp_path: Path) -> None:
    """That nobody was refused in the flood says something only if it would show."""
    night, people = evening(NIGHT, households=200, seed=1)
    full = replace(night, door=replace(night.door, line_max=5))
    assert play(night, people, tmp_path / "room", seed=1, until_s=30).refused == 0
    assert play(full, people, tmp_path / "full", seed=1, until_s=30).refused > 0
