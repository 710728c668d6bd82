"""Which place has a stranger who shows a proof some seconds after it asked? One of those kept back for that moment.

When somebody is asked for a proof and all that was kept back last is taken or `KEPT_US` old, `KEPT` numbers of the
main lane are kept back; the challenge names the first of them. So who only asks, however often, uses up next to none.
Whoever solves it takes one of these, and so stands where it stood when it asked: work costs a second of a processor,
but no place in line. Nobody waits behind those that nobody takes (`Line.doubt`).
"""

import sqlite3

from kickoff.units import US_PER_S
from kickoff.waiting_room.line import Line
from kickoff.waiting_room.places import PlaceBook

KEPT = 8
TICK_US = US_PER_S // 4
KEPT_US = 60 * US_PER_S
NONE = 0


class Spares:
    """The numbers of the main lane that are kept back."""

    def __init__(self) -> None:
        self._blocks: dict[int, tuple[int, list[int]]] = {}
        """The first number of a block → (when it was kept back, those that are left, the last one first)."""
        self._newest = NONE
        self._made_us = 0

    def block(self, line: Line, at_us: int) -> int:
        """The first of the numbers that are kept back at this instant; `NONE` where none can be."""
        since_us = at_us - self._made_us
        if since_us < TICK_US or (since_us <= KEPT_US and self._newest and self._blocks[self._newest][1]):
            return self._newest
        self._forget(line, at_us)
        self._made_us, self._newest = at_us, self._keep_back(line, at_us)
        return self._newest

    def take(self, line: Line, first: int) -> int:
        """A number of this block, or of the next one that has some left; `NONE`: there is none any more."""
        for block in [block for block in self._blocks if block >= first]:
            left = self._blocks[block][1]
            if left:
                place = left.pop()
                line.believe(place)
                return place
        return NONE

    def _keep_back(self, line: Line, at_us: int) -> int:
        if not isinstance(line.book, PlaceBook) or not line.can_doubt(KEPT):
            return NONE
        try:
            kept = [line.book.give() for _ in range(KEPT)]
        except sqlite3.Error:
            return NONE
        line.doubt(kept)
        self._blocks[kept[0]] = at_us, kept[::-1]
        return kept[0]

    def _forget(self, line: Line, at_us: int) -> None:
        for first in [first for first, (made_us, _) in self._blocks.items() if at_us - made_us > KEPT_US]:
            for place in self._blocks.pop(first)[1]:
                line.believe(place)
