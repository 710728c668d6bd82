"""One lane of the line: the places it has given, whom of them it has called, and what came of those it let in.

    main     joined without a session: an admission will cost a sign-in
    known    joined with one: an admission costs the sign-in service nothing

The lanes share nothing but the house they lead to. Each has its own numbers, so that no place of one is ever compared
with a place of the other.
"""

from kickoff.facts import Lane
from kickoff.waiting_room.calls import Calls
from kickoff.waiting_room.places import Blocks, PlaceBook
from kickoff.waiting_room.shared import SharedBook

LANES: tuple[Lane, ...] = (Lane.MAIN, Lane.KNOWN)
"""The lanes in which places are given."""


class Line:
    """One lane. Totals count from the start of the night and never fall."""

    __slots__ = ("book", "calls", "lane", "leased", "sign_ins")

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

    @property
    def waiting(self) -> int:
        """People with a place who were not called yet."""
        return self.book.ahead(self.book.last_given, self.calls.serving)


def lines(blocks: Blocks | None, *, last_given: dict[str, int] | None = None) -> dict[str, Line]:
    """Every lane by its name. `last_given`: of each lane that goes on after a restart."""
    given = last_given or {}
    return {str(lane): Line(lane, blocks, last_given=given.get(str(lane), 0)) for lane in LANES}
