"""Numbers kept back for those who are asked for a proof."""

from kickoff.door.spares import BLOCKS_MAX, KEPT, KEPT_US, NONE, TICK_US, Spares
from kickoff.waiting_room.line import lines
from kickoff.waiting_room.places import MemoryBlocks


def test_who_asked_earlier_takes_an_earlier_number() -> None:
    """As of when it was asked, not of when its work was done."""
    line, spares = lines(MemoryBlocks())["main"], Spares()
    assert spares.take(line, 0) == NONE
    spares.keep(line, KEPT_US)
    while spares.take(line, KEPT_US) != KEPT:
        pass
    spares.keep(line, KEPT_US + TICK_US)
    assert spares.take(line, KEPT_US) == KEPT + 1
    spares.keep(line, 3 * KEPT_US)
    assert spares.take(line, 3 * KEPT_US) == 2 * KEPT + 1
    assert not line.is_doubted(2 * KEPT + 1)
    assert line.is_doubted(2 * KEPT + 2)


def test_so_many_numbers_are_kept_back_and_no_more() -> None:
    """Whoever takes them as fast as they are kept back has one block a tick, for as long as one is kept."""
    line, spares = lines(MemoryBlocks())["main"], Spares()
    for tick in range(1, 3 * BLOCKS_MAX):
        spares.keep(line, tick * TICK_US)
        spares.take(line, tick * TICK_US)
        for _ in range(KEPT - 1):
            spares.take(line, tick * TICK_US)
    assert len(spares._blocks) <= BLOCKS_MAX
    assert line.book.last_given <= 3 * BLOCKS_MAX * KEPT
