"""Who is drawn, and when? The draw of one night at one door: its list while the doors are shut, its order from then on.

    before the doors   each new place goes on the list; the commitment is told
    at opening         the list is closed, the seed made of it, one fact a lane written: `draw SEED`, place = count
    afterwards         secret and seed are told: `kickoff draw verify` checks any ticket

The secret is derived from a key of the night and of no use for anything else, so it may be shown afterwards. A line
that many doors share is not drawn: no door sees all of its list.
"""

from kickoff.facts import DRAWN, Fact, Lane, Row
from kickoff.waiting_room.draw import Ballot, Draw, TicketList, commitment_of, round_keys, secret_of, seed_of
from kickoff.waiting_room.line import Line


class Lottery:
    """The draw of one night. `is_open`: places still go on its list."""

    def __init__(self, night: str, key: bytes, *, enabled: bool) -> None:
        self._secret = secret_of(key, night)
        self._list = TicketList(night)
        self._draw: Draw | None = None
        self.is_open = enabled
        self._is_drawn_here = enabled

    def add(self, lane: str, number: int, subject: int) -> None:
        """Somebody took a place before the doors."""
        self._list.add(Ballot(lane=lane, number=number, subject=subject))

    def add_all(self, lane: str, numbers: list[int], subjects: list[int]) -> None:
        """Those who had taken a place when the door went down, in the order of their numbers."""
        self._list.add_all(lane, numbers, subjects)

    def hold(self, lines: dict[str, Line], *, at: int) -> list[Row]:
        """The doors open: close the list, draw. The facts of it, also of a lane in which nobody stood: it is closed."""
        counts = {lane: self._list.counts.get(lane, 0) for lane in lines}
        seed = seed_of(self._secret, self._list.digest())
        self.take_up(Draw(counts=counts, seed=seed), lines)
        return [
            Row(at=at, fact=Fact.OPERATOR, lane=Lane(lane), place=count, code=f"{DRAWN} {seed.hex()}")
            for lane, count in counts.items()
        ]

    def take_up(self, draw: Draw, lines: dict[str, Line]) -> None:
        """This was drawn: now, or before a restart."""
        self.is_open, self._draw = False, draw
        for lane, line in lines.items():
            line.calls.draw(draw, lane)

    def shown(self) -> dict[str, object]:
        """What the status object says of it; nothing where there is none."""
        if not self._is_drawn_here:
            return {}
        told: dict[str, object] = {"commitment": commitment_of(self._secret)}
        if self._draw is None:
            return {**told, "count": sum(self._list.counts.values()), "counts": self._list.counts}
        counts, seed = self._draw.counts, self._draw.seed
        return {
            **told,
            "count": sum(counts.values()),
            "counts": counts,
            "secret": self._secret.hex(),
            "seed": seed.hex(),
            # What a browser needs to compute a place: it knows no SHA-256 outside of a secure context.
            "keys": {lane: round_keys(seed, lane) for lane, count in counts.items() if count},
        }
