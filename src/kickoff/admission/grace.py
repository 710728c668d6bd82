"""Who was called, comes late and meets a full house? The grace lane: they go in before anybody is called anew.

Who comes late is let in at once, as everybody who is called, while there is room. Where there is none they stand here,
beside those who were called just now and meet the same full house. Each of the two is guaranteed its share of the seats
while both wait, whoever asks more often: with every seat that one side takes, a part of one is owed to the other, and
what is owed is kept free for whoever of that side asks next. Nobody is called anew meanwhile (`limits.cap_limit`).

One seat at a time is kept free, no more: a house whose passes are metered by the tick loses what nobody takes.

Doors of one line tell each other who stands late before them, by name: who asks at two of them is one person.
"""

from collections.abc import Iterable
from enum import IntEnum
from itertools import islice

from kickoff.admission.sharing import SHARE_FLOOR, SHARE_MIN, SHARE_MOST
from kickoff.units import US_PER_S

HEARD_S = 120
"""Who has not asked for so long has gone: nothing is kept free for them."""
HELD_MAX = 65_536
"""Of each side; who comes beyond it has the same chance, and is not counted."""
TOLD_MAX = 1000
"""So many are told to the other doors: where more stand, nobody is called for long anyway."""


class Side(IntEnum):
    """Of those who were called."""

    IN_TIME = 0
    LATE = 1


class Grace:
    """Those who were called and were met by a full house."""

    __slots__ = ("_elsewhere", "_forgot_at", "_held", "_owed")

    def __init__(self) -> None:
        self._held: tuple[dict[tuple[str, int], int], ...] = ({}, {})
        """Side → (lane, place) → when it asked last, µs."""
        self._owed = [0.0, 0.0]
        self._elsewhere: set[tuple[str, int]] = set()
        """Who stands late at another door."""
        self._forgot_at = 0

    @property
    def is_empty(self) -> bool:
        """Whether nobody stands at this door."""
        return not any(self._held)

    def waiting(self, side: Side = Side.LATE) -> int:
        """How many of them stand at this door; of the late, at all doors."""
        if side is Side.LATE and self._elsewhere:
            return len(self._elsewhere | self._held[side].keys())
        return len(self._held[side])

    def told(self) -> tuple[tuple[str, int], ...]:
        """Who stands late at this door, (lane, place)."""
        return tuple(islice(self._held[Side.LATE], TOLD_MAX))

    def hear(self, elsewhere: Iterable[tuple[str, int]]) -> None:
        """Who stands late at the other doors that are there now."""
        self._elsewhere = set(elsewhere)

    def went_in(self, holder: tuple[str, int]) -> None:
        """At another door: nothing is kept free for them here."""
        self._elsewhere.discard(holder)
        for held in self._held:
            held.pop(holder, None)

    def lets_in(self, side: Side, holder: tuple[str, int], *, room: int, at_us: int, share: float = SHARE_MIN) -> bool:
        """Whether the holder of a called place, (lane, place), goes in now. `room`: passes that may be given.

        `share`: of the seats while both sides wait, the least for those who come late. Who came in time and was held by
        the house does not come late for that.
        """
        side = Side.IN_TIME if holder in self._held[Side.IN_TIME] else side
        other = Side(1 - side)
        is_one_kept = bool(self._held[other]) and self._owed[other] >= 1
        if room <= is_one_kept:
            if len(self._held[side]) < HELD_MAX or holder in self._held[side]:
                self._held[side][holder] = at_us
            return False
        self._held[side].pop(holder, None)
        self._owed[side] = max(0.0, self._owed[side] - 1)
        least = SHARE_MIN if side is Side.LATE else max(SHARE_FLOOR, min(SHARE_MOST, share))
        self._owed[other] = min(self._owed[other] + least / (1 - least), float(len(self._held[other])))
        return True

    def forget(self, *, at_us: int) -> None:
        """Those who ask no more: looked for once a second at most."""
        if at_us - self._forgot_at < US_PER_S:
            return
        self._forgot_at = at_us
        for side, held in enumerate(self._held):
            for holder in [one for one, asked_us in held.items() if at_us - asked_us > HEARD_S * US_PER_S]:
                del held[holder]
            self._owed[side] = min(self._owed[side], float(len(held)))
