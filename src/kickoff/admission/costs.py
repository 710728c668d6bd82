"""What does one more viewer cost each dependency, at the door and for as long as they watch?

*At the door*: calls per admission. For sign-in it is counted, for each lane by itself: sign-ins tried ÷ streams begun,
with the prior that everyone of the main lane signs in and hardly anybody of the known one, whose session may be
refused; for other dependencies it is one call. *Inside*: calls a second and viewer. What a dependency
carries beyond the cost of the admissions of the moment is the work of those inside: rest = utilisation · capacity −
cost · admissions = k · inside. k is the least-squares slope through the reports, each forgotten by a share at the
next: reports of a fuller house weigh more, so k is known before it matters.

Nothing inside is learnt from an overloaded dependency: its utilisation is cut off at 1 and its calls are retries. A
baseline learnt there protects nothing afterwards.
"""

import math
from collections.abc import Mapping

from msgspec import Struct

from kickoff.admission.orders import Reading
from kickoff.admission.signals import Sighting
from kickoff.facts import Lane

SIGN_IN = "sign_in"
PRIOR_ADMISSIONS = 30.0
"""Weight of the prior."""
FORGET_S = 60.0
COST_MIN = 0.02
PRIOR_SIGN_INS: dict[str, float] = {Lane.KNOWN: COST_MIN}
"""Lane → sign-ins of an admission, before any is seen; one for lanes that are not named."""
INSIDE_MIN = 20.0
"""Fewer inside than this say nothing about what one of them costs."""
KEEP_A_REPORT = 0.97
"""How much of a report's weight is left after the next: half of it after some twenty reports."""
OVERLOADED_UTILISATION = 0.97
OVERLOADED_QUEUE_MS = 500.0


class Slope(Struct, frozen=True, kw_only=True):
    """Sums of the regression through the origin: `rest` on `inside`."""

    products: float = 0.0
    squares: float = 0.0

    @property
    def value(self) -> float:
        """Calls a second of one viewer."""
        return self.products / self.squares if self.squares else 0.0


class Tried(Struct, frozen=True, kw_only=True):
    """Sign-ins and admissions of one lane, lately."""

    sign_ins: float = 0.0
    admissions: float = 0.0


class Costs(Struct, frozen=True, kw_only=True):
    """What is learnt so far."""

    lanes: dict[str, Tried] = {}
    slopes: dict[str, Slope] = {}
    """Dependency → what one viewer inside asks of it."""

    def sign_ins_per_admission(self, lane: str) -> float:
        """Sign-ins tried for each stream begun, lately."""
        tried = self.lanes.get(lane, Tried())
        expected = PRIOR_ADMISSIONS * PRIOR_SIGN_INS.get(lane, 1.0)
        return max(COST_MIN, (tried.sign_ins + expected) / (tried.admissions + PRIOR_ADMISSIONS))

    def at_the_door(self, dependency: str, lane: str) -> float:
        """Calls of one admission."""
        return self.sign_ins_per_admission(lane) if dependency == SIGN_IN else 1.0

    def inside(self, dependency: str) -> float:
        """Calls a second of one viewer inside; 0 until learnt."""
        known = self.slopes.get(dependency)
        return known.value if known else 0.0


def counted(costs: Costs, before: Reading, now: Reading, *, tick_s: float) -> Costs:
    """The costs at the door, one tick later."""
    keep = math.exp(-tick_s / FORGET_S)
    lanes = dict(costs.lanes)
    for lane, counts in now.by_lane.items():
        known, last = lanes.get(lane, Tried()), before.by_lane.get(lane, counts)
        lanes[lane] = Tried(
            sign_ins=known.sign_ins * keep + max(0, counts.sign_ins_total - last.sign_ins_total),
            admissions=known.admissions * keep + max(0, counts.leased_total - last.leased_total),
        )
    return Costs(lanes=lanes, slopes=costs.slopes)


def learnt_inside(
    costs: Costs, news: dict[str, Sighting], *, inside: float, admitted_per_s: Mapping[str, float]
) -> Costs:
    """The cost of those inside, learnt from this tick's new reports, but not from overloaded dependencies.

    `admitted_per_s`: lane → admissions a second.
    """
    if inside < INSIDE_MIN:
        return costs
    slopes = dict(costs.slopes)
    for name, sighting in news.items():
        if is_overloaded(sighting):
            continue
        load_per_s = sighting.health.utilisation * sighting.capacity_per_s
        at_the_door = sum(costs.at_the_door(name, lane) * rate for lane, rate in admitted_per_s.items())
        rest_per_s = max(0.0, load_per_s - at_the_door)
        known = slopes.get(name, Slope())
        slopes[name] = Slope(
            products=known.products * KEEP_A_REPORT + rest_per_s * inside,
            squares=known.squares * KEEP_A_REPORT + inside * inside,
        )
    return Costs(lanes=costs.lanes, slopes=slopes)


def is_overloaded(sighting: Sighting) -> bool:
    """Whether nothing may be learnt from this report."""
    health = sighting.health
    return health.utilisation >= OVERLOADED_UTILISATION or health.queue_ms >= OVERLOADED_QUEUE_MS or health.errors > 0
