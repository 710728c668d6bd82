"""Starts, other channels, the end of each stream, and who says what they saw."""

import numpy as np

from bench.nights.crowd import DIMENSIONS, Integers, Mask
from bench.nights.plans import HALF_TIME_MIN, SECOND_HALF_MIN
from bench.nights.service import Service
from bench.nights.stage import ROUNDS_MAX, Floats, Stage, firsts, per_second, second_of
from bench.nights.tables import Value


def watch(stage: Stage, who: Integers, at: Floats, service: Service) -> Floats:
    """Starts, other channels, the end. Failures by second."""
    rng, plan = stage.rng, stage.plan
    failures = np.zeros(stage.seconds)
    stream = np.arange(1, len(stage.people) + 1)
    first_who, first_at, failed = _starts(stage, who, at, service, stream, switch=False)
    failures += failed
    stays = np.where(
        rng.random(len(first_who)) < 0.85, stage.whistle + rng.uniform(0, 300, len(first_who)) * plan.minute_s / 60, 0
    )
    short = stays == 0
    stays[short] = first_at[short] + rng.exponential(40 * 60 * plan.minute_s / 60, int(short.sum()))
    stays = np.maximum(stays, first_at + 1)
    hours = (np.minimum(stays, stage.whistle) - first_at) / (60 * plan.minute_s)
    moves = rng.poisson(np.maximum(hours, 0) * plan.law("switches_per_h"))
    mover = np.repeat(np.arange(len(first_who)), moves)
    moved = first_at[mover] + rng.random(len(mover)) * np.maximum(0, np.minimum(stays, stage.whistle) - first_at)[mover]
    # At the interval people go, and come back for the second half.
    pause = (rng.random(len(mover)) < 0.25) & (first_at[mover] < HALF_TIME_MIN * plan.minute_s)
    pause &= stays[mover] > SECOND_HALF_MIN * plan.minute_s
    moved[pause] = (SECOND_HALF_MIN + rng.normal(0, 2, int(pause.sum()))) * plan.minute_s
    order = np.argsort(moved)
    _, _, failed = _starts(stage, first_who[mover][order], moved[order], service, stream, switch=True)
    failures += failed
    leaves = stays < stage.whistle
    stage.rows.add(
        "ended", stays, subject=stage.people.account[first_who], stream=stream[first_who],
        code=(np.where(leaves, 0, 1).astype(np.int8), ["quit", "whistle"]), **stage.dims(first_who, *DIMENSIONS),
    )  # fmt: skip
    _report(stage)
    return failures


START_CODES = ("manifest", "segment", "timeout", "decode", "forbidden")


def _starts(
    stage: Stage, who: Integers, at: Floats, service: Service, stream: Integers, *, switch: bool
) -> tuple[Integers, Floats, Floats]:
    """(who has a picture, since when, failures by second)."""
    people, rng, plan = stage.people, stage.rng, stage.plan
    done_who, done_at, failures = [], [], np.zeros(stage.seconds)
    for _ in range(ROUNDS_MAX):
        if not len(who):
            break
        index = second_of(stage, at)
        broken = _breaks(stage, who, at)
        refused = rng.random(len(who)) < service.refused[index]
        for where, edge in stage.edges:
            refused |= stage.matches(where, who) & (rng.random(len(who)) < edge.refused[index])
        failed = broken | refused
        took = rng.lognormal(np.log(0.9), 0.4, len(who)) + np.where(failed, 0, service.wait_s[index])
        for where, edge in stage.edges:
            took += np.where(~failed & stage.matches(where, who), edge.wait_s[index], 0)
        leaves = ~failed & (rng.random(len(who)) < plan.law("base_exits") * np.minimum(20, 0.5 + took / 2))
        dims = stage.dims(who, *DIMENSIONS)
        common = {"subject": people.account[who], "stream": stream[who]}
        stage.rows.add("leased", at, code="switch" if switch else "new", **common, **dims)
        told = rng.random(len(who)) >= np.where(failed, plan.law("lost_words"), plan.law("lost_starts"))
        kinds = ((failed, "start_failed"), (leaves, "ended"), (~failed & ~leaves, "started"))
        for chosen, fact in ((mask & told, fact) for mask, fact in kinds):
            extra: dict[str, Value] = {}
            if fact == "start_failed":
                kind = np.where(
                    refused & (rng.random(len(who)) > plan.law("says_error")),
                    2,
                    np.where(rng.random(len(who)) < 0.8, 0, 1),
                )
                extra["code"] = (kind[chosen].astype(np.int8), list(START_CODES))
            if fact == "ended":
                extra["code"] = "quit"
            else:
                extra["duration_ms"] = np.round(took[chosen] * 1000).astype(np.int64)
            stage.rows.add(
                fact, (at + took)[chosen], subject=people.account[who[chosen]], stream=stream[who[chosen]],
                **stage.dims(who[chosen], *DIMENSIONS), **extra,
            )  # fmt: skip
        failures += per_second(stage, at[refused])
        stage.hurt("start", who[failed], at[failed], (at + took)[failed])
        good = ~failed & ~leaves
        done_who.append(who[good])
        done_at.append((at + took)[good])
        retry = failed | (leaves & (rng.random(len(who)) < 0.3))
        who, at = stage.again(who[retry], (at + took)[retry])
    return np.concatenate([[], *done_who]).astype(np.int64), np.concatenate([[], *done_at]), failures


def _breaks(stage: Stage, who: Integers, at: Floats) -> Mask:
    """Which starts fail for another reason than room."""
    rng = stage.rng
    broken = rng.random(len(who)) < stage.plan.law("base_start_failures")
    for number, trouble in stage.troubles("cdn", "isp", "release"):
        now = (at >= trouble.begins) & (at < trouble.ends)
        broken |= now & stage.matches(trouble.where, who) & (rng.random(len(who)) < trouble.share)
        stage.spans[number] = (trouble.begins, trouble.ends)
    return broken


def _report(stage: Stage) -> None:
    """Some of those who were hit say so, late; some sorts of people more than others; and a few say so of nothing."""
    rng, people, plan = stage.rng, stage.people, stage.plan
    who, at = firsts(
        np.concatenate([np.zeros(0, np.int64), *(those for _, those, _, _ in stage.hits)]),
        np.concatenate([np.zeros(0), *(then for _, _, _, then in stage.hits)]),
    )
    eager = np.exp(rng.normal(0, 0.6, 5))[people.dims["device"][who]] if len(who) else np.zeros(0)
    says = rng.random(len(who)) < np.minimum(0.8, plan.law("report_share") * eager)
    late = rng.lognormal(np.log(plan.law("report_late_min") * plan.minute_s), 0.7, int(says.sum()))
    idle = np.flatnonzero(rng.random(len(people)) < 0.001)
    those = np.concatenate([who[says], idle])
    then = np.concatenate([at[says] + late, rng.uniform(0, stage.whistle, len(idle))])
    code = (
        rng.choice(4, len(those), p=[0.5, 0.3, 0.1, 0.1]).astype(np.int8),
        ["black_screen", "error", "buffering", "other"],
    )
    keep = then < stage.seconds
    stage.seen[those[keep]] = True
    stage.rows.add(
        "reported", then[keep], subject=people.account[those[keep]], code=(code[0][keep], code[1]),
        **stage.dims(those[keep], "offer", "device", "app", "isp", "region"),
    )  # fmt: skip
