"""What does the door see of the back end when it forwards sign-ins? How many are in hand, and how fast they come back.

The back end's own report is late in two ways: its capacity is a mean over some seconds, and its queueing delay is that
of calls whose waiting is over. Whoever forwards knows better, for this one dependency:

    carried    the calls that came back since the last report: what the back end can, where it had work all the time;
               else at least so many
    stands     those in hand, and those whom a full permit has just sent away and who come again
    capacity   carried, and what brings those who stand to as many as should, within `SETTLE_S`
    use        calls that came back ÷ that capacity
    queue      calls in hand beyond the permit's limit, at the rate carried. What the permit lets stand is no
               congestion: it is a share of the deadline, nobody inside stands in it, and a service that has got its
               capacity back shows it only while it has work

People come at random, some seconds after they are called. A back end that is sent exactly what it carries stands idle
whenever they come late; one with a second's work before it never does. One that has lost capacity gets it back in a
moment, and whoever is called then comes too late for it: as long as it was better a short while ago, more stand by.

The controller decides by the corrected word; the journal keeps the back end's own. Doors of one line tell each other
what each has in hand and has seen come back (`SignIns`): whoever leads adds them up, as if one door had forwarded all.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from kickoff.admission.orders import Health
from kickoff.units import US_PER_S

SIGN_IN = "sign_in"
BUSY_RETRY_S = 2.0
"""Who meets a full permit, or a back end that failed, is told to come again after about so long."""
BACKLOG = 2
"""One in work and one waiting: with fewer in hand the back end may have been idle for a moment."""
CALLS_MIN = 3
"""Fewer back between two reports say nothing of the rate."""
WINDOW_MAX_S = 5.0
"""Over a longer time the capacity may have been another one at its end."""
STANDING_S = 1.0
"""Of the back end's best: until it is seen that people are late, and others have been called."""
STANDING_SHARE = 0.75
"""Of the permit: the rest is for those who come together."""
STANDING_BY_S = 2.5
"""Of what the back end has lost: about as long as it takes from a call to a sign-in."""
BEST_HALVES_S = 60.0
"""What the back end could a minute ago it may do again."""
SETTLE_S = 4.0
"""A correction that is quicker than its own answer swings."""
CAPACITY_LEAST = 0.6
"""Of what is carried: however many stand, people are called."""


class SignIns(Struct, frozen=True, kw_only=True, array_like=True):
    """What one door says of the sign-ins that it forwards. Totals count from its start."""

    in_hand: int = 0
    least: int = 0
    """The fewest that were in hand since its last word."""
    carried: int = 0
    away: int = 0
    limit: int = 0
    """Of its permit, in calls."""


class SignInMeter:
    """Counts the sign-ins of a house; corrects the back end's reports by them."""

    def __init__(self) -> None:
        self._in_hand = 0
        """At all doors."""
        self._own_in_hand = self._own_carried = self._own_away = 0
        self._others: dict[str, SignIns] = {}
        self._least = 0
        self._carried = 0
        self._was_idle = True
        self._since = 0
        self._heard_at = -1
        self._away = 0
        self._best_per_s = 0.0
        self._corrected: Health | None = None

    @property
    def in_hand(self) -> int:
        """Forwarded and not answered yet."""
        return self._in_hand

    def begin(self, *, count: int = 1) -> None:
        """A sign-in goes to the back end, or `count` at once; `finish` follows exactly once for each."""
        self._in_hand += count
        self._own_in_hand += count

    def finish(self, *, was_carried: bool, count: int = 1) -> None:
        """One came back, or `count` at once. `was_carried`: the back end did its work, whatever it found."""
        self._in_hand -= count
        self._own_in_hand -= count
        self._least = min(self._least, self._own_in_hand)
        self._carried += count * was_carried
        self._own_carried += count * was_carried
        self._was_idle = self._was_idle or self._in_hand < BACKLOG

    def turn_away(self, *, count: int = 1) -> None:
        """One met a full permit, and comes again in `BUSY_RETRY_S`."""
        self._away += count
        self._own_away += count

    def told(self, *, limit: int) -> SignIns:
        """What the others must know of this door. `limit`: its permit's."""
        least, self._least = min(self._least, self._own_in_hand), self._own_in_hand
        return SignIns(
            in_hand=self._own_in_hand, least=least, carried=self._own_carried, away=self._own_away, limit=limit
        )

    def hear(self, others: Mapping[str, SignIns]) -> None:
        """What all other doors that are there say now, by their names: whoever is gone has nothing in hand."""
        for name, said in others.items():
            # Of a door that is new here it is not known since when it counts; one that started again counts from 0.
            before = self._others.get(name, said)
            if said.carried < before.carried or said.away < before.away:
                before = SignIns()
            self._carried += said.carried - before.carried
            self._away += said.away - before.away
        self._in_hand = self._own_in_hand + sum(said.in_hand for said in others.values())
        # Each may have had its least at another moment: rather too often idle than a back end that is thought weak.
        least = self._own_in_hand + sum(said.least for said in others.values())
        self._was_idle = self._was_idle or least < BACKLOG
        self._others = dict(others)

    def limit(self, own: int) -> int:
        """The permits of all doors together. `own`: that of this process, where it is the only one that forwards."""
        return sum(said.limit for said in self._others.values()) or own

    def corrected(self, words: tuple[Health, ...], *, limit: int, now: int) -> tuple[Health, ...]:
        """The reports, sign-in's by what was seen until `now` (microseconds UTC). Called at each tick.

        `limit`: the permit's, in calls.
        """
        return tuple(self._correct(word, limit, now) if word.dependency == SIGN_IN else word for word in words)

    def _correct(self, word: Health, limit: int, now: int) -> Health:
        if self._corrected is None or word.at > self._heard_at:
            self._heard_at = word.at
            self._corrected = self._seen(word, limit, now)
        return self._corrected

    def _seen(self, word: Health, limit: int, now: int) -> Health:
        elapsed_s = (now - self._since) / US_PER_S
        carried, away, was_idle = self._carried, self._away, self._was_idle
        self._carried, self._away, self._was_idle, self._since = 0, 0, self._in_hand < BACKLOG, now
        if carried < CALLS_MIN or not 0 < elapsed_s <= WINDOW_MAX_S or word.capacity_per_s <= 0:
            return word
        seen_per_s = carried / elapsed_s
        able_per_s = max(seen_per_s, word.capacity_per_s) if was_idle else seen_per_s
        self._best_per_s = max(able_per_s, self._best_per_s * 0.5 ** (elapsed_s / BEST_HALVES_S))
        standing = self._in_hand + away * BUSY_RETRY_S / elapsed_s
        missing = self._standing(able_per_s, limit) - standing
        capacity_per_s = max(CAPACITY_LEAST * able_per_s, able_per_s + missing / SETTLE_S)
        return msgspec.structs.replace(
            word,
            capacity_per_s=capacity_per_s,
            lasting_per_s=able_per_s,
            standing=standing,
            utilisation=seen_per_s / capacity_per_s,
            queue_ms=1000 * max(0, self._in_hand - limit) / able_per_s,
        )

    def _standing(self, able_per_s: float, limit: int) -> float:
        """How many people should stand before the back end, in hand and about to come again."""
        before = min(STANDING_S * self._best_per_s, STANDING_SHARE * limit)
        return before + STANDING_BY_S * (self._best_per_s - able_per_s)
