"""How does the line go with so much capacity, and the doors at that time? Two flows, a second at a time.

Who holds a session takes the known lane and costs no sign-in; everybody else stands in the main one. Each second the
door lets in what is left of what the service carries, shared between the lanes as the door shares it:

    main            sign-ins of one · rate_main <= target · sign-ins a second
    both            2 · (rate_main + rate_known) <= target · playlists a second - k · inside

The pace begins with the safe rate and climbs as the door's. First come, first in. Who is let in hears of it at the next
look of the waiting page: soon where the turn came soon, else within a poll.
Entry point: `flowed`.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.admission.sharing import shares
from kickoff.admission.slew import slewed
from kickoff.crowd.entry import SOON_S
from kickoff.crowd.world import Parameters
from kickoff.facts import Lane
from kickoff.night import Night

Floats = NDArray[np.float64]

PLAYLISTS_AT_THE_DOOR = 2.0
"""A master and a media playlist."""
PLACES = 1000
"""Whose waits are looked at, evenly spread over all."""
GOLDEN = 0.6180339887498949
"""Multiples of it, without their whole part, lie evenly in 0 … 1: when each looks at the page."""
CACHED_S = Parameters().cached_s
"""What people see of the line is up to so old."""


class Evening(Struct, frozen=True, kw_only=True):
    """Who comes, and what there is."""

    joined: tuple[float, ...]
    """Come until each second of the night, from 0 on."""
    signed_out: float
    """Share of them that stand in the main lane and must sign in; the others hold a session."""
    sign_ins: float = 1.0
    """Tries of one who must: some mistype."""
    comes: float = 1.0
    """Share of the called who come; the door calls as many more as stay away."""
    sign_ins_per_s: float
    playlists_per_s: float
    source: str
    """Where the crowd is known from."""


class Given(Struct, frozen=True, kw_only=True):
    """What is varied."""

    doors_s: float
    capacity: float = 1.0
    """As a multiple of what there is."""
    lost: float = 0.0
    """A share of it is gone from kick-off on."""


class Flowed(Struct, frozen=True, kw_only=True):
    """One night of the two lanes. [lane, second]: main, known."""

    night: Night
    given: Given
    joined: Floats
    let_in: Floats

    @property
    def line(self) -> Floats:
        """How many stand in line at the end of each second."""
        return np.asarray(np.maximum(0.0, (self.joined - self.let_in).sum(axis=0)))

    def seconds(self) -> tuple[int, ...]:
        """The line in whole people."""
        return tuple(np.rint(self.line).astype(int).tolist())

    def waits_s(self) -> Floats:
        """Of `PLACES` people: from coming, or from the doors, to coming in; infinite: not before the whistle."""
        people = self.joined[:, -1]
        main = round(PLACES * people[0] / max(1e-9, people.sum()))
        return np.concatenate([self._waits_s(0, main), self._waits_s(1, PLACES - main)])

    def _waits_s(self, lane: int, count: int) -> Floats:
        places = self.joined[lane, -1] * (np.arange(count) + 0.5) / max(1, count)
        came = np.maximum(self.given.doors_s, np.searchsorted(self.joined[lane], places).astype(float))
        called = np.searchsorted(self.let_in[lane], places * (1 - 1e-9)).astype(float)
        stood = np.maximum(0.0, called - came)
        soonest, latest = self.night.door.poll_s
        oldest = CACHED_S + np.where(stood < soonest, SOON_S[1], latest)
        waits = stood + oldest * (np.arange(1, count + 1) * GOLDEN % 1.0)
        return np.where(called > self.night.schedule.whistle, np.inf, waits)


def flowed(night: Night, evening: Evening, given: Given) -> Flowed:
    """Let the evening pass."""
    joined = np.outer((evening.signed_out, 1 - evening.signed_out), evening.joined)
    target, k, most = night.door.target, night.servers.calls_inside_per_s, float(night.door.inside_max)
    main, known, pace, found = 0.0, 0.0, 0.0, []
    for second, (main_come, known_come) in enumerate(joined.T.tolist()):
        left = target * given.capacity * (1 - given.lost if second >= night.schedule.kick_off else 1.0)
        inside = main + known
        room = min((left * evening.playlists_per_s - k * inside) / PLAYLISTS_AT_THE_DOOR, most - inside)
        if second >= given.doors_s and room > 0:
            pace = slewed(pace, room, tick_s=1.0, safe_per_s=night.door.safe_rate_per_s)
            by_sign_in = left * evening.sign_ins_per_s / max(1e-9, evening.sign_ins * evening.comes)
            more_main, more_known = _shared(main_come - main, known_come - known, by_sign_in=by_sign_in, room=pace)
            main, known = main + more_main, known + more_known
        found.append((main, known))
    return Flowed(night=night, given=given, joined=joined, let_in=np.asarray(found).T)


def _shared(main: float, known: float, *, by_sign_in: float, room: float) -> tuple[float, float]:
    """(let in from the main lane, from the known one) in one second, of so many who wait in each."""
    able = min(main, by_sign_in)
    if able + known <= room:
        return able, known
    own = room * shares({Lane.MAIN: round(main), Lane.KNOWN: round(known)})[Lane.MAIN]
    from_main = min(able, max(own, room - known))
    return from_main, min(known, room - from_main)
