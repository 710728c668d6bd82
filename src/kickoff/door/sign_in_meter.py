"""What does the door see of the back end when it forwards sign-ins? How many are in hand, and how fast they come back.

The back end's own report is late in two ways: its capacity is a mean over some seconds, and its queueing delay is that
of calls whose waiting is over. Whoever forwards knows better, for this one dependency:

    capacity   the calls that came back since the last report, where the back end had work all the time; else at least
               so many
    queue      calls in hand beyond the permit's limit, at that rate. What the permit lets stand is no congestion: it is
               a share of the deadline, nobody inside stands in it, and a service that has got its capacity back shows
               it only while it has work

The controller decides by the corrected word; the journal keeps the back end's own. A door among many sees its own calls
alone: then nothing is corrected.
"""

import msgspec

from kickoff.admission.orders import Health
from kickoff.units import US_PER_S

SIGN_IN = "sign_in"
BACKLOG = 2
"""One in work and one waiting: with fewer in hand the back end may have been idle for a moment."""
CALLS_MIN = 8
"""Fewer back between two reports say nothing of the rate."""
WINDOW_MAX_S = 5.0
"""Over a longer time the capacity may have been another one at its end."""


class SignInMeter:
    """Counts the sign-ins of one door; corrects the back end's reports by them."""

    def __init__(self) -> None:
        self._in_hand = 0
        self._carried = 0
        self._was_idle = True
        self._since = 0
        self._heard_at = -1
        self._corrected: Health | None = None

    @property
    def in_hand(self) -> int:
        """Forwarded and not answered yet."""
        return self._in_hand

    def begin(self) -> None:
        """A sign-in goes to the back end; `finish` follows exactly once."""
        self._in_hand += 1

    def finish(self, *, was_carried: bool) -> None:
        """One came back. `was_carried`: the back end did its work, whatever it found."""
        self._in_hand -= 1
        self._carried += was_carried
        self._was_idle = self._was_idle or self._in_hand < BACKLOG

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
        carried, was_idle = self._carried, self._was_idle
        self._carried, self._was_idle, self._since = 0, self._in_hand < BACKLOG, now
        if carried < CALLS_MIN or not 0 < elapsed_s <= WINDOW_MAX_S or word.capacity_per_s <= 0:
            return word
        seen_per_s = carried / elapsed_s
        capacity_per_s = max(seen_per_s, word.capacity_per_s) if was_idle else seen_per_s
        queue_ms = 1000 * max(0, self._in_hand - limit) / capacity_per_s
        return msgspec.structs.replace(word, capacity_per_s=capacity_per_s, queue_ms=queue_ms)
