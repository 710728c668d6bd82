"""What does a door ask of a line that many doors share, and what does it keep of the answers?

A question is about one place: take one, redeem it, use it. Many are asked together (`valkey.py`). What the line says of
itself (`Standing`) tells a door how far the numbers have gone, also by other doors, and which of them nobody has: after
a failover that forgot something, numbering goes on beyond a gap (`skips.py`).
"""

from enum import Enum, IntEnum

from msgspec import Struct

from kickoff.waiting_room.places import PLACE_MAX
from kickoff.waiting_room.skips import Skips, ahead, held


class Kind(Enum):
    """What is asked."""

    TAKE = "take"
    """A place for a subject: the one it holds, or the next."""
    REDEEM = "redeem"
    """Whether a place redeems for the first time."""
    USE = "use"
    """Whom a place let in: the subject that asks, unless another came before."""


class Question(Struct, frozen=True, kw_only=True, gc=False):
    """One question to one lane of the line."""

    lane: str
    kind: Kind
    subject: int = 0
    place: int = 0
    joined_ms: int = 0


class Said(IntEnum):
    """How a question was answered. The numbers are those of the script."""

    KNOWN = 0
    """As before: the place it holds already, redeemed before, used by `subject`."""
    NEW = 1
    """Now, for the first time."""
    WAIT = 2
    """The line is being made whole after a failover: ask again shortly."""
    FULL = 3
    LOST = 4
    """Nobody answered in time: nothing is known, and asking again does no harm."""


class Answered(Struct, frozen=True, kw_only=True, gc=False):
    """The answer to one question; only what the kind asks for has a meaning."""

    said: Said
    lane: int = 0
    """The number of the lane of the place: a household's may be of another one than it asked in."""
    place: int = 0
    joined_ms: int = 0
    subject: int = 0


LOST = Answered(said=Said.LOST)


class Standing(Struct, frozen=True, kw_only=True):
    """What the line says of itself with each answer."""

    epoch: int
    """Raised each time another server, or a server that has forgotten something, goes on with the line."""
    last: int
    """The highest number given."""
    raised: int
    """The instant of the last raise, in milliseconds UTC: it names it."""
    survived: int
    """At the last raise: the highest number that it remembered by itself."""
    skips: Skips
    """Numbers that nobody has, in order."""


class SharedBook:
    """One lane's places as one door knows them. Like `places.PlaceBook`, but others give them too."""

    __slots__ = ("epoch", "last_given", "raised", "skips")

    def __init__(self, *, last_given: int = 0) -> None:
        self.epoch = self.raised = 0
        """Of the last raise after which this door has told what it knew."""
        self.last_given = last_given
        self.skips: Skips = ()

    @property
    def given(self) -> int:
        """How many places were given."""
        return held(self.last_given, self.skips)

    def ahead(self, place: int, serving: int) -> int:
        """How many people are still before the place, itself included; 0 when it is called."""
        return ahead(place, serving, self.skips)

    def hear(self, standing: Standing) -> None:
        """Take in how far the line has gone. Of a raise the caller says when all is told."""
        self.last_given = max(self.last_given, standing.last)
        if len(standing.skips) >= len(self.skips):
            self.skips = standing.skips

    def has_given(self, place: int) -> bool:
        """Whether a sealed ticket may name this place: another door may have given it a moment ago."""
        if not 0 < place <= PLACE_MAX:
            return False
        self.last_given = max(self.last_given, place)
        return True


def survived_at(standing: Standing, *, known: int) -> int:
    """The number beyond which the line may have forgotten what a door told it. `known`: the door's epoch before.

    A line remembers what it survived its last raise with. Whoever missed a raise before tells it everything.
    """
    return standing.survived if standing.epoch == known + 1 else 0
