"""What does one more viewer cost each dependency, at the door and for as long as they watch?

*At the door*: calls per admission. For sign-in it is counted: sign-ins tried ÷ streams begun, with the prior that
everyone signs in; for other dependencies it is one call. *Inside*: calls a second and viewer. What a dependency
carries beyond the cost of the admissions of the moment is the work of those inside: rest = utilisation · capacity −
cost · admissions = k · inside. k is the least-squares slope through the reports, each forgotten by a share at the
next: reports of a fuller house weigh more, so k is known before it matters.

Nothing inside is learnt from an overloaded dependency: its utilisation is cut off at 1 and its calls are retries. A
baseline learnt there protects nothing afterwards.
"""

import math

from msgspec import Struct

from kickoff.admission.orders import Reading
from kickoff.admission.signals import Sighting

SIGN_IN = "sign_in"
PRIOR_ADMISSIONS = 30.0
"""Weight of the prior of one sign-in an admission."""
FORGET_S = 60.0
COST_MIN = 0.02
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


class Costs(Struct, frozen=True, kw_only=True):
    """What is learnt so far."""

    sign_ins: float = 0.0
    admissions: float = 0.0
    slopes: dict[str, Slope] = {}
    """Dependency → what one viewer inside asks of it."""

    @property
    def sign_ins_per_admission(self) -> float:
        """Sign-ins tried for each stream begun, lately."""
        return max(COST_MIN, (self.sign_ins + PRIOR_ADMISSIONS) / (self.admissions + PRIOR_ADMISSIONS))

    def at_the_door(self, dependency: str) -> float:
        """Calls of one admission."""
        return self.sign_ins_per_admission if dependency == SIGN_IN else 1.0

    def inside(self, dependency: str) -> float:
        """Calls a second of one viewer inside; 0 until learnt."""
        known = self.slopes.get(dependency)
        return known.value if known else 0.0


def counted(costs: Costs, before: Reading, now: Reading, *, tick_s: float) -> Costs:
    """The costs at the door, one tick later."""
    keep = math.exp(-tick_s / FORGET_S)
    tried_before = before.signed_in_total + before.sign_in_failed_total
    tried = max(0, now.signed_in_total + now.sign_in_failed_total - tried_before)
    leased = max(0, now.leased_total - before.leased_total)
    return Costs(
        sign_ins=costs.sign_ins * keep + tried,
        admissions=costs.admissions * keep + leased,
        slopes=costs.slopes,
    )


def learnt_inside(costs: Costs, news: dict[str, Sighting], *, inside: float, admitted_per_s: float) -> Costs:
    """The cost of those inside, learnt from this tick's new reports, but not from overloaded dependencies."""
    if inside < INSIDE_MIN:
        return costs
    slopes = dict(costs.slopes)
    for name, sighting in news.items():
        if is_overloaded(sighting):
            continue
        load_per_s = sighting.health.utilisation * sighting.capacity_per_s
        rest_per_s = max(0.0, load_per_s - costs.at_the_door(name) * admitted_per_s)
        known = slopes.get(name, Slope())
        slopes[name] = Slope(
            products=known.products * KEEP_A_REPORT + rest_per_s * inside,
            squares=known.squares * KEEP_A_REPORT + inside * inside,
        )
    return Costs(sign_ins=costs.sign_ins, admissions=costs.admissions, slopes=slopes)


def is_overloaded(sighting: Sighting) -> bool:
    """Whether nothing may be learnt from this report."""
    health = sighting.health
    return health.utilisation >= OVERLOADED_UTILISATION or health.queue_ms >= OVERLOADED_QUEUE_MS or health.errors > 0
