"""When will it be my turn? An interval, never a point: the rate ahead is not known."""

import math
from collections.abc import Sequence

from kickoff.waiting_room.skips import ahead as people_ahead
from kickoff.waiting_room.snapshot import LaneStatus

_GOLDEN = 0x9E3779B1
_UNIT = 1 << 32
Row = tuple[float, float, float, float]
"""(places ahead, seconds: 0.1, 0.5 and 0.9 quantiles)."""
Curve = Sequence[Row]
ASK_AGAIN_S_MAX = 60.0


def eta_interval(place: int, lane: LaneStatus) -> tuple[float, float] | None:
    """Seconds until the lane's serving reaches `place`: 0.1 and 0.9 quantiles; (0, 0) when called.

    None: nobody is called now, so no time can be named.
    """
    ahead = people_ahead(place, lane.serving, lane.skips)
    if ahead == 0:
        return 0.0, 0.0
    low, _, high = seconds_at(ahead, lane.curve) if lane.curve else (ahead * quantile for quantile in lane.eta)
    return (low, high) if math.isfinite(high) else None


def seconds_at(ahead: float, curve: Curve) -> tuple[float, float, float]:
    """Quantiles of the seconds until so many places are called: linear between the curve's rows.

    Before the first row and beyond the last, in proportion to that row. As `curveAt` of the browser's `line.js`.
    """
    before: Row = (0.0, 0.0, 0.0, 0.0)
    for row in curve:
        if ahead <= row[0]:
            part = (ahead - before[0]) / (row[0] - before[0])
            low, middle, high = (start + part * (end - start) for start, end in zip(before[1:], row[1:], strict=True))
            return low, middle, high
        before = row
    return before[1] * ahead / before[0], before[2] * ahead / before[0], before[3] * ahead / before[0]


def ask_again_s(place: int, eta: tuple[float, float] | None, poll_s: tuple[float, float]) -> float:
    """When to ask again: a personal instant of the poll range, later for whoever waits long, at most a minute.

    The jitter is a hash of the place, so that those who were told together do not come back together.
    """
    share = share_of(place)
    jittered = poll_s[0] + share * (poll_s[1] - poll_s[0])
    if eta is None:
        return jittered
    return max(jittered, min(ASK_AGAIN_S_MAX, eta[0] / 2) * (0.75 + share / 4))


def personal_s(seconds: float, number: int) -> float:
    """A time to come back, spread by a hash of who asks from three quarters to five quarters of `seconds`."""
    return seconds * (0.75 + share_of(number) / 2)


def share_of(number: int) -> float:
    """A share of 0 to 1 that belongs to a number; those of consecutive numbers lie far apart, and evenly."""
    return (number * _GOLDEN % _UNIT) / _UNIT
