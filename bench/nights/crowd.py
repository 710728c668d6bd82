"""Who there is: people who want to watch, as arrays, one entry each."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bench.nights import curves
from bench.nights.plans import KICK_OFF_MIN, Plan

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

DIMENSIONS = ("offer", "channel", "device", "app", "isp", "region", "cdn")
CARRIERS = 6
"""Addresses that many households stand behind."""


class People(Struct, frozen=True, kw_only=True):
    """Those who want to watch tonight."""

    account: Integers
    device: Integers
    """Keyed hash of the device: the subject while nobody is signed in."""
    signed_out: Mask
    arrives: Floats
    """Second of the night at which they first try."""
    dims: dict[str, NDArray[np.int8]]
    source: Integers

    def __len__(self) -> int:
        return len(self.account)


def subscribers_of(plan: Plan, rng: np.random.Generator) -> Integers:
    """The accounts of all who could come."""
    return np.asarray(rng.integers(1, 2**62, round(plan.law("subscribers"))), np.int64)


def people_of(plan: Plan, rng: np.random.Generator, accounts: Integers) -> People:
    """Those who come, with the forecast's error in how many."""
    level = plan.law("come") * np.exp(rng.normal(0, plan.law("forecast_sd")))
    count = min(len(accounts), rng.poisson(len(accounts) * min(level, 0.97)))
    chosen = rng.choice(accounts, count, replace=False)
    dims = {
        name: rng.choice(len(shares), count, p=list(shares.values())).astype(np.int8)
        for name, shares in plan.shares.items()
    }
    # Half stand behind a network of their own (a /48), half share one of 256 addresses (a /24) with few others.
    source = rng.integers(1_000, 1_000 + max(300, count * 6), count)
    carried = rng.random(count) < plan.law("carrier_share")
    source[carried] = rng.integers(1, CARRIERS + 1, int(carried.sum()))
    return People(
        account=chosen,
        device=rng.integers(2**62, 2**63 - 1, count),
        signed_out=rng.random(count) < plan.law("signed_out"),
        arrives=arrivals(plan, rng, count),
        dims=dims,
        source=source,
    )


def arrivals(plan: Plan, rng: np.random.Generator, count: int) -> Floats:
    """Seconds of the night at which so many come, unsorted."""
    _, requests = curves.evenings(plan.regime)[plan.evening]
    share = curves.shape(requests, rush=plan.law("rush"))[: KICK_OFF_MIN + 106]
    edges = np.arange(len(share) + 1) * plan.minute_s
    came = np.concatenate([[0.0], np.cumsum(share)]) / share.sum()
    return np.asarray(np.interp(rng.random(count), came, edges))
