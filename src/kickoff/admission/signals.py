"""What is known of each dependency, and how old is it?

A health report is *sound* when every number in it is possible; an absurd one is as good as none. A sound one is
*fresh* for `FRESH_S`. After that the last allowed rate is held until the report is `HOLD_S` old, then it decays to
the safe rate: losing sight of the back end neither stops the night nor opens the door.
"""

import math

from msgspec import Struct

from kickoff.admission.orders import Health
from kickoff.units import US_PER_S, AtUs

FRESH_S = 2.5
"""Reports come once a second; one may be lost without anything being held."""
HOLD_S = 8.0
DECAY_S = 8.0
"""Time constant from the held rate down to the safe one."""
RISE_S = 30.0
"""Time constant from a held rate below the safe one up to it: it was low for a reason."""
AHEAD_S = 2.0
"""A report dated further ahead than this is absurd."""
CAPACITY_MAX_PER_S = 1e8
UTILISATION_MAX = 100.0
FALL_S = 0.5
CLIMB_S = 4.0
"""Time constants of the capacity believed: news of loss at once, news of gain only when it lasts."""
BEHIND_PERMIT = "sign_in"
CLIMB_BEHIND_PERMIT_S = 1.0
"""Of sign-in a gain is believed at once: nobody inside lives on it, and a gain that was none is met by the permit."""
FULL = 0.97
"""From this utilisation on a queue grows because there is too little, not because calls come together."""
GROWS = 0.15
"""Seconds of wait a second: slower growth is told by the gauge soon enough."""
STRAYS_MOST = 3.0
GAUGE_S = 2.0
"""Busy seconds that a gauge of capacity is taken to remember."""
CARRIED_MIN = 0.1
"""However fast a queue grows, one second never says that nine tenths are gone."""
DEPENDENCIES_MAX = 64
"""Further dependencies are not looked at: names come from outside."""


class Sighting(Struct, frozen=True, kw_only=True):
    """What is believed of one dependency."""

    health: Health
    """The last sound report."""
    capacity_per_s: float
    """Smoothed: falls fast, climbs slowly. 0: it reports, but was never busy enough to be measured."""
    allowed_per_s: float | None = None
    """Calls of its own a second that it had left when last fresh; None: never computed."""


def is_sound(health: Health, *, now: AtUs) -> bool:
    """Whether every number is possible; a capacity of 0 is one that was not measured yet."""
    numbers = (health.utilisation, health.queue_ms, health.capacity_per_s, float(health.errors))
    return (
        all(math.isfinite(number) and number >= 0 for number in numbers)
        and health.capacity_per_s <= CAPACITY_MAX_PER_S
        and health.utilisation <= UTILISATION_MAX
        and health.at <= now + AHEAD_S * US_PER_S
    )


def look(before: dict[str, Sighting], reports: tuple[Health, ...], *, now: AtUs) -> dict[str, Sighting]:
    """The sightings after a tick's reports; what is absurd or no newer changes nothing."""
    after = dict(before)
    for health in reports:
        known = after.get(health.dependency)
        if not is_sound(health, now=now) or (known and health.at <= known.health.at):
            continue
        if known and known.capacity_per_s:
            if not health.capacity_per_s:
                # What was measured before is not unknown now: a report that says so is as good as none.
                continue
            after[health.dependency] = Sighting(
                health=health, capacity_per_s=_smoothed(known, health), allowed_per_s=known.allowed_per_s
            )
        elif known or len(after) < DEPENDENCIES_MAX:
            after[health.dependency] = Sighting(health=health, capacity_per_s=health.capacity_per_s)
    return after


def doubted(before: Sighting | None, now: Sighting, *, asked_per_s: float, stray: float) -> Sighting:
    """The sighting after a look at what the report does not say yet.

    A queue that grows under a known load: calls that were answered in this second had waited w, a second earlier v; of
    `asked_per_s` that came, the share 1 − (w − v) ÷ second was carried. A capacity that falls by more than
    `STRAYS_MOST` times what reports stray: gauges remember some busy seconds, so most of the fall is still to come, and
    is believed now.
    """
    if before is None or asked_per_s <= 0:
        return now
    elapsed_ms = (now.health.at - before.health.at) / US_PER_S * 1000
    grown = (now.health.queue_ms - before.health.queue_ms) / max(1.0, elapsed_ms)
    carried = now.capacity_per_s
    if now.health.utilisation >= FULL and grown >= GROWS and elapsed_ms <= FRESH_S * 1000:
        carried = asked_per_s * (1 - min(1.0, grown))
    fallen = before.health.capacity_per_s - now.health.capacity_per_s
    if fallen > STRAYS_MOST * stray * before.health.capacity_per_s and elapsed_ms <= FRESH_S * 1000:
        seen = 1 - math.exp(-min(1.0, now.health.utilisation) * elapsed_ms / 1000 / GAUGE_S)
        # Never below half of what is reported: there are gauges that remember nothing.
        to_come = before.health.capacity_per_s - fallen / max(seen, 0.1)
        carried = min(carried, max(0.5 * now.health.capacity_per_s, to_come))
    return Sighting(
        health=now.health,
        capacity_per_s=min(now.capacity_per_s, max(CARRIED_MIN * now.capacity_per_s, carried)),
        allowed_per_s=now.allowed_per_s,
    )


def age_s(sighting: Sighting, *, now: AtUs) -> float:
    """Seconds since the last sound report; never negative."""
    return max(0.0, (now - sighting.health.at) / US_PER_S)


def is_fresh(sighting: Sighting, *, now: AtUs) -> bool:
    """Whether the last sound report may be computed with."""
    return age_s(sighting, now=now) <= FRESH_S


def held_rate(allowed_per_s: float, *, age: float, safe_per_s: float) -> float:
    """What a dependency allows when nothing fresh is known: hold, then go to the safe rate. `age` in seconds."""
    beyond = age - HOLD_S
    if beyond <= 0:
        return allowed_per_s
    constant_s = DECAY_S if allowed_per_s > safe_per_s else RISE_S
    return safe_per_s + (allowed_per_s - safe_per_s) * math.exp(-beyond / constant_s)


def _smoothed(known: Sighting, health: Health) -> float:
    elapsed_s = (health.at - known.health.at) / US_PER_S
    climb_s = CLIMB_BEHIND_PERMIT_S if health.dependency == BEHIND_PERMIT else CLIMB_S
    constant_s = FALL_S if health.capacity_per_s < known.capacity_per_s else climb_s
    weight = 1 - math.exp(-elapsed_s / constant_s)
    return known.capacity_per_s + (health.capacity_per_s - known.capacity_per_s) * weight
