"""Numbers kept back for those who are asked for a proof."""

from kickoff.door.spares import BLOCKS_MAX, BUSY_US, KEPT, KEPT_US, NONE, TICK_US, Spares
from kickoff.units import US_PER_S
from kickoff.waiting_room.line import Line, lines
from kickoff.waiting_room.places import MemoryBlocks

BEGIN_US = 2 * KEPT_US


def line() -> Line:
    """An empty main lane."""
    return lines(MemoryBlocks())["main"]


def test_who_asked_earlier_takes_an_earlier_number() -> None:
    """As of when it was asked, not of when its work was done."""
    main, spares = line(), Spares()
    assert spares.take(main, BEGIN_US, BEGIN_US) == NONE
    spares.keep(main, BEGIN_US)
    spares.keep(main, BEGIN_US + TICK_US)
    later_us = BEGIN_US + 3 * US_PER_S
    assert spares.take(main, BEGIN_US + TICK_US, later_us) == KEPT + 1
    assert [spares.take(main, BEGIN_US, later_us) for _ in range(KEPT)] == list(range(1, KEPT + 1))
    assert spares.take(main, BEGIN_US, later_us) == KEPT + 2, "the first block is used up"
    assert (main.is_doubted(KEPT + 2), main.is_doubted(KEPT + 3)) == (False, True)


def test_many_who_ask_before_the_first_has_worked_have_numbers_enough() -> None:
    """Work takes some seconds. With one block for all of them the ninth waited for a later one."""
    main, spares = line(), Spares()
    asked = [BEGIN_US + number * TICK_US for number in range(16)]
    for at_us in asked:
        spares.keep(main, at_us)
    taken = [spares.take(main, at_us, at_us + 4 * US_PER_S) for at_us in asked for _ in range(KEPT)]
    assert taken == list(range(1, 16 * KEPT + 1))


def test_while_nobody_takes_any_one_block_is_enough() -> None:
    """Until it is too old, or somebody works."""
    main, spares = line(), Spares()
    for tick in range(200):
        spares.keep(main, BEGIN_US + tick * TICK_US)
    given = main.book.last_given
    assert given == (BUSY_US // TICK_US + 1) * KEPT
    now_us = BEGIN_US + 200 * TICK_US
    spares.take(main, now_us, now_us)
    spares.keep(main, now_us + TICK_US)
    assert main.book.last_given == given + KEPT


def test_so_many_numbers_are_kept_back_and_no_more() -> None:
    """Whoever takes them as fast as they are kept back has one block a tick, for as long as one is kept."""
    main, spares = line(), Spares()
    for tick in range(3 * BLOCKS_MAX):
        at_us = BEGIN_US + tick * TICK_US
        spares.keep(main, at_us)
        spares.take(main, at_us, at_us)
    held = sum(main.is_doubted(place) for place in range(1, main.book.last_given + 1))
    assert held <= BLOCKS_MAX * KEPT
