"""One night, played: who comes, what each attempt meets, what is written down, and what was true.

Attempts are played in rounds: everybody's first, then the second of those who failed and try again, and so on. What
a service of limited capacity does to them is computed beforehand from how many come (`service`).
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bench.nights import attackers, house
from bench.nights.crowd import Integers, Mask
from bench.nights.entering import join, reach, services
from bench.nights.plans import Plan
from bench.nights.service import Service
from bench.nights.signing import sign_in
from bench.nights.stage import Stage, firsts
from bench.nights.tables import Rows
from bench.nights.watching import watch

Floats = NDArray[np.float64]


class Played(Struct, frozen=True, kw_only=True):
    """What was written down and what was true."""

    rows: Rows
    subscribers: Integers
    offers: NDArray[np.int8]
    hit: Integers
    """Accounts, sorted; each once."""
    hit_at: Floats
    """Second of each one's first failure."""
    touched: Mask
    """Whether anything of each stands in the journal."""
    spans: list[tuple[str, float, float]]
    """(cause, first, last second) of each trouble as it was felt."""
    met_at: list[Floats]
    """For each trouble when each genuine person met it first."""
    complaints: list[tuple[int, str, int]]


def play(plan: Plan, start: int) -> Played:
    """Play the night; it began at `start` (µs UTC)."""
    stage = Stage(plan, start)
    who, at = reach(stage)
    who, at = join(stage, who, at)
    of_sign_in, playlist = services(stage, who, at)
    who, at, failed = sign_in(stage, who, at, of_sign_in)
    starts_failed = watch(stage, who, at, playlist)
    attackers.play(stage)
    _house(stage, of_sign_in, playlist, failed, starts_failed)
    return _told(stage)


def _house(stage: Stage, sign_in: Service, playlist: Service, failed: Floats, starts_failed: Floats) -> None:
    rng, plan = stage.rng, stage.plan
    stuck = np.zeros(stage.seconds)
    for _, trouble in stage.troubles("dependency"):
        stuck[round(trouble.begins) : round(trouble.ends)] = plan.law("broken_queue_ms") * plan.law("broken_slow")
    house.health(stage.rows, rng, "sign_in", sign_in, failed, stuck_ms=stuck)
    for where, edge in stage.edges:
        house.health(stage.rows, rng, f"cdn {where['cdn']}", edge, np.zeros(stage.seconds))
    house.health(stage.rows, rng, "playlist", playlist, starts_failed)
    house.match(stage.rows, plan, stage.goals)
    releases = [trouble.begins - rng.uniform(0, 60) for _, trouble in stage.troubles("release")]
    if plan.scenario == "quiet_release" or rng.random() < 0.08:
        releases.append(rng.uniform(10, 100) * plan.minute_s)
    if releases:
        stage.rows.add("released", np.array(releases), app=next(iter(plan.shares["app"])))
    stale = np.flatnonzero(rng.random(len(stage.people)) < plan.law("stale_tokens"))
    stage.rows.add(
        "refused", stage.people.arrives[stale], subject=stage.people.device[stale], code="bad_token",
        source=stage.people.source[stale], **stage.dims(stale, "device", "app", "isp", "region"),
    )  # fmt: skip


def _told(stage: Stage) -> Played:
    people, rng = stage.people, stage.rng
    for number, trouble in enumerate(stage.plan.troubles):
        stage.spans.setdefault(number, (trouble.begins, trouble.ends))
    met = stage.met()
    who, at = firsts(
        np.concatenate([np.zeros(0, np.int64), *(those for those, _ in met)]),
        np.concatenate([np.zeros(0), *(then for _, then in met)]),
    )
    ranked = np.argsort(people.account[who])
    return Played(
        rows=stage.rows,
        subscribers=stage.subscribers,
        offers=rng.choice(3, len(stage.subscribers), p=list(stage.plan.shares["offer"].values())).astype(np.int8),
        hit=people.account[who][ranked],
        hit_at=at[ranked],
        touched=stage.seen[who][ranked],
        spans=[(stage.plan.troubles[number].cause, *span) for number, span in sorted(stage.spans.items())],
        met_at=[np.sort(then) for _, then in met],
        complaints=house.complaints(stage.plan, rng, at),
    )
