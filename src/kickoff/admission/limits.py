"""What does each part of the house allow? One limit for each dependency, one for each hard cap; the tightest wins.

A dependency d allows `(target · capacity_d − k_d · inside) ÷ cost_d` admissions a second: what it can carry, less the
work of those already inside, in units of one admission. The formula is fed forward from measurements instead of
feeling its way by latency: it sees the cost that an admitted viewer goes on causing before that viewer has caused it.

A hard cap (licensed viewers, delivery networks' egress) allows as many as there is room for, let in within `FILL_S`.
"""

from msgspec import Struct

from kickoff.admission.brake import brake_factor
from kickoff.admission.costs import Costs
from kickoff.admission.flow import Flow
from kickoff.admission.orders import Health, Reading
from kickoff.admission.signals import Sighting, age_s, held_rate, is_fresh
from kickoff.night import DoorRules
from kickoff.units import AtUs

FILL_S = 2.0
"""Free slots under a hard cap are offered within this time."""
BITRATE_PRIOR_KBPS = 8000.0
"""A viewer's share of egress until it is measured: a full HD stream at the top of its ladder."""


class Limit(Struct, frozen=True, kw_only=True):
    """What one part of the house allows."""

    name: str
    rate_per_s: float
    """Admissions a second."""
    words: str
    """One line for the operator."""
    bare_per_s: float = 0.0
    """Before trim and brake, for a fresh dependency: what is remembered of it."""
    brake: float = 1.0
    fresh: bool = True


def dependency_limits(
    sightings: dict[str, Sighting],
    *,
    costs: Costs,
    inside: float,
    trim: float,
    target: float,
    safe_per_s: float,
    now: AtUs,
) -> tuple[Limit, ...]:
    """One limit for each dependency ever seen; where none was, the safe rate. `safe_per_s`: in admissions."""
    if not sightings:
        words = f"no health of the back end is known: the safe rate of {safe_per_s:.3g}/s"
        return (Limit(name="safe", rate_per_s=safe_per_s, words=words, fresh=False),)
    found: list[Limit] = []
    for name, seen in sorted(sightings.items()):
        if not seen.capacity_per_s:
            found.append(_unmeasured_limit(name, cost=costs.at_the_door(name), safe_per_s=safe_per_s))
        elif is_fresh(seen, now=now):
            found.append(_fresh_limit(name, seen, costs=costs, inside=inside, trim=trim, target=target))
        else:
            found.append(_held_limit(name, seen, age=age_s(seen, now=now), safe_per_s=safe_per_s))
    return tuple(found)


def free_per_s(seen: Sighting, *, cost_inside: float, inside: float, target: float) -> float:
    """Calls a second left under the target after the work of those inside; negative: they ask for too much already."""
    return target * seen.capacity_per_s - cost_inside * inside


def _fresh_limit(name: str, seen: Sighting, *, costs: Costs, inside: float, trim: float, target: float) -> Limit:
    cost = costs.at_the_door(name)
    free = free_per_s(seen, cost_inside=costs.inside(name), inside=inside, target=target)
    bare = max(0.0, free) / cost
    brake = brake_factor(seen.health)
    return Limit(
        name=name,
        rate_per_s=bare * trim * brake,
        words=_words(seen.health, seen=seen, cost=cost, held=costs.inside(name) * inside, brake=brake),
        bare_per_s=bare * brake,
        brake=brake,
    )


def _words(health: Health, *, seen: Sighting, cost: float, held: float, brake: float) -> str:
    load = health.utilisation * seen.capacity_per_s
    words = f"{health.dependency.replace('_', '-')}: {load:.3g}/s of {seen.capacity_per_s:.3g}"
    if held >= 0.5:
        words += f", {held:.3g}/s by those inside"
    words += f"; one admission costs {cost:.2g}"
    if brake < 1:
        words += f"; braking to {brake:.0%}: queue {health.queue_ms:.0f} ms, {health.errors} errors"
    return words


def _unmeasured_limit(name: str, *, cost: float, safe_per_s: float) -> Limit:
    """A dependency that nobody has called yet gets the safe rate in calls of its own: so it comes to be measured."""
    words = f"{name.replace('_', '-')}: not measured yet, the safe rate of {safe_per_s:.3g} of its calls a second"
    return Limit(name=name, rate_per_s=safe_per_s / cost, words=words, fresh=False)


def _held_limit(name: str, seen: Sighting, *, age: float, safe_per_s: float) -> Limit:
    known = safe_per_s if seen.allowed_per_s is None else seen.allowed_per_s
    rate = held_rate(known, age=age, safe_per_s=safe_per_s)
    words = f"{name.replace('_', '-')}: no word for {age:.0f} s, from {known:.3g}/s to the safe {safe_per_s:.3g}/s"
    return Limit(name=name, rate_per_s=rate, words=words, fresh=False)


def remembered(sightings: dict[str, Sighting], limits: tuple[Limit, ...]) -> dict[str, Sighting]:
    """The sightings with what each fresh dependency allows: what is held when no word comes."""
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


def cap_limit(reading: Reading, flow: Flow, rules: DoorRules) -> Limit:
    """What the hard caps allow: the room left after those inside, those entering, and those called who will come."""
    name, most = places_inside(reading, rules)
    on_the_way = flow.entering + flow.coming * flow.show_up
    room = max(0.0, most - reading.inside - on_the_way)
    words = f"{name.replace('_', ' ')}: {reading.inside:,.0f} inside and {on_the_way:,.0f} on the way, of {most:,.0f}"
    return Limit(name=name, rate_per_s=room / FILL_S, words=words)


def admit_max(reading: Reading, flow: Flow, rules: DoorRules) -> int:
    """Passes, counted from the start of the night, above which a hard cap would be broken."""
    _, most = places_inside(reading, rules)
    return reading.passed_total + max(0, int(most - reading.inside - flow.entering))
