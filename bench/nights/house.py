"""What the house says of itself each second, what the match clock says, and who complains elsewhere."""

import numpy as np
from numpy.typing import NDArray

from bench.nights.plans import HALF_TIME_MIN, KICK_OFF_MIN, SECOND_HALF_MIN, WHISTLE_MIN, Plan
from bench.nights.service import Service
from bench.nights.tables import Rows

Floats = NDArray[np.float64]


def health(
    rows: Rows, rng: np.random.Generator, name: str, service: Service, errors: Floats, *, stuck_ms: Floats | float = 0.0
) -> None:
    """One fact a second and dependency, as a probe measures it: with noise, capacity as it was measured.

    `stuck_ms`: calls that hang in what is broken; they fill it, too.
    """
    seconds = len(service.use)
    use = np.clip(
        (service.use + np.asarray(stuck_ms) / 4000) * np.exp(rng.normal(0, 0.05, seconds))
        + rng.exponential(0.01, seconds),
        0,
        1,
    )
    # A queue forms by chance before a service is full: M/M/1's shape with some milliseconds of work.
    chance = 4.0 * use / np.maximum(1 - use, 0.02) * rng.exponential(1, seconds)
    rows.add(
        "health",
        np.arange(seconds) + 0.97,
        dependency=name,
        utilisation=np.round(use * 1e6).astype(np.int64),
        queue_ms=np.round(
            np.minimum(service.wait_s * 1000 + chance + np.asarray(stuck_ms) * rng.lognormal(0, 0.4, seconds), 60_000)
        ).astype(np.int64),
        errors=np.round(errors).astype(np.int64),
        capacity_per_s=np.round(service.capacity * 1000).astype(np.int64),
    )


def match(rows: Rows, plan: Plan, goals: list[float]) -> None:
    """The instants of the match clock."""
    minutes = {
        "kick_off": KICK_OFF_MIN,
        "half_time": HALF_TIME_MIN,
        "second_half": SECOND_HALF_MIN,
        "whistle": WHISTLE_MIN,
    }
    for code, minute in minutes.items():
        rows.add("match", np.array([minute * plan.minute_s]), code=code)
    if goals:
        rows.add("match", np.array(goals), code="goal")


def complaints(plan: Plan, rng: np.random.Generator, hit_at: Floats) -> list[tuple[int, str, int]]:
    """(minute of the night, where, how many): late, uneven, loud where few are hit, and a few on any evening."""
    minutes = 150
    found: list[tuple[int, str, int]] = []
    loudness = float(np.exp(rng.normal(0, 0.7)))
    for source, part in (("social", 0.7), ("call centre", 0.3)):
        share = min(1.0, plan.law("complaint_share") * loudness * part)
        who = hit_at[rng.random(len(hit_at)) < share] / plan.minute_s
        late = who + rng.lognormal(
            np.log(plan.law("report_late_min") * (1 if source == "social" else 3)), 0.8, len(who)
        )
        counts = np.bincount(late[late < minutes].astype(int), minlength=minutes) + rng.poisson(0.05, minutes)
        found += [(int(minute), source, int(counts[minute])) for minute in np.flatnonzero(counts)]
    return sorted(found)
