import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kickoff.clock import ManualClock
from kickoff.console.live import event, events
from kickoff.console.room import Room
from tests.console.room import AT_S, FakeDoor, answers, furnished, saying
from tests.evenings import second


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """A room in which nothing was heard yet."""
    clock = ManualClock(second(AT_S))
    with FakeDoor().serving() as door:
        answerer = saying(tmp_path, answers())
        made = furnished(tmp_path, door.address, clock=clock, answerer=answerer)
        yield made
        await answerer.close()
        await made.door.close()
        made.close()


def read(raw: bytes) -> tuple[str, object]:
    """Name and data of an event."""
    name, data = raw.decode().strip().split("\n")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


async def test_first_everything_is_sent_then_only_what_changed(room: Room) -> None:
    """A phone at the stadium pays for what is new."""
    told = events(room, lambda: True, language="en")
    name, parts = read(await anext(told))
    assert isinstance(parts, dict)
    assert (name, {"state", "tiles", "door", "health", "refused", "found", "silent"} <= set(parts)) == ("parts", True)
    await room.watch.look()
    name, parts = read(await anext(told))
    assert isinstance(parts, dict)
    assert "4,203" in parts["tiles"]
    assert "found" not in parts
    assert read(await anext(told)) == ("point", [100, 5312, 4203, 38.25])
    await room.watch.ask()
    assert "delivery network south" in str(read(await anext(told)))
    assert read(await anext(told)) == ("curves", None)
    await told.aclose()


async def test_the_end_of_the_session_ends_the_events(room: Room) -> None:
    """A screen left on is not a way in for the next day."""
    told = events(room, lambda: False, language="en")
    assert [read(raw) async for raw in told] == [("leave", None)]
    assert room.listeners == 0


async def test_a_console_that_stops_lets_the_screens_go(room: Room) -> None:
    """At once, and without sending anybody out: the browser comes back by itself when there is a console again."""
    told = events(room, lambda: True, language="en")
    await anext(told)
    room.watch.end()
    assert [read(raw) async for raw in told] == []


async def test_a_screen_that_is_closed_is_forgotten(room: Room) -> None:
    """The bound on screens counts those that are there."""
    told = events(room, lambda: True, language="fr")
    await anext(told)
    assert room.listeners == 1
    await told.aclose()
    assert room.listeners == 0


def test_an_event_is_two_lines_whatever_is_in_it() -> None:
    """A line break in a text would otherwise end the event."""
    assert event("parts", {"a": "x\ny"}) == b'event: parts\ndata: {"a":"x\\ny"}\n\n'
