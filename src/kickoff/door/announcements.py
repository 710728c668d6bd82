"""What does the journal hear of the house? Facts without a subject: health, rate, and the instants of the match.

Written by the door itself, so that a rehearsed journal reads like a real one.
"""

import math
from collections.abc import Mapping

from kickoff.admission.orders import Health, Orders
from kickoff.facts import Fact, Lane, Row
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs

RATE_CHANGE = 0.05
"""The rate is recorded when it has changed by so much, or when another term binds."""
WHOLE_MAX = 2_000_000_000
"""The journal's columns hold 32 bits: what is larger is recorded as this."""


TELL_EVERY_US = US_PER_S


class Announcements:
    """Turns what each tick saw and ordered into the facts that are new."""

    def __init__(self, night: Night) -> None:
        self._heard: dict[str, AtUs] = {}
        self._rate_per_s = -1.0
        self._binding = ""
        self._tell_at = 0
        self._match = [(night.at(seconds), code) for code, seconds in night.match_events()]

    def forget_told(self, told: set[tuple[int, str]]) -> None:
        """Leave out the instants of the match that the log has told already."""
        self._match = [event for event in self._match if event not in told]

    def match_rows(self, now: AtUs) -> list[Row]:
        """The instants of the match that have come."""
        due = [event for event in self._match if event[0] <= now]
        self._match = self._match[len(due) :]
        return [Row(at=at, fact=Fact.MATCH, code=code) for at, code in due]

    def health_rows(self, health: tuple[Health, ...]) -> list[Row]:
        """Each dependency's word, once."""
        fresh = [one for one in health if one.at > self._heard.get(one.dependency, -1)]
        self._heard.update({one.dependency: one.at for one in fresh})
        return [
            Row(
                at=one.at,
                fact=Fact.HEALTH,
                dependency=one.dependency,
                utilisation=_whole(one.utilisation * 1e6),
                queue_ms=_whole(one.queue_ms),
                errors=_whole(one.errors),
                capacity_per_s=_whole(one.capacity_per_s * 1000),
            )
            for one in fresh
        ]

    def told_rows(self, orders: Orders, serving: Mapping[str, int], now: AtUs) -> list[Row]:
        """What the last of each line is told, once a second."""
        if now < self._tell_at:
            return []
        self._tell_at = now + TELL_EVERY_US
        return told_rows(orders, serving, now)

    def rate_rows(self, orders: Orders, now: AtUs) -> list[Row]:
        """The rate, when it or what binds it has changed."""
        moved = abs(orders.rate_per_s - self._rate_per_s) > RATE_CHANGE * max(self._rate_per_s, 0.1)
        if not moved and orders.binding == self._binding:
            return []
        self._rate_per_s, self._binding = orders.rate_per_s, orders.binding
        return [Row(at=now, fact=Fact.RATE, code=orders.binding, rate_per_s=_whole(orders.rate_per_s * 1000))]


def told_rows(orders: Orders, serving: Mapping[str, int], now: AtUs) -> list[Row]:
    """What the last of each line is told. `serving`: as published with these orders."""
    return [
        Row(
            at=now,
            fact=Fact.TOLD,
            lane=Lane(name),
            place=serving[name] + round(own.curve[-1][0]) - own.call,
            duration_ms=_whole(own.curve[-1][1] * 1000),
            wait_ms=_whole(own.curve[-1][3] * 1000),
        )
        for name, own in orders.lanes.items()
        if own.curve and name in serving
    ]


def _whole(number: float) -> int:
    """A number as the journal holds it; what is not a number is recorded as the most that it holds."""
    return round(min(max(number, 0.0), WHOLE_MAX)) if math.isfinite(number) else WHOLE_MAX
