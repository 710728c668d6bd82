"""One lane of the line: the places it has given, whom of them it has called, and what came of those it let in.

    main     joined without a session: an admission will cost a sign-in
    known    joined with one: an admission costs the sign-in service nothing
    slow     strangers from a network that floods the door, who have shown nothing for themselves
    operator the operator's guests, by a signed claim

The lanes share nothing but the house they lead to. Each has its own numbers, so that no place of one is ever compared
with a place of the other.
"""

from collections.abc import Iterable
from itertools import islice

from kickoff.facts import Lane
from kickoff.waiting_room.calls import DOUBTED, Calls
from kickoff.waiting_room.places import Blocks, PlaceBook
from kickoff.waiting_room.shared import SharedBook
from kickoff.waiting_room.skips import ranges

LANES: tuple[Lane, ...] = (Lane.MAIN, Lane.KNOWN, Lane.SLOW, Lane.OPERATOR)
"""The lanes in which places are given."""
DOUBTED_MAX = 8192
"""In one lane, of those who still wait: once called, a place that is doubted takes no memory of its own. What is
beyond is called and let in like everybody else: a bound on memory, and on who is doubted."""
PROVED_MAX = 65_536
"""In one lane. What is beyond may be doubted a second time."""


class Line:
    """One lane. Totals count from the start of the night and never fall."""

    __slots__ = ("_doubted", "_proved", "_taken_back", "book", "calls", "lane", "leased", "sign_ins")

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
        self._doubted: dict[int, int] = {}
        """Places not called yet whose holder must show something before they let anybody in → where they stand."""
        self._taken_back: dict[int, int] = {}
        """Places not called yet behind which nobody waits → where they stand."""
        self._proved: set[int] = set()
        """Places whose holder has shown something: they are not doubted again."""

    def doubt(self, places: Iterable[int]) -> int:
        """From now on these places let nobody in without a proof, and who is not called yet is waited for by nobody.

        Whoever has the proof comes in when the place was due. How many were doubted; of a line that many doors share
        none is taken back, and of no line more than `DOUBTED_MAX`.
        """
        self._go_by()
        fresh = [place for place in dict.fromkeys(places) if not (place in self._proved or self.is_doubted(place))]
        stand = {place: self.calls.position(place) for place in fresh}
        called = [place for place in fresh if stand[place] <= self.calls.serving]
        for place in called:
            self.calls.mark(place, DOUBTED)
            del stand[place]
        waiting = dict(islice(stand.items(), DOUBTED_MAX - len(self._doubted)))
        self._doubted |= waiting
        if waiting and isinstance(self.book, PlaceBook):
            self._taken_back |= waiting
            self.book.taken_back += len(waiting)
            self.book.skips = ranges(self._taken_back.values())
        return len(called) + len(waiting)

    def is_doubted(self, place: int) -> bool:
        """Whether the holder of this place must show something."""
        return place in self._doubted or self.calls.is_marked(place, DOUBTED)

    def can_doubt(self, count: int) -> bool:
        """Whether so many more can be doubted."""
        self._go_by()
        return len(self._doubted) + count <= DOUBTED_MAX

    def believe(self, place: int) -> None:
        """Nothing needs to be shown for this place, for now."""
        self._doubted.pop(place, None)
        self.calls.unmark(place, DOUBTED)

    def prove(self, place: int) -> bool:
        """The holder has shown something: for this night that is enough. False: it had been shown before."""
        self.believe(place)
        if place in self._proved or len(self._proved) >= PROVED_MAX:
            return False
        self._proved.add(place)
        return True

    def order_anew(self) -> None:
        """After a draw: all stand elsewhere in the order of calling."""
        for places in (self._doubted, self._taken_back):
            places.update({place: self.calls.position(place) for place in places})
        if isinstance(self.book, PlaceBook):
            self.book.skips = ranges(self._taken_back.values())

    def _go_by(self) -> None:
        """Who was called meanwhile: what is doubted of them is noted where all stands that is known of the called."""
        serving = self.calls.serving
        for place in [place for place, stands in self._doubted.items() if stands <= serving]:
            del self._doubted[place]
            self.calls.mark(place, DOUBTED)
        self._taken_back = {place: stands for place, stands in self._taken_back.items() if stands > serving}

    @property
    def waiting(self) -> int:
        """People with a place who were not called yet."""
        return self.book.ahead(self.book.last_given, self.calls.serving)


def lines(blocks: Blocks | None, *, last_given: dict[str, int] | None = None) -> dict[str, Line]:
    """Every lane by its name. `last_given`: of each lane that goes on after a restart."""
    given = last_given or {}
    return {str(lane): Line(lane, blocks, last_given=given.get(str(lane), 0)) for lane in LANES}
