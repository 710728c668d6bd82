"""`make bench-eta`: is the time that people are shown first true? Judged against what then happened.

The production controller calls people on nights of the fluid world (`kickoff.crowd.fluid_world`, every number with its
source). Each of `told.PEOPLE` people of a night is judged by the first interval that they were shown: from the curve of
the status object, at the second in which they joined, or in the first second in which a time could be named at all.
Waits under `SHORTEST_S` are no wait. The truth is when their place was called. Who is not called by the end of the
night has waited longer than that: told an earlier time, they were told wrong, and count with the wait until then; told
a later one, nobody can say, and their number is printed (`unjudged`).

Scores: `inside`, the share of waits within the interval that stands for eight in ten; its width ÷ its middle; Winkler's
score (J. Am. Stat. Assoc. 67, 1972), beside that of "ahead ÷ rate", the rate of the last 15 s, made an interval by the
two factors that score best over the mixture on nights that are not judged. Ours was fitted on such nights as well.

A fall begins to show when capacity has been below 0.93 of what it was for three seconds. What happens to those who were
told before it, nobody could know; they count in the mixture all the same.

    make bench-eta ARGS="--nights 40"      a tenth of the nights
"""

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.told import Listening, alike, heard, places_of
from kickoff.crowd.fluid_world import SCENARIOS, TICK_S, Nights, Parameters, Scenario
from kickoff.waiting_room.eta import Curve, seconds_at

Floats = NDArray[np.float64]

NIGHTS = 400
JUDGED_FROM, FITTED_FROM = 40_000, 90_000
"""First seeds. Widths and weights of `admission/forecast.py` were fitted on seeds from 1,000."""
FITTED = 20
SHORTEST_S = 5.0
BATCH = 40
RATE_S = 15.0
SHOWS_BELOW, SHOWS_S = 0.93, 3.0
NIGHT_S = 240.0
STEADY, ROUGH, FALLING = "steady", "rough", "falling"
MIXTURE: dict[str, tuple[str, float]] = {
    "no failure": (STEADY, 0.40),
    "cost stated a third too low": (STEADY, 0.10),
    "cost stated half too high": (STEADY, 0.10),
    "signals 5 s late": (ROUGH, 0.05),
    "signals lost for 30 s": (ROUGH, 0.05),
    "garbage collection": (ROUGH, 0.05),
    "cold caches": (ROUGH, 0.05),
    "40 % of nodes lost": (FALLING, 0.06),
    "65 % of nodes lost": (FALLING, 0.02),
    "restarted in overload": (FALLING, 0.02),
    "slow drift": (FALLING, 0.04),
    "a dependency fails fast": (FALLING, 0.03),
    "a dependency fails slow": (FALLING, 0.03),
}
"""Scenario → (kind, share of nights). Assumed: three nights in five go well, one in five has a fall."""


class Quotes(Struct, frozen=True):
    """First quotes, one number a person. Seconds."""

    low: Floats
    middle: Floats
    high: Floats
    wait: Floats
    by_rate: Floats
    """Ahead ÷ rate."""
    after: NDArray[np.bool_]
    """Told after a fall began to show."""
    unjudged: int = 0
    """People besides these, not called by the end of the night, and told a time after it."""

    def inside(self) -> NDArray[np.bool_]:
        """Who was told the truth."""
        return (self.low <= self.wait) & (self.wait <= self.high)


def main() -> None:
    """Play, judge, print."""
    parser = argparse.ArgumentParser(description="Score the first times that people in line are shown.")
    parser.add_argument("--nights", type=int, default=NIGHTS, help="judged nights of each scenario")
    count = parser.parse_args().nights
    began = time.monotonic()
    with ProcessPoolExecutor(2) as pool:
        fitted = _quotes(pool, FITTED_FROM, FITTED, label="fitting the baseline")
        judged = _quotes(pool, JUDGED_FROM, count, label="judged nights")
    factors = _best_factors(fitted)
    _show(judged, factors, count=count, seconds=time.monotonic() - began)
    print(json.dumps(_figures(judged, factors, count)))


def _quotes(pool: ProcessPoolExecutor, first: int, count: int, *, label: str) -> dict[str, Quotes]:
    tasks = [
        (scenarios, tuple(range(begin, min(begin + BATCH, first + count))))
        for scenarios in alike(SCENARIOS)
        for begin in range(first, first + count, BATCH)
    ]
    found: dict[str, list[Quotes]] = {one.name: [] for one in SCENARIOS}
    for number, told in enumerate(pool.map(quotes_of, tasks), 1):
        for name, quotes in told.items():
            found[name].append(quotes)
        print(f"\r{label}: {number} of {len(tasks)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return {name: _together(parts) for name, parts in found.items()}


def _together(parts: list[Quotes]) -> Quotes:
    columns = zip(
        *((part.low, part.middle, part.high, part.wait, part.by_rate, part.after) for part in parts), strict=True
    )
    low, middle, high, wait, by_rate, after = (np.concatenate(column) for column in columns)
    return Quotes(low, middle, high, wait, by_rate, after > 0, sum(part.unjudged for part in parts))


def quotes_of(task: tuple[tuple[Scenario, ...], tuple[int, ...]]) -> dict[str, Quotes]:
    """Play some nights of scenarios that are alike until their fault, and ask people what they were told."""
    scenarios, seeds = task
    found: dict[str, Quotes] = {}
    for door in heard(scenarios, seeds, Parameters(night_s=NIGHT_S)):
        parts = [_of_night(door, night) for night in range(len(seeds))]
        found[door.played.scenario.name] = _together(parts)
    return found


def _of_night(door: Listening, night: int) -> Quotes:
    played = door.played
    called, joined = np.cumsum(door.called[:, night]), door.joined[:, night]
    rate, shows = _smoothed(door.rate[:, night], RATE_S), _shows_at(played, night)
    ticks = np.array([tick for tick, _ in door.told[night]])
    rows: list[tuple[float, ...]] = []
    unjudged = 0
    for place in places_of(joined[-1], played.seeds[night]):
        shown = _shown(door.told[night], ticks, int(np.searchsorted(joined, place)))
        truth = int(np.searchsorted(called, place))
        if shown is None or (truth - shown[0]) * TICK_S < SHORTEST_S:
            continue
        tick, curve = shown
        ahead = place - called[tick]
        wait = (truth - tick) * TICK_S
        quantiles = seconds_at(ahead, curve)
        if truth == len(called) and quantiles[2] >= wait:
            unjudged += 1
            continue
        rows.append((*quantiles, wait, ahead / max(rate[tick], 1e-3), float(tick >= shows)))
    low, middle, high, waits, by_rate, after = np.array(rows).reshape(-1, 6).T
    return Quotes(low, middle, high, waits, by_rate, after > 0, unjudged)


def _shown(told: list[tuple[int, Curve]], ticks: NDArray[np.int64], joined: int) -> tuple[int, Curve] | None:
    """(tick, curve) of the first time that somebody who joined at a tick is shown; None: none is."""
    at = int(np.searchsorted(ticks, joined, side="right")) - 1
    if at >= 0 and told[at][1]:
        return joined, told[at][1]
    return next(((tick, curve) for tick, curve in told[at + 1 :] if curve), None)


def _smoothed(values: Floats, seconds: float) -> Floats:
    keep, level, found = np.exp(-TICK_S / seconds), 0.0, np.zeros_like(values)
    for tick, value in enumerate(values):
        level = keep * level + (1 - keep) * value
        found[tick] = level / (1 - keep ** (tick + 1))
    return found


def _shows_at(played: Nights, night: int) -> int:
    """The tick from which on the fall can be seen; beyond the night where there is none."""
    if MIXTURE[played.scenario.name][0] != FALLING:
        return played.parameters.ticks
    if played.scenario.fails_fast:
        return int(played.fault_tick[night] + SHOWS_S / TICK_S)
    fault, window = int(played.fault_tick[night]), round(SHOWS_S / TICK_S)
    able = played.capacity[:, :, night]
    before = able[max(0, fault - 120) : fault].mean(axis=0)
    smooth = np.apply_along_axis(lambda column: np.convolve(column, np.ones(window) / window)[: len(column)], 0, able)
    low = np.flatnonzero((smooth[fault:] < SHOWS_BELOW * before).any(axis=1))
    return fault + int(low[0]) if low.size else played.parameters.ticks


def _winkler(low: Floats, high: Floats, wait: Floats) -> float:
    return float(np.mean(high - low + 10 * np.maximum(low - wait, 0) + 10 * np.maximum(wait - high, 0)))


def _mixed(quotes: dict[str, Quotes], score: dict[str, float]) -> float:
    return sum(MIXTURE[name][1] * score[name] for name in quotes)


def _rate_score(quotes: dict[str, Quotes], factors: tuple[float, float]) -> float:
    low, high = factors
    return _mixed(quotes, {name: _winkler(low * of.by_rate, high * of.by_rate, of.wait) for name, of in quotes.items()})


def _best_factors(quotes: dict[str, Quotes]) -> tuple[float, float]:
    """The recalibration of "ahead ÷ rate": the interval of two factors that scores best."""
    lows, highs = np.geomspace(0.3, 1.2, 28), np.geomspace(0.8, 4.0, 33)
    return min(((low, high) for low in lows for high in highs), key=lambda factors: _rate_score(quotes, factors))


def _figures(judged: dict[str, Quotes], factors: tuple[float, float], count: int) -> dict[str, float | int]:
    inside = {name: float(of.inside().mean()) for name, of in judged.items()}
    falling = [of for name, of in judged.items() if MIXTURE[name][0] == FALLING]
    after = np.concatenate([of.inside()[of.after] for of in falling])
    before = np.concatenate([of.inside()[~of.after] for of in falling])
    widths = np.concatenate([(of.high - of.low) / of.middle for of in judged.values()])
    weights = np.concatenate([np.full(len(of.wait), MIXTURE[name][1] / len(of.wait)) for name, of in judged.items()])
    order = np.argsort(widths)
    ours = _mixed(judged, {name: _winkler(of.low, of.high, of.wait) for name, of in judged.items()})
    return {
        "nights_a_scenario": count,
        "inside_80": round(_mixed(judged, inside), 3),
        "inside_80_steady_min": round(min(inside[name] for name in judged if MIXTURE[name][0] == STEADY), 3),
        "inside_80_after_fall": round(float(after.mean()), 3),
        "inside_80_before_fall": round(float(before.mean()), 3),
        "median_width": round(float(widths[order][np.searchsorted(np.cumsum(weights[order]), 0.5)]), 3),
        "winkler_vs_baseline": round(ours / _rate_score(judged, factors), 3),
        "unjudged": sum(of.unjudged for of in judged.values()),
    }


def _show(judged: dict[str, Quotes], factors: tuple[float, float], *, count: int, seconds: float) -> None:
    table = Table(title=f"First times shown, {count} judged nights a scenario", caption=f"{seconds:.0f} s")
    for name in (
        "scenario",
        "kind",
        "share",
        "people",
        "unjudged",
        "inside",
        "early",
        "late",
        "after fall",
        "width",
        "Winkler",
        "by rate",
    ):
        table.add_column(name, justify="left" if name in {"scenario", "kind"} else "right")
    for name, of in judged.items():
        kind, share = MIXTURE[name]
        low, high = factors
        table.add_row(
            *(name, kind, f"{share:.0%}", f"{len(of.wait):,}", f"{of.unjudged:,}", f"{of.inside().mean():.0%}"),
            *(f"{np.mean(of.wait < of.low):.0%}", f"{np.mean(of.wait > of.high):.0%}"),
            f"{of.inside()[of.after].mean():.0%}" if of.after.any() else "",
            f"{np.median((of.high - of.low) / of.middle):.2f}",
            f"{_winkler(of.low, of.high, of.wait):.0f} s",
            f"{_winkler(low * of.by_rate, high * of.by_rate, of.wait):.0f} s",
        )
    Console(width=150).print(table)
    print(f'"ahead ÷ rate" is recalibrated to {factors[0]:.2f} … {factors[1]:.2f} of it')


if __name__ == "__main__":
    main()
