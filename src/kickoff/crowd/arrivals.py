"""When do people come? The growth of a real evening's curve, re-timed to the night's kick-off.

Requests a minute are a level: who is there. Its growth is who comes. The level is smoothed by a moving mean of five
minutes, falls are no arrivals, and those who were already there in the first minute came before it: evenly between
the start of the night and the doors, or the first minute of the curve where that is later. Nobody comes after the
whistle. Only the shape of the curve is used, never its level.
"""

import csv
from collections.abc import Iterable
from datetime import datetime

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.night import Arrivals, Schedule

SMOOTHED_MINUTES = 5
ROWS_MAX = 100_000
"""Longer files are refused: seventy days of minutes."""

Floats = NDArray[np.float64]


class CurveError(Exception):
    """The file of arrivals cannot be used. Raised by `read_curve`; one line: line, what is wrong, how to mend it."""


class Curve(Struct, frozen=True, kw_only=True):
    """Requests a minute of a real evening, one number for each minute without a gap."""

    requests: tuple[int, ...]
    kick_off: int
    """Index of the minute that becomes kick-off."""


def arrival_times(
    curve: Curve, *, schedule: Schedule, minute_s: float, count: int, chance: np.random.Generator
) -> Floats:
    """When each of `count` people comes: seconds from the start of the night, rising, within [0, whistle]."""
    edges_s, came = growth(curve, schedule=schedule, minute_s=minute_s)
    drawn = np.sort(chance.random(count)) * came[-1]
    return np.asarray(np.interp(drawn, came, edges_s), np.float64)


def growth(curve: Curve, *, schedule: Schedule, minute_s: float) -> tuple[Floats, Floats]:
    """The curve's cumulated arrivals: (seconds from the start, rising; how many requests' worth came by then).

    Both begin with 0; the last second is at most the whistle.
    """
    level = np.convolve(curve.requests, np.full(SMOOTHED_MINUTES, 1 / SMOOTHED_MINUTES), "valid")
    # The mean of minutes i…i+4 stands for the middle one.
    minutes = np.arange(level.size) + SMOOTHED_MINUTES // 2 - curve.kick_off
    at_s = schedule.kick_off + minutes * minute_s
    came = level[0] + np.concatenate(([0.0], np.cumsum(np.maximum(0.0, np.diff(level)))))
    # Who came before the curve begins, or before this short night does, comes while the doors are still shut.
    begin_s = min(max(schedule.doors, float(at_s[0])), schedule.whistle)
    edges_s = np.concatenate(([begin_s], at_s[(at_s > begin_s) & (at_s < schedule.whistle)], [schedule.whistle]))
    return np.concatenate(([0.0], edges_s)), np.concatenate(([0.0], np.interp(edges_s, at_s, came)))


def read_curve(text: str, *, source: str, arrivals: Arrivals) -> Curve:
    """Read `minute_utc,requests` rows. `source` names the file in messages. Raises `CurveError`."""
    minutes, requests = _columns(csv.reader(text.splitlines()), source=source)
    if len(requests) < SMOOTHED_MINUTES + 1:
        raise CurveError(
            f"{source}: {len(requests)} minutes are too few for a curve; give {SMOOTHED_MINUTES + 1} or more"
        )
    wanted = _minute(arrivals.kick_off_minute)
    if wanted is None or wanted not in minutes:
        raise CurveError(
            f"{source}: has no minute {arrivals.kick_off_minute!r}; set crowd.arrivals.kick_off_minute to one of "
            f"{minutes[0]} … {minutes[-1]}"
        )
    return Curve(requests=tuple(requests), kick_off=minutes.index(wanted))


def _columns(rows: Iterable[list[str]], *, source: str) -> tuple[list[datetime], list[int]]:
    minutes: list[datetime] = []
    requests: list[int] = []
    for line, row in enumerate(rows, 1):
        if line == 1 or not row:
            continue
        if line > ROWS_MAX:
            raise CurveError(f"{source}:{line}: more than {ROWS_MAX} minutes; cut the file to the evening")
        minute = _minute(row[0])
        if len(row) != 2 or minute is None or not row[1].isdigit():
            raise CurveError(f"{source}:{line}: is not a minute and a count; write 1998-06-30 14:30:00,40124")
        if minutes and (minute - minutes[-1]).total_seconds() != 60:
            raise CurveError(f"{source}:{line}: does not follow the minute before it; give every minute once, in order")
        minutes.append(minute)
        requests.append(int(row[1]))
    return minutes, requests


def _minute(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
