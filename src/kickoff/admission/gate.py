"""What of those who are on their way? They were called when there was room, and there may be less now.

*Calling ahead.* People come some seconds after they are called. So many are kept on the way as will be let in while one
of them comes: fewer are called when too many are, more when too few.

*The gate.* When a dependency that those inside live on has lost so much that people on their way would overload it,
calling nobody is too slow by the time it takes them to come. Passes are then given only as fast as there is room:
whoever comes sooner is next, and is told so. Sign-in has its permit, and nobody inside needs it: it never shuts the
gate.
"""

from collections.abc import Mapping

from msgspec import Struct

from kickoff.admission.flow import Flow
from kickoff.admission.limits import Limit

SETTLE_S = 4.0
"""Time in which a pool of people on their way that is too small or too large is brought to size."""
AHEAD_MAX = 1.6
"""Never call faster than so many times the rate at which people may come in."""
AHEAD_MIN = 0.05
SHUT_BELOW = 0.75
"""The gate shuts when there is room for less than this share of those who come."""


class Gate(Struct, frozen=True, kw_only=True):
    """Whether passes are metered, and the fraction of one that is owed."""

    shut: bool = False
    carried: float = 0.0


def ahead(admitted_per_s: float, flow: Flow, *, arrive_s: float) -> float:
    """Factor of the calls: 1 when as many are on their way as should be."""
    if admitted_per_s <= 0:
        return 1.0
    wanted = admitted_per_s * arrive_s
    return max(AHEAD_MIN, min(AHEAD_MAX, 1.0 + (wanted - flow.coming * flow.show_up) / (admitted_per_s * SETTLE_S)))


def room(limits: tuple[Limit, ...], flows: Mapping[str, Flow], *, arrive_s: float) -> tuple[float, float]:
    """(admissions a second for which there is room, those that are about to come)."""
    coming = {lane: flow.coming_per_s(arrive_s) for lane, flow in flows.items()}
    expected = sum(coming.values())
    share = 1.0
    for limit in limits:
        asked = sum(limit.costs[lane] * rate for lane, rate in coming.items())
        if limit.protects_inside and asked > 0:
            share = min(share, limit.free_per_s / asked)
    return share * expected, expected


def metered(gate: Gate, *, room_per_s: float, expected_per_s: float, tick_s: float) -> tuple[Gate, int | None]:
    """(the gate after this tick, passes that may be given until the next one; None: as many as come)."""
    if room_per_s >= (1.0 if gate.shut else SHUT_BELOW) * expected_per_s:
        return Gate(), None
    due = gate.carried + room_per_s * tick_s
    return Gate(shut=True, carried=due % 1.0), int(due)
