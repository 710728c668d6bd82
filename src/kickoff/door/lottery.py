"""Who is drawn, and when? The draw of one night at one door: its list while the doors are shut, its order from then on.

    before the doors   each new place goes on the list; the commitment is told
    at opening         the list is closed, the seed made of it, the facts written: of a lane `draw SEED`, place = count
    afterwards         secret and seed are told: `kickoff draw verify` checks any ticket

The secret is derived from a key of the night and of no use for anything else, so it may be shown afterwards. Of a line
that many doors share the list lies in Valkey: whoever leads closes it, draws, and tells all (`conductor/drawing.py`).
"""

from collections.abc import Mapping

from kickoff.facts import DRAWN, Fact, Lane, Row
from kickoff.waiting_room.draw import Ballot, Draw, TicketList, commitment_of, secret_of, seed_of
from kickoff.waiting_room.line import Line


class Lottery:
    """The draw of one night. `is_open`: it is still to be held. `keeps_list`: by this door, which sees all who come."""

    def __init__(self, night: str, key: bytes, *, enabled: bool, is_shared: bool) -> None:
        self.secret = secret_of(key, night)
        self.held: Draw | None = None
        """What was drawn."""
        self._list = TicketList(night)
        self.is_open = enabled
        self.keeps_list = enabled and not is_shared

    def add(self, lane: str, number: int, subject: int) -> None:
        """Somebody took a place before the doors."""
        self._list.add(Ballot(lane=lane, number=number, subject=subject))

    def add_all(self, lane: str, numbers: list[int], subjects: list[int]) -> None:
        """Those who had taken a place when the door went down, in the order of their numbers."""
        self._list.add_all(lane, numbers, subjects)

    def hold(self, lines: Mapping[str, Line]) -> Draw:
        """The doors open: close the list, draw. A lane in which nobody stood is closed as well."""
        counts = {lane: self._list.counts.get(lane, 0) for lane in lines}
        return Draw(counts=counts, seed=seed_of(self.secret, self._list.digest()))

    def take_up(self, draw: Draw, lines: Mapping[str, Line]) -> None:
        """This was drawn: now, or before a restart."""
        self.held, self.is_open, self.keeps_list = draw, False, False
        for lane, line in lines.items():
            line.calls.draw(draw, lane)

    def forgo(self) -> None:
        """The doors opened without a draw: there is none any more."""
        self.is_open = self.keeps_list = False

    def shown(self, lines: Mapping[str, Line]) -> dict[str, object]:
        """What the status object says of it; nothing where there is none."""
        told: dict[str, object] = {"commitment": commitment_of(self.secret)}
        if self.is_open:
            counts = {lane: given for lane, line in lines.items() if (given := line.book.given)}
            return {**told, "count": sum(counts.values()), "counts": counts}
        if self.held is None:
            return {}
        counts, seed = self.held.counts, self.held.seed
        skips = {lane: gaps for lane, gaps in self.held.skips.items() if gaps}
        return {
            **told,
            "count": sum(counts.values()),
            "counts": counts,
            **({"skips": skips} if skips else {}),
            "secret": self.secret.hex(),
            "seed": seed.hex(),
            # What a browser needs to compute a place: it knows no SHA-256 outside of a secure context.
            "keys": {lane: self.held.order(lane).keys for lane, count in counts.items() if count},
        }


def rows_of(draw: Draw, *, at: int) -> list[Row]:
    """The facts that tell of a draw."""
    return [
        Row(at=at, fact=Fact.OPERATOR, lane=Lane(lane), place=place, code=f"{DRAWN} {words}")
        for lane, place, words in draw.told()
    ]
