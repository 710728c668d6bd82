"""How many come, and when? What earlier nights tell of this one, minute by minute of the match clock.

A minute is counted from kick-off and lasts as long as a minute of the match does: an evening played in three minutes
and one played in three hours lie one on the other.
"""

from collections.abc import Sequence

from msgspec import Struct

FIRST_MINUTE, LAST_MINUTE = -60, 140
"""Arrivals before and after are counted in the first and the last minute."""
MINUTES = LAST_MINUTE - FIRST_MINUTE + 1


class EarlierNight(Struct, frozen=True, kw_only=True):
    """One night of before: who could have come, and how many households came first in each minute."""

    subscribers: int
    arrivals: tuple[int, ...]
    """`MINUTES` counts, the first of `FIRST_MINUTE`."""
    cohorts: dict[str, dict[str, int]] = {}
    """Dimension → value → households, where it was recorded."""

    @property
    def came(self) -> int:
        """Households of the whole night."""
        return sum(self.arrivals)

    def between(self, since: float, until: float) -> float:
        """Households that came between two instants of the match clock, in minutes from kick-off."""
        first = min(max(since - FIRST_MINUTE, 0.0), float(MINUTES))
        last = min(max(until - FIRST_MINUTE, first), float(MINUTES))
        whole = sum(self.arrivals[int(first) : int(last)])
        begun = (first % 1) * self.arrivals[int(first)] if first < MINUTES else 0.0
        ending = (last % 1) * self.arrivals[int(last)] if last < MINUTES else 0.0
        return whole - begun + ending


def usual_arrivals(earlier: Sequence[EarlierNight], subscribers: int) -> tuple[float, ...]:
    """The mean of earlier nights in each minute, for so many subscribers; empty where there is none to tell."""
    known = [night for night in earlier if night.subscribers > 0 and night.came > 0]
    if not known or subscribers <= 0:
        return ()
    return tuple(
        sum(night.arrivals[minute] * subscribers / night.subscribers for night in known) / len(known)
        for minute in range(MINUTES)
    )


def minute_of(match_minute: float) -> int:
    """The index of a minute of the match clock in `EarlierNight.arrivals`."""
    return min(max(int(match_minute // 1) - FIRST_MINUTE, 0), MINUTES - 1)
