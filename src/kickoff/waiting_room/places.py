"""Which place is next? Places are given once: out of blocks reserved durably before the first of them is given.

The next block begins to be reserved when half of the present one is used, and nobody waits for it: a flush of the disk
takes 4 ms, and 30 and more where the disk is busy. Where it is late all the same, whoever comes next waits for it, and
blocks are longer from then on: a line that fills faster than a disk turns is no short one for long.

A place in the index is packed into one 63-bit word: lane, place, and the millisecond of the join.
"""

from typing import Protocol

from kickoff.units import US_PER_MS
from kickoff.waiting_room.skips import Skips, ahead

PLACE_BITS = 28
JOINED_BITS = 31
PLACE_MAX = (1 << PLACE_BITS) - 1
_JOINED_MASK = (1 << JOINED_BITS) - 1
BLOCK_MIN = 64
BLOCK_MAX = 8192
LONGER = 4
"""So many times longer are the blocks of a line that had to wait for the disk."""


class Blocks(Protocol):
    """Reserves places so that nobody else, and no later start, gives them again."""

    def reserve(self, lane: str, *, upto: int) -> None:
        """Make durable that places up to and including `upto` may have been given."""

    def reserve_ahead(self, lane: str, *, upto: int) -> None:
        """Begin to reserve and do not wait. What goes wrong is met again by `reserve`."""

    def durable(self, lane: str) -> int:
        """Up to where all that was asked for since the start of the process is durable; 0: nothing yet."""


class MemoryBlocks:
    """Reservations that die with the process: rehearsals, tests."""

    def __init__(self) -> None:
        self.reserved: dict[str, int] = {}

    def reserve(self, lane: str, *, upto: int) -> None:
        """Remember the highest place reserved."""
        self.reserved[lane] = max(upto, self.reserved.get(lane, 0))

    def reserve_ahead(self, lane: str, *, upto: int) -> None:
        """Memory is at hand at once."""
        self.reserve(lane, upto=upto)

    def durable(self, lane: str) -> int:
        """The highest place reserved."""
        return self.reserved.get(lane, 0)


class PlaceBook:
    """Gives the places of one lane, from `last_given` + 1 on."""

    __slots__ = ("_asked", "_blocks", "_lane", "_least", "_look_after", "last_given", "skips", "taken_back")

    def __init__(self, lane: str, blocks: Blocks, *, last_given: int = 0) -> None:
        self._lane = lane
        self._blocks = blocks
        self.last_given = last_given
        self._asked = self._look_after = last_given
        """Up to where places were asked for; and the last place that can be given without looking at what came of it.

        `_look_after` never lies beyond what is durable.
        """
        self._least = BLOCK_MIN
        """Places of a block, at least."""
        self.skips: Skips = ()
        """Numbers ahead behind which nobody waits (`line.Line.take_back`): positions, in the order of calling."""
        self.taken_back = 0
        """Places that were given and that nobody waits behind any more, from the start of the night."""

    def give(self) -> int:
        """The next place. What the reservation raises leaves the book as it was."""
        place = self.last_given + 1
        if place > self._look_after:
            self._look_ahead(place)
        self.last_given = place
        return place

    def _look_ahead(self, place: int) -> None:
        """Half a block has been given since the last look: the next half begins to be reserved.

        Never is more than a block reserved beyond what is given: so much a power cut can lose.
        """
        lane, durable = self._lane, self._blocks.durable(self._lane)
        if is_late := 0 < durable < place:
            self._least = min(BLOCK_MAX, LONGER * self._least)
        size = max(self._least, block_size(self.last_given))
        upto = self.last_given + size
        if is_late or not durable:
            # The disk was slower than the line, or this is the first of a night: this one waits.
            self._blocks.reserve(lane, upto=upto)
            durable = upto
        elif upto > self._asked:
            self._blocks.reserve_ahead(lane, upto=upto)
        self._asked = max(self._asked, upto)
        self._look_after = min(durable, self.last_given + size // 2)

    @property
    def given(self) -> int:
        """How many places were given, less those taken back."""
        return self.last_given - self.taken_back

    def has_given(self, place: int) -> bool:
        """Whether a sealed ticket may name this place."""
        return place <= self.last_given

    def ahead(self, place: int, serving: int) -> int:
        """How many people are still before the place, itself included; 0 when it is called."""
        return ahead(place, serving, self.skips)


def block_size(given: int) -> int:
    """Places to reserve at once: a sixteenth of the line, so that a lost block is a small gap in a short line."""
    return min(BLOCK_MAX, max(BLOCK_MIN, given // 16))


def last_given_before(*, logged: int, reserved: int, log_is_whole: bool) -> int:
    """The last place that counts as given when a door starts again.

    While the machine has not gone down, every acknowledged fact is in the log, and the line goes on without a gap.
    After a power cut the log's tail may be lost, so all reserved places count as given: a gap, never a place twice.
    """
    return logged if log_is_whole else max(logged, reserved)


def packed(lane: int, place: int, joined_ms: int) -> int:
    """One word of the index. `joined_ms`: milliseconds since the index's epoch."""
    assert place <= PLACE_MAX, "the line's bound lies far below"
    return (lane << (PLACE_BITS + JOINED_BITS)) | (place << JOINED_BITS) | (joined_ms & _JOINED_MASK)


def unpacked(word: int) -> tuple[int, int, int]:
    """(lane, place, joined_ms) of a word of the index."""
    return word >> (PLACE_BITS + JOINED_BITS), (word >> JOINED_BITS) & PLACE_MAX, word & _JOINED_MASK


def joined_ms(at_us: int, epoch_us: int) -> int:
    """Milliseconds since the index's epoch; joins before it count as at it."""
    return max(0, at_us - epoch_us) // US_PER_MS
