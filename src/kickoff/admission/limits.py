"""What does each part of the house allow? One limit for each dependency, one for each hard cap; the tightest wins.

A dependency d has `target · capacity_d − k_d · inside` calls a second left for admissions: what it can carry, less the
work of those already inside. What one admission takes of them depends on its lane (`sharing.py`). The formula
is fed forward from measurements instead of feeling its way by latency: it sees the cost that an admitted viewer goes on
causing before that viewer has caused it.

A hard cap (licensed viewers, delivery networks' egress) allows as many as there is room for, let in within `FILL_S`.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from kickoff.admission.brake import FACTOR_MIN, brake_factor
from kickoff.admission.costs import INSIDE_MIN, PRIOR_CALLS, SIGN_IN, Costs
from kickoff.admission.flow import Flow
from kickoff.admission.ladder import carries_pictures
from kickoff.admission.orders import Reading
from kickoff.admission.reserve import TARGET_BEST, target_of
from kickoff.admission.signals import FRESH_S, Sighting, age_s, held_rate, is_fresh
from kickoff.admission.trim import Trim
from kickoff.night import DoorRules
from kickoff.units import AtUs

CAPS = ("inside_max", "egress")
TRICKLE = 0.01
"""Of capacity."""
INSIDE_SHARE = 0.02
"""A dependency of which those inside use more than this is one that they live on."""
NO_MOST: Mapping[str, float] = MappingProxyType({})
FILL_S = 2.0
"""Free slots under a hard cap are offered within this time."""
BITRATE_PRIOR_KBPS = 8000.0
"""A viewer's share of egress until it is measured: a full HD stream at the top of its ladder."""


class Limit(Struct, frozen=True, kw_only=True):
    """What one part of the house allows."""

    name: str
    free_per_s: float
    """Calls a second that it has left for admissions."""
    costs: Mapping[str, float]
    """Lane → calls of one admission."""
    words: str
    """One line for the operator."""
    use: str = ""
    """How much of it is used of how much there is, for the operator: `812/s of 1,040`."""
    bare_per_s: float = 0.0
    """`free_per_s` before the trim, for a fresh dependency: what is remembered of it."""
    brake: float = 1.0
    fresh: bool = True
    load_inside: float = 0.0
    """Of those inside, as a share of capacity."""
    target: float = 1.0
    """The share of capacity that is filled."""
    protects_inside: bool = False
    """Whether those inside live on it."""

    @property
    def rate_per_s(self) -> float:
        """Admissions a second, were all from the lane that costs most."""
        return self.free_per_s / max(self.costs.values())


def dependency_limits(
    sightings: dict[str, Sighting],
    *,
    costs: Costs,
    lanes: tuple[str, ...],
    inside: float,
    admitted_per_s: float,
    trims: Mapping[str, Trim],
    target: float,
    safe_per_s: float,
    allowed_per_s: float,
    now: AtUs,
    most_inside: Mapping[str, float] = NO_MOST,
    on_the_way: float = 0.0,
) -> tuple[Limit, ...]:
    """One limit for each dependency ever seen; where none was, the safe rate.

    `most_inside`: dependency → viewers that it carries for good, where that is less than what it carries now.
    `safe_per_s`: in admissions. `allowed_per_s`: admissions of all lanes when every dependency was last heard.
    """
    if not sightings:
        words = f"no health of the back end is known: the safe rate of {plain(safe_per_s)}/s"
        return (_safe_limit(lanes, rate_per_s=safe_per_s, words=words),)
    found: list[Limit] = []
    for name, seen in sorted(sightings.items()):
        asks = {lane: costs.at_the_door(name, lane) for lane in lanes}
        held = _held_by_inside(name, seen, costs=costs, inside=inside, admitted_per_s=admitted_per_s)
        protects = held > INSIDE_SHARE * seen.capacity_per_s
        filled = target_of(target, excess=costs.excess(name), protects_inside=protects)
        if carries_pictures(name) and costs.inside(name) > 0:
            most = filled * seen.capacity_per_s / costs.inside(name)
            room = max(0.0, most - inside - on_the_way)
            found.append(_picture_limit(name, seen, lanes=lanes, held=held, room=room, target=filled, now=now))
            continue
        places = max(0.0, most_inside.get(name, math.inf) - inside - on_the_way)
        most_per_s = places / FILL_S * max(asks.values())
        if not seen.capacity_per_s:
            found.append(_unmeasured_limit(name, asks=asks, safe_per_s=safe_per_s))
        elif is_fresh(seen, now=now):
            trim = trims.get(name, Trim()).factor
            found.append(
                _fresh_limit(name, seen, asks=asks, held=held, trim=trim, target=filled, most_per_s=most_per_s)
            )
        else:
            room = min(most_per_s, max(0.0, filled * seen.capacity_per_s - held))
            found.append(_held_limit(name, seen, asks=asks, age=age_s(seen, now=now), safe_per_s=safe_per_s, room=room))
    silent_s = max((age_s(seen, now=now) for seen in sightings.values() if seen.capacity_per_s), default=0.0)
    if silent_s > FRESH_S:
        # Who costs a silent dependency nothing is not held by it, and yet nobody sees what they do to the house.
        rate = held_rate(allowed_per_s, age=silent_s, safe_per_s=safe_per_s)
        words = (
            f"all lanes: no word for {silent_s:.0f} s, from {plain(allowed_per_s)}/s to the safe {plain(safe_per_s)}/s"
        )
        found.append(_safe_limit(lanes, rate_per_s=rate, words=words))
    return tuple(found)


def plain(number: float) -> str:
    """A number as people write it: `1,903`, `38.1`, `0.42`."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _safe_limit(lanes: tuple[str, ...], *, rate_per_s: float, words: str) -> Limit:
    return Limit(name="safe", free_per_s=rate_per_s, costs=dict.fromkeys(lanes, 1.0), words=words, fresh=False)


def _fresh_limit(
    name: str, seen: Sighting, *, asks: Mapping[str, float], held: float, trim: float, target: float, most_per_s: float
) -> Limit:
    """What is left under the target after the work of those inside."""
    # A house that is nearly full is never shut by a reserve that breathes: a trickle goes on up to the best target.
    trickle = min(TRICKLE * seen.capacity_per_s, max(target, TARGET_BEST) * seen.capacity_per_s - held)
    free = max(0.0, target * seen.capacity_per_s - held, trickle)
    brake = brake_factor(seen.health)
    return Limit(
        name=name,
        free_per_s=min(free * trim, max(most_per_s, trickle)) * brake,
        costs=asks,
        words=_words(seen, asks=asks, held=held, brake=brake),
        use=_use(seen),
        bare_per_s=free * brake,
        brake=brake,
        load_inside=held / seen.capacity_per_s,
        target=target,
        protects_inside=held > INSIDE_SHARE * seen.capacity_per_s,
    )


def _picture_limit(
    name: str, seen: Sighting, *, lanes: tuple[str, ...], held: float, room: float, target: float, now: AtUs
) -> Limit:
    """Of what carries pictures, in viewers, as of a hard cap: who comes in asks nothing of it then, and stays.

    Without a word the last one is held: those inside and their bitrate are counted.
    """
    fresh = is_fresh(seen, now=now)
    brake = brake_factor(seen.health) if fresh else 1.0
    words = f"{name.replace('_', '-')}: {plain(held)} by the pictures of those inside, of {plain(seen.capacity_per_s)}"
    words += f"; room for {plain(room)} more" if fresh else f"; no word for {age_s(seen, now=now):.0f} s"
    return Limit(
        name=name,
        free_per_s=room / FILL_S * brake,
        costs=dict.fromkeys(lanes, 1.0),
        words=words,
        use=f"{plain(held)} of {plain(seen.capacity_per_s)}",
        bare_per_s=room / FILL_S,
        brake=brake,
        fresh=fresh,
        load_inside=held / seen.capacity_per_s,
        target=target,
        protects_inside=True,
    )


def _held_by_inside(name: str, seen: Sighting, *, costs: Costs, inside: float, admitted_per_s: float) -> float:
    """Calls a second of those inside; while nothing sound was heard, all that nobody at the door explains."""
    if costs.is_learnt(name) or inside < INSIDE_MIN or name == SIGN_IN:
        return costs.inside(name) * inside
    load = min(1.0, seen.health.utilisation) * seen.capacity_per_s
    return max(0.0, load - PRIOR_CALLS * admitted_per_s)


def _use(seen: Sighting) -> str:
    return f"{plain(seen.health.utilisation * seen.capacity_per_s)}/s of {plain(seen.capacity_per_s)}"


def _words(seen: Sighting, *, asks: Mapping[str, float], held: float, brake: float) -> str:
    health = seen.health
    words = f"{health.dependency.replace('_', '-')}: {_use(seen)}"
    if held >= 0.5:
        words += f", {plain(held)}/s by those inside"
    words += "; one admission costs " + ", ".join(f"{cost:.2g} ({lane})" for lane, cost in asks.items())
    if brake < 1:
        words += f"; braking to {brake:.0%}: queue {health.queue_ms:.0f} ms, {health.errors} errors"
    return words


def _unmeasured_limit(name: str, *, asks: Mapping[str, float], safe_per_s: float) -> Limit:
    """A dependency that nobody has called yet gets the safe rate in calls of its own: so it comes to be measured."""
    words = f"{name.replace('_', '-')}: not measured yet, the safe rate of {plain(safe_per_s)} of its calls a second"
    return Limit(name=name, free_per_s=safe_per_s, costs=asks, words=words, fresh=False)


def _held_limit(
    name: str, seen: Sighting, *, asks: Mapping[str, float], age: float, safe_per_s: float, room: float
) -> Limit:
    """Held, then on to the safe rate; never more than is left after those inside, who are counted at the door."""
    safe = safe_per_s * max(asks.values())
    known = safe if seen.allowed_per_s is None else seen.allowed_per_s
    free = min(held_rate(known, age=age, safe_per_s=safe), max(room, FACTOR_MIN * safe))
    words = (
        f"{name.replace('_', '-')}: no word for {age:.0f} s, "
        f"from {plain(known)} of its calls/s to the safe {plain(safe)}"
    )
    return Limit(name=name, free_per_s=free, costs=asks, words=words, fresh=False)


def remembered(sightings: dict[str, Sighting], limits: tuple[Limit, ...]) -> dict[str, Sighting]:
    """The sightings with what each fresh dependency has left: what is held when no word comes."""
    allowed = {limit.name: limit.bare_per_s for limit in limits if limit.fresh}
    return {
        name: Sighting(
            health=seen.health, capacity_per_s=seen.capacity_per_s, allowed_per_s=allowed.get(name, seen.allowed_per_s)
        )
        for name, seen in sightings.items()
    }


def places_inside(reading: Reading, rules: DoorRules) -> tuple[str, float]:
    """(name of the tighter hard cap, viewers that it allows inside)."""
    each_kbps = reading.bitrate_kbps or BITRATE_PRIOR_KBPS
    by_egress = rules.egress_mbps * 1000 / each_kbps
    return ("egress", by_egress) if by_egress < rules.inside_max else ("inside_max", float(rules.inside_max))


def cap_limit(reading: Reading, flows: Mapping[str, Flow], rules: DoorRules) -> Limit:
    """What the hard caps allow: the room left after those inside, those entering, and those called who will come."""
    name, most = places_inside(reading, rules)
    # Who came late and stands at the door is next: nobody is called anew for their seat.
    on_the_way = sum(flow.on_the_way for flow in flows.values()) + reading.late
    held = reading.slots_held
    room = max(0.0, most - held - on_the_way)
    words = f"{name.replace('_', '-')}: {held:,.0f} inside and {on_the_way:,.0f} on the way, of {most:,.0f}"
    use = f"{held + on_the_way:,.0f} of {most:,.0f}"
    return Limit(name=name, free_per_s=room / FILL_S, costs=dict.fromkeys(flows, 1.0), words=words, use=use)


def egress_use(reading: Reading, rules: DoorRules) -> float:
    """Share of the delivery networks' egress that those inside take."""
    return reading.inside * (reading.bitrate_kbps or BITRATE_PRIOR_KBPS) / (rules.egress_mbps * 1000)


def admit_max(reading: Reading, flows: Mapping[str, Flow], rules: DoorRules) -> int:
    """Passes, counted from the start of the night, above which a hard cap would be broken."""
    _, most = places_inside(reading, rules)
    entering = sum(flow.entering for flow in flows.values())
    return reading.passed_total + max(0, int(most - reading.slots_held - entering))
