"""One lane of the line: the places it has given, whom of them it has called, and what came of those it let in.

    main     joined without a session: an admission will cost a sign-in
    known    joined with one: an admission costs the sign-in service nothing
    slow     strangers from a network that floods the door, who have shown nothing for themselves
    operator the operator's guests, by a signed claim

The lanes share nothing but the house they lead to. Each has its own numbers, so that no place of one is ever compared
with a place of the other.
"""

from collections.abc import Iterable

from kickoff.facts import Lane
from kickoff.waiting_room.calls import Calls
from kickoff.waiting_room.places import Blocks, PlaceBook
from kickoff.waiting_room.shared import SharedBook
from kickoff.waiting_room.skips import ranges

LANES: tuple[Lane, ...] = (Lane.MAIN, Lane.KNOWN, Lane.SLOW, Lane.OPERATOR)
"""The lanes in which places are given."""
DOUBTED_MAX = 8192
"""In one lane. What is beyond is called and let in like everybody else: a bound on memory, and on who is doubted."""


class Line:
    """One lane. Totals count from the start of the night and never fall."""

    __slots__ = ("_taken_back", "book", "calls", "doubted", "lane", "leased", "sign_ins")

    def __init__(self, lane: Lane, blocks: Blocks | None, *, last_given: int = 0) -> None:
        """`blocks`: where places are reserved; None: other doors give places of this lane too."""
        self.lane = lane
        self.book: PlaceBook | SharedBook = (
            SharedBook(last_given=last_given) if blocks is None else PlaceBook(str(lane), blocks, last_given=last_given)
        )
        self.calls = Calls()
        self.leased = 0
        """Streams begun with a pass of this lane: its admissions."""
        self.sign_ins = 0
        """Sign-ins tried with a pass of this lane, failed ones too."""
        self.doubted: set[int] = set()
        """Places whose holder must show something before they let anybody in."""
        self._taken_back: set[int] = set()
        """Of them those that were not called yet: nobody waits behind them."""

    def doubt(self, places: Iterable[int]) -> int:
        """From now on these places let nobody in without a proof, and who is not called yet is waited for by nobody.

        Whoever has the proof comes in when the place was due. How many were doubted; of a line that many doors share
        none is taken back, and of no line more than `DOUBTED_MAX`.
        """
        fresh = [place for place in dict.fromkeys(places) if place not in self.doubted]
        fresh = fresh[: DOUBTED_MAX - len(self.doubted)]
        self.doubted.update(fresh)
        if isinstance(self.book, PlaceBook):
            waiting = {place for place in fresh if not self.calls.is_called(place)}
            self._taken_back |= waiting
            self.book.taken_back += len(waiting)
            self.order_anew()
        return len(fresh)

    def can_doubt(self, count: int) -> bool:
        """Whether so many more can be doubted."""
        return len(self.doubted) + count <= DOUBTED_MAX

    def believe(self, place: int) -> None:
        """The holder has shown something."""
        self.doubted.discard(place)

    def order_anew(self) -> None:
        """Where those taken back stand in the order of calling: after a draw, and when there are more of them."""
        if isinstance(self.book, PlaceBook):
            serving = self.calls.serving
            ahead = {place: at for place in self._taken_back if (at := self.calls.position(place)) > serving}
            self._taken_back, self.book.skips = set(ahead), ranges(ahead.values())

    @property
    def waiting(self) -> int:
        """People with a place who were not called yet."""
        return self.book.ahead(self.book.last_given, self.calls.serving)


def lines(blocks: Blocks | None, *, last_given: dict[str, int] | None = None) -> dict[str, Line]:
    """Every lane by its name. `last_given`: of each lane that goes on after a restart."""
    given = last_given or {}
    return {str(lane): Line(lane, blocks, last_given=given.get(str(lane), 0)) for lane in LANES}
