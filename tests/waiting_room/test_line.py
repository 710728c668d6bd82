"""The lanes of the line."""

import pytest

from kickoff.facts import Lane
from kickoff.waiting_room import line as line_module
from kickoff.waiting_room.calls import Calls
from kickoff.waiting_room.draw import Draw
from kickoff.waiting_room.line import lines
from kickoff.waiting_room.places import MemoryBlocks, PlaceBook
from kickoff.waiting_room.skips import advanced, ranges


def test_each_lane_counts_its_own_places_and_reserves_them_before() -> None:
    """A place of one lane says nothing about the other; both are durable before they are given."""
    blocks = MemoryBlocks()
    found = lines(blocks, last_given={"known": 40})
    books = [found[lane].book for lane in (Lane.MAIN, Lane.KNOWN, Lane.MAIN)]
    given = [book.give() for book in books if isinstance(book, PlaceBook)]
    assert given == [1, 41, 2]
    assert blocks.reserved["main"] >= 2
    assert blocks.reserved["known"] >= 41


def test_who_is_called_waits_no_more_in_that_lane_alone() -> None:
    """Calling one lane moves nobody in the other."""
    found = lines(MemoryBlocks(), last_given={"main": 10, "known": 10})
    found["known"].calls.call(7, at=1)
    assert (found["main"].waiting, found["known"].waiting) == (10, 3)


def test_nobody_waits_behind_places_that_are_taken_back() -> None:
    """The serving number goes over them; who holds one is called when it is reached all the same."""
    line = lines(MemoryBlocks(), last_given={"main": 10})["main"]
    assert line.doubt([2, 3, 3, 7]) == 3
    assert (line.waiting, line.book.skips) == (7, ((2, 3), (7, 7)))
    assert advanced(0, 2, line.book.skips) == 4
    line.calls.call(1, at=1)
    line.calls.go_over(3)
    line.calls.call(4, at=1)
    assert (line.calls.called_total, line.waiting, line.calls.is_called(3)) == (2, 5, True)
    line.believe(3)
    assert [place for place in range(1, 11) if line.is_doubted(place)] == [2, 7]


def test_who_was_called_is_doubted_but_not_taken_back() -> None:
    """They are counted already; only what they were let in by is looked at."""
    line = lines(MemoryBlocks(), last_given={"main": 10})["main"]
    line.calls.call(5, at=1)
    assert line.doubt([5]) == 1
    assert (line.book.skips, line.waiting) == ((), 5)


def test_doubt_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood from everywhere costs bounded memory, and at worst some bots stand in line."""
    monkeypatch.setattr(line_module, "DOUBTED_MAX", 3)
    line = lines(MemoryBlocks(), last_given={"main": 10})["main"]
    assert line.doubt(range(1, 9)) == 3
    assert line.doubt([9]) == 0
    assert not line.can_doubt(1)


def test_who_was_drawn_is_taken_back_where_it_stands() -> None:
    """A place doubted before the draw is gone over at its drawn position."""
    line = lines(MemoryBlocks(), last_given={"main": 10})["main"]
    line.doubt([4])
    line.calls.draw(Draw(counts={"main": 10}, seed=bytes(32)), "main")
    line.order_anew()
    stands = line.calls.position(4)
    assert line.book.skips == ((stands, stands),)


def test_places_that_were_called_leave_room_for_other_doubts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bots that were called and never came would else fill the bound by midnight; doubted they are all the same."""
    monkeypatch.setattr(line_module, "DOUBTED_MAX", 3)
    line = lines(MemoryBlocks(), last_given={"main": 10})["main"]
    assert line.doubt([1, 2, 3]) == 3
    line.calls.call(4, at=1)
    assert line.can_doubt(3)
    assert line.doubt([4, 5, 6, 7]) == 4
    assert [place for place in range(1, 11) if line.is_doubted(place)] == [1, 2, 3, 4, 5, 6, 7]
    line.believe(2)
    assert not line.is_doubted(2)


def test_who_has_shown_something_is_not_doubted_again() -> None:
    """Once is enough for a night, whatever the neighbours do."""
    line = lines(MemoryBlocks(), last_given={"main": 10})["main"]
    line.doubt([2, 3])
    assert (line.prove(2), line.prove(2)) == (True, False)
    assert line.doubt([2, 3, 4]) == 1
    assert not line.is_doubted(2)
    line.calls.call(5, at=1)
    line.doubt([2, 5])
    assert [line.is_doubted(place) for place in (2, 5)] == [False, True]
    line.prove(5)
    assert not line.is_doubted(5)


def test_doubting_a_few_more_looks_at_no_place_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are kept back four times a second: what stands in a drawn order was computed once."""
    line = lines(MemoryBlocks(), last_given={"main": 1000})["main"]
    line.calls.draw(Draw(counts={"main": 1000}, seed=bytes(32)), "main")
    line.doubt(range(1, 501))
    computed: list[int] = []
    position = Calls.position

    def counted(calls: Calls, place: int) -> int:
        computed.append(place)
        return position(calls, place)

    monkeypatch.setattr(Calls, "position", counted)
    line.doubt([501])
    assert set(computed) == {501}
    assert line.book.skips == ranges(line.calls.position(place) for place in range(1, 502))
