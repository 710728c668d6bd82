"""Who comes to do harm: floods, stolen passwords, forged tokens, places taken to be sold. Rows, and the load they make.

Attackers are few networks with many devices each, and look alike: mostly one kind of device and version. How far they
hide is drawn: up to some fifteen hundred networks, at less than the rate of genuine people.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench.nights.plans import Trouble

if TYPE_CHECKING:
    from bench.nights.stage import Stage

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

QUOTA_SHARE = 0.6
"""Of a flood from one network, so much meets the network's quota, where a network sends more than the quota."""
QUOTA_PER_S = 0.5
"""Requests a second of one network from which on its quota is met."""


def joins(stage: "Stage") -> Floats:
    """Places taken by floods and farms: rows now, and how many join in each second."""
    extra = np.zeros(stage.seconds)
    for number, trouble in stage.troubles("flood", "farming"):
        at = _instants(stage, trouble)
        source = _networks(stage, trouble, len(at))
        limited = _limited(stage, trouble, len(at)) if trouble.kind == "flood" else np.zeros(len(at), np.bool_)
        device = _devices(stage, len(at), repeats=1.0)
        stage.rows.add(
            "joined", at[~limited], subject=device[~limited], lane="main",
            place=np.arange(1, int((~limited).sum()) + 1) * 7 + 10_000_000,
            code="device", source=source[~limited], **_look(stage, int((~limited).sum())),
        )  # fmt: skip
        _refuse(stage, at[limited], device[limited], source[limited])
        extra += np.bincount(np.clip(at[~limited], 0, stage.seconds - 1).astype(int), minlength=stage.seconds)
        stage.spans.setdefault(number, (trouble.begins, trouble.ends))
    return extra


def play(stage: "Stage") -> None:
    """What attackers do behind the line, or where there is none."""
    for _, trouble in stage.troubles("stuffing"):
        _stuff(stage, trouble)
    for _, trouble in stage.troubles("tokens"):
        at = _instants(stage, trouble)
        _refuse(stage, at, _devices(stage, len(at), repeats=3.0), _networks(stage, trouble, len(at)), "bad_token")
    if stage.plan.open_door:
        for _, trouble in stage.troubles("flood"):
            # Without a line the flood tries to sign in with nobody's name, or is limited.
            at = _instants(stage, trouble)
            limited = _limited(stage, trouble, len(at))
            source, device = _networks(stage, trouble, len(at)), _devices(stage, len(at), repeats=1.0)
            _refuse(stage, at[limited], device[limited], source[limited])
            code = (np.where(stage.rng.random(len(at)) < 0.2, 1, 0).astype(np.int8), ["overloaded", "unknown_account"])
            _fail(stage, at[~limited], device[~limited], source[~limited], (code[0][~limited], code[1]))


def _stuff(stage: "Stage", trouble: Trouble) -> None:
    rng, plan = stage.rng, stage.plan
    at = _instants(stage, trouble)
    source = _networks(stage, trouble, len(at))
    device = _devices(stage, len(at), repeats=plan.law("tries_per_device"))
    if not plan.open_door:
        # Each of its devices stands in the line once.
        _, first = np.unique(device, return_index=True)
        stage.rows.add(
            "joined", np.maximum(0, at[first] - rng.uniform(1, 30, len(first))), subject=device[first], lane="main",
            place=np.arange(1, len(first) + 1) * 11 + 20_000_000, code="device", source=source[first],
            **_look(stage, len(first)),
        )  # fmt: skip
    won = rng.random(len(at)) < plan.law("stuffing_success")
    code = np.where(rng.random(len(at)) < plan.law("unknown_accounts"), 1, 0).astype(np.int8)
    _fail(stage, at[~won], device[~won], source[~won], (code[~won], ["wrong_password", "unknown_account"]))
    victims = rng.choice(stage.subscribers, int(won.sum()))
    stage.rows.add(
        "signed_in", at[won], subject=victims, duration_ms=60, source=source[won], **_look(stage, int(won.sum()))
    )


def _fail(
    stage: "Stage", at: Floats, device: Integers, source: Integers, code: tuple[NDArray[np.int8], list[str]]
) -> None:
    took = np.round(stage.rng.exponential(30, len(at)) + 30).astype(np.int64)
    stage.rows.add(
        "sign_in_failed", at, subject=device, code=code, duration_ms=took, source=source, **_look(stage, len(at))
    )


def _refuse(stage: "Stage", at: Floats, device: Integers, source: Integers, code: str = "rate_limited") -> None:
    stage.rows.add("refused", at, subject=device, code=code, source=source, **_look(stage, len(at)))


def _instants(stage: "Stage", trouble: Trouble) -> Floats:
    """At a steady rate with waves, as tools send."""
    people = stage.people
    # The rush: half of those who come do so in some twelve minutes.
    rate = trouble.times * len(people) * 0.5 / (12 * stage.plan.minute_s)
    if trouble.kind == "stuffing":
        rate *= stage.plan.law("signed_out")
    count = min(60_000, stage.rng.poisson(rate * (trouble.ends - trouble.begins)))
    return np.sort(stage.rng.uniform(trouble.begins, min(trouble.ends, stage.seconds - 1), count))


def _networks(stage: "Stage", trouble: Trouble, count: int) -> Integers:
    own = 900_000_000 + stage.rng.zipf(1.6, count) % max(2, trouble.networks)
    proxied = stage.rng.random(count) < stage.plan.law("proxies")
    return np.where(proxied, stage.rng.choice(stage.people.source, count), own).astype(np.int64)


def _limited(stage: "Stage", trouble: Trouble, count: int) -> NDArray[np.bool_]:
    per_network = count / max(1.0, trouble.ends - trouble.begins) / max(1, trouble.networks)
    share = QUOTA_SHARE if per_network > QUOTA_PER_S else 0.1
    return np.asarray(stage.rng.random(count) < share)


def _devices(stage: "Stage", count: int, *, repeats: float) -> Integers:
    if repeats <= 1:
        return np.asarray(stage.rng.integers(2**62, 2**63 - 1, count), np.int64)
    ids = stage.rng.integers(2**62, 2**63 - 1, max(1, round(count / repeats)))
    return np.asarray(ids[stage.rng.integers(0, len(ids), count)], np.int64)


def _look(stage: "Stage", count: int) -> dict[str, tuple[NDArray[np.int8], list[str]]]:
    found = {}
    likes_people = stage.rng.random(count) < stage.plan.law("disguise")
    anybody = stage.rng.integers(0, len(stage.people), count)
    for name in ("device", "app", "isp", "region"):
        names = list(stage.plan.shares[name])
        one = stage.plan.seed % len(names)
        numbers = np.where(likes_people, stage.people.dims[name][anybody], one)
        found[name] = (numbers.astype(np.int8), names)
    return found
