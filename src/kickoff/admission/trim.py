"""Is the aim a little off? The slow term: a PI correction of the rate on the tightest dependency's utilisation.

The feed-forward term computes with learnt costs, and these are never quite right. Where a line stands and the
tightest dependency still has room, or is above its target, the trim moves by a few per cent. It moves only while the
line really is what limits the load, or it would wind up while nobody comes.
"""

from msgspec import Struct

PROPORTIONAL = 0.10
INTEGRAL_PER_S = 0.02
TRIM_MIN = 0.80
TRIM_MAX = 1.03


class Trim(Struct, frozen=True, kw_only=True):
    """The correction: `factor` is applied, `integral` is remembered."""

    integral: float = 0.0
    factor: float = 1.0


def trimmed(trim: Trim, *, utilisation: float, target: float, tick_s: float) -> Trim:
    """The trim one tick later. `utilisation` of the tightest dependency, 0…1 and beyond."""
    error = max(-1.0, min(1.0, target - utilisation))
    integral = _within(trim.integral + INTEGRAL_PER_S * error * tick_s)
    return Trim(integral=integral, factor=1 + _within(integral + PROPORTIONAL * error))


def _within(correction: float) -> float:
    return max(TRIM_MIN - 1, min(TRIM_MAX - 1, correction))
