"""When does a sign-in leave for the back end? At once; where it would only stand in line there, together with others.

A service that checks passwords has its caches full of them. A request that comes by itself takes the checker off its
work and finds nothing in the caches that it needs; of some that come together only the first does. While the back end
has more in hand than it answered in two intervals (and as many more as its quickest answer takes), nothing is lost by
waiting for the end of this one: nobody would be served earlier. Measured on one core with argon2id: 1 % more sign-ins a
second (`make bench-overload`).

    wait_us      0: go · else come back then, and go, whatever is in hand by then
    leave        it has gone
    come_back    it was answered, or given up

It counts for itself what the back end answers: neither its speed nor the permit's size is written down anywhere.
"""

EVERY_US = 100_000
"""So long at most anybody waits. Longer saves nothing more: 250 ms were measured as well."""
AHEAD = 2
"""Intervals' work that must lie before the back end: one to wait through, one for an answer that comes in a burst."""


class Departures:
    """Of one door: how many are at the back end, and how many it answered in this interval and the one before."""

    def __init__(self) -> None:
        self._away = 0
        self._interval = 0
        self._answered = self._answered_before = 0
        self._quickest_us: int | None = None

    def wait_us(self, now: int) -> int:
        """Microseconds until a call that comes now should leave. `now`: microseconds UTC."""
        self._turn_to(now)
        # What is only on its way, or is worked on side by side, stands in no line.
        enough = (AHEAD + (self._quickest_us or 0) // EVERY_US) * max(1, self._answered, self._answered_before)
        return 0 if self._away < enough else EVERY_US - now % EVERY_US

    def leave(self) -> None:
        """A call goes to the back end; `come_back` follows exactly once."""
        self._away += 1

    def come_back(self, now: int, took_us: int) -> None:
        """A call ended, however. `now`: microseconds UTC."""
        self._turn_to(now)
        self._quickest_us = took_us if self._quickest_us is None else min(self._quickest_us, took_us)
        self._away -= 1
        self._answered += 1

    def _turn_to(self, now: int) -> None:
        interval = now // EVERY_US
        if interval != self._interval:
            self._answered_before = self._answered if interval == self._interval + 1 else 0
            self._interval, self._answered = interval, 0
