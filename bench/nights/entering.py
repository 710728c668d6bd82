"""Who reaches the door, who comes through it, and what the services behind it can carry."""

import numpy as np

from bench.nights import attackers
from bench.nights.crowd import Integers, Mask
from bench.nights.service import Service, serve
from bench.nights.stage import ROUNDS_MAX, Floats, Stage, per_second, second_of, smooth, subject_of

OVERLOAD = 0.03
"""A service refuses more than this share: then it is in trouble, and whoever fails then is hit by it."""


def reach(stage: Stage) -> tuple[Integers, Floats]:
    """Who meets a door, and when. Those shut out come back later, say so or not, or never come."""
    people, rng = stage.people, stage.rng
    who, at = np.arange(len(people)), people.arrives.copy()
    says = rng.random(len(people)) < stage.plan.law("says_so")
    come_back_s = stage.plan.law("come_back_min") * stage.plan.minute_s
    shut_out: list[tuple[Integers, Floats]] = []
    reached_who, reached_at = [], []
    for _ in range(ROUNDS_MAX):
        shut = np.zeros(len(who), np.bool_)
        for number, trouble in stage.troubles("silence"):
            met = (at >= trouble.begins) & (at < trouble.ends) & stage.matches(trouble.where, who)
            met &= rng.random(len(who)) < trouble.share
            shut |= met
            stage.spans[number] = (trouble.begins, trouble.ends)
        reached_who.append(who[~shut])
        reached_at.append(at[~shut])
        if not shut.any():
            break
        stage.hurt("reach", who[shut], at[shut], at[shut])
        shut_out.append((who[shut], at[shut]))
        stay = shut & (rng.random(len(who)) < 0.75)
        who, at = who[stay], at[stay] + rng.exponential(come_back_s, int(stay.sum()))
        who, at = who[at < stage.whistle], at[at < stage.whistle]
    met_who, met_at = np.concatenate(reached_who), np.concatenate(reached_at)
    _confess(stage, shut_out, met_who, met_at, says)
    order = np.argsort(met_at)
    return met_who[order], met_at[order]


def _confess(stage: Stage, shut_out: list[tuple[Integers, Floats]], who: Integers, at: Floats, says: Mask) -> None:
    """An app that meets the door at last tells of the attempts that met none."""
    reached = np.full(len(stage.people), np.inf)
    reached[who] = at
    for everybody, instants in shut_out:
        telling = says[everybody] & np.isfinite(reached[everybody])
        those, then = everybody[telling], instants[telling]
        stage.rows.add(
            "refused", then, known_s=reached[those], subject=subject_of(stage, those), code="unreachable",
            source=stage.people.source[those], **stage.dims(those, "device", "app", "isp", "region"),
        )  # fmt: skip


def join(stage: Stage, who: Integers, at: Floats) -> tuple[Integers, Floats]:
    """Through the line, where there is one. The door lets in what it believes can be carried."""
    stage.seen[who] = True
    if stage.plan.open_door:
        return who, at
    rows, people, rng = stage.rows, stage.people, stage.rng
    client = stage.dims(who, "device", "app", "isp", "region")
    extra = attackers.joins(stage)
    offered = per_second(stage, at) + extra
    room = np.full(stage.seconds, 1.3 * float(smooth(per_second(stage, at), 60).max()) + 1.0)
    line = serve(offered, room, limit_s=1e9, persistence=0.0, retry_s=1.0)
    code = (people.signed_out[who].astype(np.int8), ["session", "device"])
    place = np.arange(1, len(who) + 1) + np.cumsum(extra)[second_of(stage, at)].astype(np.int64)
    rows.add(
        "joined", at, subject=subject_of(stage, who), lane="main", place=place, code=code,
        source=people.source[who], **client,
    )  # fmt: skip
    wait = line.wait_s[second_of(stage, at)] + rng.exponential(0.8, len(who)) + 0.1
    leaves = rng.exponential(900, len(who)) < wait
    rows.add(
        "refused", (at + wait)[leaves], subject=subject_of(stage, who[leaves]), code="gave_up",
        source=people.source[who[leaves]], **stage.dims(who[leaves], "device", "app", "isp", "region"),
    )  # fmt: skip
    keep = ~leaves & (at + wait < stage.whistle)
    who, at, wait, place = who[keep], at[keep], wait[keep], place[keep]
    rows.add(
        "passed", at + wait, subject=subject_of(stage, who), lane="main", place=place,
        wait_ms=np.round(wait * 1000).astype(np.int64), code="in_time", source=people.source[who],
        **stage.dims(who, "device", "app", "isp", "region"),
    )  # fmt: skip
    stage.place = np.zeros(len(people), np.int64)
    stage.place[who] = place
    return who, at + wait


def services(stage: Stage, who: Integers, at: Floats) -> tuple[Service, Service]:
    """Sign-in and start of streams: one of them is short where capacity is the trouble."""
    plan = stage.plan
    signing = at[stage.people.signed_out[who]]
    loads = [per_second(stage, signing) * (1 + plan.law("wrong_passwords")), per_second(stage, at)]
    short = {number for number, one in enumerate(plan.troubles) if one.cause == "capacity" and one.kind != "edge"}
    found = []
    for index, load in enumerate(loads):
        peak = float(smooth(load, 30).max()) + 0.5
        capacity = np.full(stage.seconds, peak / plan.law("idle_use"))
        extra = np.zeros(stage.seconds)
        is_short = short and index == int(plan.on_playlist)
        for number, trouble in enumerate(plan.troubles):
            span = slice(round(trouble.begins), round(trouble.ends))
            if is_short and number in short:
                if trouble.kind == "crowd":
                    capacity[:] = peak * plan.law("headroom")
                else:
                    # What is left cannot carry what comes.
                    level = float(smooth(load, 60)[span].mean()) if load[span].size else peak
                    capacity[span] = max(0.05, level * (1 - trouble.share) * 1.4)
            if trouble.hurts and index == 0:
                extra[span] += capacity[span] * (0.9 + trouble.times / 10)
        service = serve(
            load + extra, capacity, limit_s=plan.law("queue_limit_s"), persistence=stage.persistence,
            retry_s=stage.retry_s,
        )  # fmt: skip
        _felt(stage, service, short if is_short else {n for n, t in enumerate(plan.troubles) if t.hurts and index == 0})
        found.append(service)
    for number, trouble in stage.troubles("edge"):
        load = per_second(stage, at[stage.matches(trouble.where, who)])
        span = slice(round(trouble.begins), round(trouble.ends))
        capacity = np.full(stage.seconds, (float(smooth(load, 30).max()) + 0.5) / plan.law("idle_use"))
        capacity[span] = max(0.05, float(smooth(load, 60)[span].mean()) * (1 - trouble.share) * 1.4)
        service = serve(
            load, capacity, limit_s=plan.law("queue_limit_s"), persistence=stage.persistence, retry_s=stage.retry_s
        )
        _felt(stage, service, {number})
        stage.edges.append((trouble.where, service))
    return found[0], found[1]


def _felt(stage: Stage, service: Service, numbers: set[int]) -> None:
    over = np.flatnonzero(service.refused > OVERLOAD)
    for number in numbers:
        if len(over):
            stage.spans[number] = (float(over[0]), float(over[-1] + 1))
