"""When do people come? The shapes of real football evenings, some to learn with, later ones to be judged by.

June 1998: matches kicked off at 15:30 and 19:00 UTC, in the last round of the groups at 14:00 and 19:00. Only the
shape is used, never the level: hits on a results site are not viewers.
"""

import csv
import os
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FOLDER = Path(os.environ.get("WC98", "../shared/data/wc98"))
DAYS = {"learning": range(10, 16), "tuning": range(16, 20), "judging": range(20, 31)}
"""Days of June whose matches each regime may know."""
KICK_OFFS_MIN = {"group": (15 * 60 + 30, 19 * 60), "last": (14 * 60, 19 * 60)}
LAST_ROUND = range(23, 27)
"""Days on which two matches of a group began together."""
FREE = (27, 28)
BEFORE_MIN, AFTER_MIN = 35, 125
SMOOTHED_MIN = 5


def evenings(regime: str) -> list[tuple[str, Floats]]:
    """(name, requests a minute from 40 minutes before kick-off to 125 after) of each match of the regime."""
    counts = _counts()
    found = []
    for day in DAYS[regime]:
        if day in FREE:
            continue
        for kick_off in KICK_OFFS_MIN["last" if day in LAST_ROUND else "group"]:
            middle = (day - 1) * 24 * 60 + kick_off
            requests = counts[middle - BEFORE_MIN : middle + AFTER_MIN]
            found.append((f"1998-06-{day:02d} {kick_off // 60}:{kick_off % 60:02d}", requests))
    return found


def shape(requests: Floats, *, rush: float) -> Floats:
    """Share of all who come in each minute: `rush` of them with the curve's growth, the others with its level."""
    level = np.convolve(requests, np.full(SMOOTHED_MIN, 1 / SMOOTHED_MIN), "same")
    level[:3], level[-3:] = level[3], level[-4]
    growth = np.maximum(0.0, np.diff(level, prepend=level[0]))
    growth[: BEFORE_MIN // 2] += 0.2 * growth.max()
    # Who comes for the match comes around kick-off; whoever looks up a result later is no viewer.
    minute = np.arange(len(level)) - BEFORE_MIN
    wanted = np.exp(-np.abs(minute - 2) / np.where(minute < 2, 12.0, 9.0))
    growth = growth * wanted + 0.3 * growth.sum() * wanted / wanted.sum()
    return np.asarray(rush * growth / growth.sum() + (1 - rush) * level / level.sum())


@cache
def _counts() -> Floats:
    path = FOLDER / "requests_per_minute.csv"
    with path.open(encoding="utf-8") as file:
        return np.array([float(row["requests"]) for row in csv.DictReader(file)])
