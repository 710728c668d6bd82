from collections.abc import AsyncIterator

import pytest

from kickoff.clock import ManualClock
from kickoff.console.door_link import ActRefused, DoorLink, DoorSilent
from kickoff.seals import Key, Seals
from tests.console.room import AT_S, NIGHT, SEALS, FakeDoor
from tests.evenings import second


@pytest.fixture
async def both() -> AsyncIterator[tuple[FakeDoor, DoorLink]]:
    """A door and the console's link to it."""
    with FakeDoor().serving() as door:
        link = DoorLink(door.address, night=NIGHT.name, seals=SEALS, clock=ManualClock(second(AT_S)))
        yield door, link
        await link.close()


async def test_the_house_is_read_as_the_door_says_it(both: tuple[FakeDoor, DoorLink]) -> None:
    """With keys that this console does not know yet: a newer door is still understood."""
    door, link = both
    door.house["added_later"] = 1
    house = await link.look()
    assert (house.line, house.binding, house.health[0].capacity_per_s) == (4203, "sign_in", 45.2)


async def test_acts_are_signed_and_say_by_whom(both: tuple[FakeDoor, DoorLink]) -> None:
    """The fake door refuses what the operator's seal does not open."""
    door, link = both
    await link.act("cap", 12.0, by="ana")
    assert door.acts == [{"act": "cap", "value": 12.0, "by": "ana"}]


async def test_what_the_door_refuses_comes_with_its_words(both: tuple[FakeDoor, DoorLink]) -> None:
    """The operator reads why."""
    door, link = both
    door.refusal = "a cap is a number"
    with pytest.raises(ActRefused, match="a cap is a number"):
        await link.act("cap", 12.0, by="ana")


async def test_a_door_that_breaks_off_or_talks_nonsense_is_silent(both: tuple[FakeDoor, DoorLink]) -> None:
    """Whatever is wrong with it, the console goes on."""
    door, link = both
    door.raw = b"{"
    with pytest.raises(DoorSilent, match="cannot read"):
        await link.look()
    door.silent = True
    with pytest.raises(DoorSilent):
        await link.look()
    with pytest.raises(DoorSilent):
        await link.act("pause", None, by="ana")


async def test_a_door_that_does_not_know_us_is_silent() -> None:
    """Other keys than the door's: no house is shown."""
    with FakeDoor().serving() as door:
        stranger = Seals((Key(id="k1", secret=b"t" * 32),))
        link = DoorLink(door.address, night=NIGHT.name, seals=stranger, clock=ManualClock(second(AT_S)))
        with pytest.raises(DoorSilent, match="403"):
            await link.look()
        await link.close()
