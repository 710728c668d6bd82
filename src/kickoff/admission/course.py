"""How will a lane move from here on? The rate that the limits foretell, integrated: seconds until so many are called.

The rate of the moment says little: it still climbs when the doors have just opened, and it falls as the house fills,
because everyone let in goes on asking. Both are known to the controller. With X people more inside, limit d leaves
`free_d − k_d · X` calls a second, an admission takes `cost_d` of them, and the slew bounds the climb:

    dX/dt = min( slewed rate, share · min over d of (free_d − k_d · X) / cost_d )      people called = X ÷ show-up
"""

import math

from msgspec import Struct

from kickoff.admission.gate import AHEAD_MAX, AHEAD_MIN, SETTLE_S
from kickoff.admission.slew import slewed

SHARE_MIN = 0.02
"""Of the present rate: nobody foretells that a line stands still for good."""
STEPS_S = (*(1.0,) * 6, *(3.0,) * 8, *(6.0,) * 10, *(15.0,) * 10, *(45.0,) * 12, *(180.0,) * 16)
"""An hour, finely where most of it happens."""


class Slope(Struct, frozen=True, kw_only=True):
    """One limit, as it will be with more people inside. Calls a second; `cost` in calls of one admission."""

    free_per_s: float
    cost: float
    inside_per_s: float = 0.0

    def rate_per_s(self, more: float) -> float:
        """Admissions a second with so many more inside."""
        return (self.free_per_s - self.inside_per_s * more) / self.cost


Knot = tuple[float, float]
"""(places called from now on, seconds from now)."""


def course(
    slopes: tuple[Slope, ...],
    *,
    rate_per_s: float,
    share: float,
    show_up: float,
    safe_per_s: float,
    places: float,
    excess: float = 0.0,
) -> tuple[Knot, ...]:
    """The knots of one lane until so many `places` are called, or the steps end.

    `rate_per_s`: its admissions now. `share`: what it gets of its limits while others wait too. `excess`: admissions
    that were called already and are too many on the way; so many fewer are called soon (`gate.py`).
    """
    rate, inside, seconds, called = max(rate_per_s, 1e-3), 0.0, 0.0, 0.0
    least = max(SHARE_MIN * share * min(one.rate_per_s(0.0) for one in slopes), 1e-3)
    knots: list[Knot] = [(0.0, 0.0)]
    for step_s in STEPS_S:
        first = max(least, share * min(one.rate_per_s(inside / share) for one in slopes))
        # What the step lets in slows it down (Heun's method).
        inside_then = inside + min(first, slewed(rate, first, tick_s=step_s, safe_per_s=safe_per_s)) * step_s
        then = max(least, share * min(one.rate_per_s(inside_then / share) for one in slopes))
        wanted = (first + then) / 2
        after = slewed(rate, wanted, tick_s=step_s, safe_per_s=safe_per_s)
        mean = (after - rate) / math.log(after / rate) if abs(after / rate - 1) > 1e-3 else after
        left_out = excess * (1 - math.exp(-step_s / SETTLE_S))
        left_out = max((1 - AHEAD_MAX) * mean * step_s, min((1 - AHEAD_MIN) * mean * step_s, left_out))
        rate, inside, seconds = after, inside + mean * step_s, seconds + step_s
        called, excess = called + mean * step_s - left_out, excess - left_out
        knots.append((called / show_up, seconds))
        if knots[-1][0] >= places:
            break
    return tuple(knots)


def seconds_until(knots: tuple[Knot, ...], places: float) -> float:
    """By the course, linear between its knots; infinite beyond the last."""
    before = knots[0]
    for knot in knots[1:]:
        if places <= knot[0]:
            part = (places - before[0]) / max(1e-9, knot[0] - before[0])
            return before[1] + part * (knot[1] - before[1])
        before = knot
    return math.inf
