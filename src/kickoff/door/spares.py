"""Which place has a stranger who shows a proof some seconds after it asked? One of those kept back for that moment.

When somebody is asked for a proof, `KEPT` numbers of the main lane are kept back, four times a second at most. While
nobody takes any, one block is enough for a minute: who only asks, however often, uses up next to none. Whoever solves
the challenge takes one of those that were kept back when it was asked, and so stands where it stood then: work costs a
second of a processor, but no place in line. Nobody waits behind those that nobody takes (`Line.doubt`).
"""

import sqlite3

from kickoff.units import US_PER_MS, US_PER_S
from kickoff.waiting_room.line import Line
from kickoff.waiting_room.places import PlaceBook

KEPT = 8
TICK_US = US_PER_S // 4
KEPT_US = 60 * US_PER_S
BUSY_US = 5 * US_PER_S
"""So long a tick has numbers of its own after one was taken, and after a minute in which nobody asked: work takes some
seconds, and those who asked before it is seen would share what one tick has."""
BLOCKS_MAX = KEPT_US // TICK_US
"""So many are kept back at the same time at most: one a tick, for as long as they are kept."""
NONE = 0


class Spares:
    """The numbers of the main lane that are kept back."""

    def __init__(self) -> None:
        self._blocks: list[tuple[int, list[int]]] = []
        """(when it was kept back, the numbers that are left, the last one first), the oldest first."""
        self._made_us = self._asked_us = self._busy_us = 0

    def keep(self, line: Line, at_us: int) -> None:
        """Some are kept back for those who are asked for a proof at this instant, where any can be."""
        if at_us - self._asked_us > KEPT_US:
            self._busy_us = at_us
        self._asked_us, since_us = at_us, at_us - self._made_us
        is_quiet = at_us - self._busy_us > BUSY_US
        if since_us < TICK_US or (is_quiet and since_us <= KEPT_US and self._blocks and self._blocks[-1][1]):
            return
        self._made_us = at_us
        self._forget(line, at_us)
        if len(self._blocks) < BLOCKS_MAX and (kept := _keep_back(line)):
            self._blocks.append((at_us, kept))

    def take(self, line: Line, asked_us: int, at_us: int) -> int:
        """A number of those kept back last at this instant, or of the next ones; `NONE`: there is none any more.

        Instants of tickets are of whole milliseconds.
        """
        before = sum(made_us < asked_us + US_PER_MS for made_us, _ in self._blocks)
        for _, left in self._blocks[max(0, before - 1) :]:
            if left:
                place, self._busy_us = left.pop(), at_us
                line.believe(place)
                return place
        return NONE

    def _forget(self, line: Line, at_us: int) -> None:
        for _, left in [block for block in self._blocks if at_us - block[0] > KEPT_US]:
            for place in left:
                line.believe(place)
        self._blocks = [block for block in self._blocks if at_us - block[0] <= KEPT_US]


def _keep_back(line: Line) -> list[int]:
    """Numbers that nobody waits behind, the last one first; none where the line is shared, or the disk says no."""
    if not isinstance(line.book, PlaceBook) or not line.can_doubt(KEPT):
        return []
    try:
        kept = [line.book.give() for _ in range(KEPT)]
    except sqlite3.Error:
        return []
    line.doubt(kept)
    return kept[::-1]
