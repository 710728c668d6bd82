"""How is what the house can do shared between the lanes? The rate of each lane under every limit at once.

Each limit d has `free_d` calls a second left, and an admission from lane l takes `cost_l,d` of them:

    sum over lanes of cost_l,d · rate_l ≤ free_d      for every limit d

First every lane gets its share of each limit: in proportion to the people waiting in it, and at least `SHARE_MIN` while
anybody does, or what the operator guarantees it instead, never less than `SHARE_FLOOR`. What a lane cannot use, because
another limit, the slew or the end of its line holds it, then goes to the other. A lane in which nobody waits takes
nothing: its rate is the one at which its first comers would be called.

The slow lane, into which bots are put, is no lane like the others. However many stand in it, it has `SHARE_SLOW` for
certain, and while nobody else waits at all a part of what is left. Nobody else's rate is less for it: what it is given
comes on top, out of the room above the target.
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from kickoff.admission.limits import CAPS, Limit
from kickoff.facts import Lane

SHARE_MIN = 0.2
SHARE_SLOW = 0.01
"""Of the slow lane, beside all that the others share: what its people may count on."""
REST_SLOW = 0.25
"""Of what is left while nobody else waits."""
ORDINARY = (Lane.MAIN, Lane.KNOWN)
"""The lanes that most people come by: while nobody waits anywhere, each would begin at its part of the whole."""
SHARE_FLOOR, SHARE_MOST = 0.05, 0.8
"""Between these is what an operator may guarantee a lane: no lane with people in it is starved."""
NO_GUARANTEES: Mapping[str, float] = MappingProxyType({})
FREE_COST = 0.05
"""A lane of which fewer than one in twenty admissions ask something of a dependency is not held by it, nor by its
brake: what they ask lies within the room above the target, and is taken off what the other lanes get."""


class Demand(Struct, frozen=True, kw_only=True):
    """What one lane could use. Admissions a second."""

    waiting: int
    most_per_s: float
    """As fast as the slew lets it grow."""
    useful_per_s: float
    """As fast as its line would be empty at the next tick."""


class Found(Struct, frozen=True, kw_only=True):
    """The rate of one lane, and the limit that it comes from."""

    rate_per_s: float
    binding: Limit


def shared(
    limits: tuple[Limit, ...], demands: Mapping[str, Demand], guaranteed: Mapping[str, float] = NO_GUARANTEES
) -> dict[str, Found]:
    """The rate of each lane. `limits`: at least one that holds every lane. `guaranteed`: as in `shares`."""
    held = _held(limits, tuple(demands))
    cheapest_first = sorted(demands, key=lambda lane: (lane == Lane.SLOW, len(held[lane]), lane))
    first: dict[str, Found] = {}
    for lane in cheapest_first:
        others = {name: found for name, found in first.items() if name not in {lane, Lane.SLOW}}
        first[lane] = min(
            (_share(limit, lane, held, demands, others=others, guaranteed=guaranteed) for limit in held[lane]),
            key=lambda one: one.rate_per_s,
        )
    found = dict(first)
    for lane in cheapest_first:
        rest = min((_rest(limit, lane, demands, found) for limit in held[lane]), key=lambda one: one.rate_per_s)
        if lane == Lane.SLOW:
            rest = _to_the_slow(rest, first, demands)
        # A share that its lane cannot use up now is still what its next comers are promised.
        found[lane] = max(first[lane], rest, key=lambda one: one.rate_per_s)
    return found


def shares(waiting: Mapping[str, int], guaranteed: Mapping[str, float] = NO_GUARANTEES) -> dict[str, float]:
    """Lane → its share of whatever binds. Those of the lanes with people waiting add up to 1, the slow one left out.

    `guaranteed`: lane → its least share, where the operator says another one than `SHARE_MIN`.
    """
    genuine = {lane: people for lane, people in waiting.items() if lane != Lane.SLOW}
    found = _of_the_genuine(genuine, guaranteed)
    return {lane: found.get(lane, SHARE_SLOW) for lane in waiting}


def longest(waiting: Mapping[str, int]) -> str:
    """The lane that stands for all where one must: the one with most people, the slow one where nobody else waits."""
    return max(waiting, key=lambda lane: (lane != Lane.SLOW and waiting[lane] > 0, waiting[lane], lane != Lane.SLOW))


def _of_the_genuine(waiting: Mapping[str, int], guaranteed: Mapping[str, float]) -> dict[str, float]:
    """As `shares`, without a slow lane."""
    standing = {lane: people for lane, people in waiting.items() if people > 0}
    least = _least(tuple(lane for lane in waiting if lane in ORDINARY or lane in standing), guaranteed)
    ordinary = sum(lane in ORDINARY for lane in waiting)
    if not standing:
        return {lane: 1.0 / ordinary if lane in ORDINARY else SHARE_MIN for lane in waiting}
    total = sum(standing.values())
    # No lane below the least, and none pays for it but those above.
    spare = 1 - sum(least[lane] for lane in standing)
    floored = {lane: least[lane] + spare * people / total for lane, people in standing.items()}
    return {lane: floored.get(lane, least.get(lane, SHARE_MIN)) for lane in waiting}


def _least(lanes: tuple[str, ...], guaranteed: Mapping[str, float]) -> dict[str, float]:
    """Lane → its least share. Together never more than there is, whatever was said."""
    said = {lane: min(SHARE_MOST, max(SHARE_FLOOR, guaranteed.get(lane, SHARE_MIN))) for lane in lanes}
    over = max(1.0, sum(said.values()))
    return {lane: share / over for lane, share in said.items()}


def _held(limits: tuple[Limit, ...], lanes: tuple[str, ...]) -> dict[str, tuple[Limit, ...]]:
    """Lane → the limits that hold it. Where no dependency does, all do: no rate is unlimited."""
    found: dict[str, tuple[Limit, ...]] = {}
    for lane in lanes:
        holding = tuple(limit for limit in limits if limit.costs[lane] > FREE_COST)
        found[lane] = holding if any(limit.name not in CAPS for limit in holding) else limits
    return found


def _share(
    limit: Limit,
    lane: str,
    held: Mapping[str, tuple[Limit, ...]],
    demands: Mapping[str, Demand],
    *,
    others: Mapping[str, Found],
    guaranteed: Mapping[str, float],
) -> Found:
    """The lane's share, after those whom this limit does not hold."""
    holds = {name: demand.waiting for name, demand in demands.items() if limit in held[name]}
    taken = sum(limit.costs[name] * _used(found, demands[name]) for name, found in others.items() if name not in holds)
    left = max(SHARE_MIN * limit.free_per_s, limit.free_per_s - taken)
    return Found(rate_per_s=shares(holds, guaranteed)[lane] * left / limit.costs[lane], binding=limit)


def _rest(limit: Limit, lane: str, demands: Mapping[str, Demand], found: Mapping[str, Found]) -> Found:
    """All that the others leave."""
    others = {name: one for name, one in found.items() if name not in {lane, Lane.SLOW}}
    taken = sum(limit.costs[name] * _used(one, demands[name]) for name, one in others.items())
    return Found(rate_per_s=max(0.0, limit.free_per_s - taken) / limit.costs[lane], binding=limit)


def _to_the_slow(rest: Found, first: Mapping[str, Found], demands: Mapping[str, Demand]) -> Found:
    """Of what the others do not use now: nothing while one of them waits, else a part.

    Who is called by it is on the way when somebody else comes a moment later, and must not be in their way.
    """
    if any(demand.waiting for lane, demand in demands.items() if lane != Lane.SLOW):
        return first[Lane.SLOW]
    return Found(rate_per_s=REST_SLOW * rest.rate_per_s, binding=rest.binding)


def _used(found: Found, demand: Demand) -> float:
    return min(found.rate_per_s, demand.most_per_s, demand.useful_per_s)
