"""How fast may the rate change, and how do fractions become people?

Down: at once. Up: by a share of the rate and a step a second, so that what was measured under a smaller load is
measured again on the way.
"""

import math

STEP_SHARE_PER_S = 1.0
"""Of the rate, each second: between two reports it grows a little more than twofold. Slower steps are no safer: who is
called comes some five seconds later, when either way the rate is where it was going."""


def slewed(rate_per_s: float, wanted_per_s: float, *, tick_s: float, safe_per_s: float) -> float:
    """The rate after one tick on its way to what is wanted. `safe_per_s` is also the step added each second."""
    most = rate_per_s + (STEP_SHARE_PER_S * rate_per_s + safe_per_s) * tick_s
    return min(wanted_per_s, most)


def whole_places(carried: float, rate_per_s: float, *, tick_s: float, waiting: int) -> tuple[int, float]:
    """(places to call now, fraction carried to the next tick); the fraction is below 1, so nothing is saved up."""
    due = carried + rate_per_s * tick_s
    call = min(math.floor(due), waiting)
    return call, (due - call) % 1.0
