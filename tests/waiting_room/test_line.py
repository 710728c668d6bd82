"""The lanes of the line."""

from kickoff.facts import Lane
from kickoff.waiting_room.line import lines
from kickoff.waiting_room.places import MemoryBlocks, PlaceBook


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
