"""How long does one place take? Quantiles of seconds per place, from the rate measured and how it has varied.

The rate at which places are called is averaged over `MEAN_S`; how far single seconds stray from that average, as a
logarithm, is averaged too. Time per place is then lognormal about 1 ÷ mean: the 0.1 and 0.9 quantiles lie 1.28
standard deviations to each side. While the door brakes or is blind, the slow side widens, because the next minute
will not be like the last one.
"""

import math

from msgspec import Struct

from kickoff.units import US_PER_S, AtUs

MEAN_S = 15.0
STRAY_S = 60.0
STRAY_MIN = 0.12
"""Nobody knows the next minutes better than this."""
STRAY_MAX = 2.0
Z_90 = 1.2816
WIDER_WHEN_BRAKING = 2.0
RATE_MIN_PER_S = 1e-3
"""Slower than one place in a quarter of an hour is told as "not moving"."""


class Forecast(Struct, frozen=True, kw_only=True):
    """The rate measured. `second_*` collect the second that is under way."""

    mean_per_s: float = 0.0
    variance: float = STRAY_MIN**2
    seconds_seen: float = 0.0
    second_ends_at: AtUs = AtUs(0)
    second_rate_per_s: float = 0.0
    second_s: float = 0.0


def observed(forecast: Forecast, *, rate_per_s: float, tick_s: float, now: AtUs) -> Forecast:
    """The forecast after a tick in which `rate_per_s` was called while a line stood."""
    total = forecast.second_rate_per_s * forecast.second_s + rate_per_s * tick_s
    length_s = forecast.second_s + tick_s
    mean = total / length_s if length_s else rate_per_s
    if now < forecast.second_ends_at:
        return Forecast(
            mean_per_s=forecast.mean_per_s,
            variance=forecast.variance,
            seconds_seen=forecast.seconds_seen,
            second_ends_at=forecast.second_ends_at,
            second_rate_per_s=mean,
            second_s=length_s,
        )
    return _second_done(forecast, rate_per_s=mean, length_s=length_s, now=now)


def _second_done(forecast: Forecast, *, rate_per_s: float, length_s: float, now: AtUs) -> Forecast:
    seen_s = forecast.seconds_seen + length_s
    # The first seconds count in full: an average that starts at 0 would promise waits that never end.
    weight = max(1 - math.exp(-length_s / MEAN_S), min(1.0, length_s / max(seen_s, 1e-9)))
    mean = forecast.mean_per_s + (rate_per_s - forecast.mean_per_s) * weight
    stray = _stray(rate_per_s, mean)
    variance = forecast.variance + (stray**2 - forecast.variance) * (1 - math.exp(-length_s / STRAY_S))
    return Forecast(mean_per_s=mean, variance=variance, seconds_seen=seen_s, second_ends_at=AtUs(now + US_PER_S))


def _stray(rate_per_s: float, mean_per_s: float) -> float:
    """How far a second strays from the mean, as a logarithm, bounded."""
    if mean_per_s <= 0:
        return 0.0
    ratio = max(rate_per_s / mean_per_s, math.exp(-STRAY_MAX))
    return max(-STRAY_MAX, min(STRAY_MAX, math.log(ratio)))


def seconds_per_place(forecast: Forecast, *, rate_per_s: float, unsure: bool) -> tuple[float, float, float]:
    """0.1, 0.5 and 0.9 quantiles; infinite when nobody is called. `rate_per_s`: what is ordered now."""
    measured = forecast.mean_per_s or rate_per_s
    if measured < RATE_MIN_PER_S:
        return (math.inf, math.inf, math.inf)
    spread = max(STRAY_MIN, math.sqrt(forecast.variance)) * Z_90
    # The measured mean lags a change; the interval reaches to what is ordered now as well.
    lag = _stray(rate_per_s, measured)
    slow = spread * (WIDER_WHEN_BRAKING if unsure else 1.0) + max(0.0, -lag)
    fast = spread + max(0.0, lag)
    return (math.exp(-fast) / measured, 1 / measured, math.exp(slow) / measured)
