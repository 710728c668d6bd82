"""How long, in words? From a place, what is being served, and seconds per place, to the key of a text and its blanks.

The scripts in the browser say the same (`scripts/line.js`); one table of cases is tried on both
(`tests/web/line_cases.json`). Never "0" before it is true: whoever still waits is told at least "less than 10 seconds".
"""

import math
from typing import TypeAlias

Said: TypeAlias = tuple[str, dict[str, object]]
"""The key of a text, and what fills its blanks."""

_MINUTES_MAX = 90
"""From here on people think in hours."""
_LEAST_S = 10


def ahead(place: int, serving: int) -> int:
    """How many wait before this place, when everyone up to `serving` may come in."""
    return max(0, place - serving - 1)


def seconds_left(place: int, serving: int, seconds_per_place: float | None) -> float | None:
    """Seconds until `serving` reaches `place`; None while nobody is being called."""
    return None if seconds_per_place is None else max(0, place - serving) * seconds_per_place


def interval(low_s: float, high_s: float) -> Said:
    """Two quantiles of the time left as words: rounded outwards, so that the interval stays true."""
    if high_s < 60:
        return "eta.seconds_under", {"n": max(_LEAST_S, math.ceil(high_s / _LEAST_S) * _LEAST_S)}
    low, high = math.floor(low_s / 60), math.ceil(high_s / 60)
    if high > _MINUTES_MAX:
        return _hours(math.floor(low / 10) * 10, math.ceil(high / 10) * 10)
    if high == 1:
        return "eta.minute", {}
    if low == 0:
        return "eta.minutes_under", {"high": high}
    if low == high:
        return "eta.minutes", {"n": high}
    return "eta.minutes_between", {"low": low, "high": high}


def _hours(low: int, high: int) -> Said:
    """Whole tens of minutes, as hours; the blanks are keys and blanks of their own (`eta.hours`)."""
    if low == 0:
        return "eta.hours_under", {"high": divmod(high, 60)}
    return "eta.hours_between", {"low": divmod(low, 60), "high": divmod(high, 60)}


def span(seconds: float) -> Said:
    """A time until something that is certain, such as the kick-off."""
    if seconds < 60:
        return "span.seconds_under", {"n": max(_LEAST_S, math.ceil(seconds / _LEAST_S) * _LEAST_S)}
    minutes = round(seconds / 60)
    if minutes > _MINUTES_MAX:
        hours, rest = divmod(minutes, 60)
        return "span.hours", {"hours": hours, "minutes": f"{rest:02d}"}
    return "span.minutes", {"n": minutes}
