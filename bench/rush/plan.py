"""Who comes? The viewers of a rush by number: lane, whether they come when called, and what they bring with them.

Seven in ten hold a session. The others join by a device cookie; signing in is no part of the rush, so each of them is
given their household's session after the pass, sealed ahead like all the rest. All is drawn from one seed.
"""

import time
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.accounts.sessions import DEVICE_PURPOSE, SESSION_PURPOSE, SESSION_US, DeviceClaims, session_claims
from kickoff.seals import Seals

KNOWN_SHARE = 0.7
NEVER_COME_SHARE = 0.5
"""Of the lane of those who are not known: so many never redeem when they are called."""
OFFERS = (("essential", 1), ("sport", 2))
DEVICE_NUMBER = 1 << 40
"""Devices are numbered from here on."""


class Plan(Struct, frozen=True, kw_only=True):
    """Everybody, by number."""

    is_known: NDArray[np.bool_]
    comes: NDArray[np.bool_]

    @property
    def viewers(self) -> int:
        """How many join."""
        return len(self.is_known)

    @property
    def come(self) -> int:
        """How many of them come when they are called."""
        return int(np.count_nonzero(self.comes))


class Brought(Struct, frozen=True, kw_only=True):
    """The tokens that each viewer has before the doors open, as bytes."""

    sessions: Sequence[bytes]
    devices: Sequence[bytes]
    """Empty for those who hold a session."""


def plan_of(viewers: int, *, seed: int) -> Plan:
    """Draw the viewers."""
    chance = np.random.default_rng(seed)
    is_known = chance.random(viewers) < KNOWN_SHARE
    unknown = np.flatnonzero(~is_known)
    comes = np.ones(viewers, np.bool_)
    comes[chance.permutation(unknown)[: round(len(unknown) * NEVER_COME_SHARE)]] = False
    return Plan(is_known=is_known, comes=comes)


def sealed_ahead(plan: Plan, seals: Seals) -> Brought:
    """Seal what each brings: before the clock runs, as it was done on earlier days."""
    at_us = time.time_ns() // 1000
    seal, expires_at = seals.seal, at_us + SESSION_US
    sessions, devices = [], []
    for number, is_known in enumerate(plan.is_known.tolist()):
        offer, streams_max = OFFERS[number % len(OFFERS)]
        sessions.append(seal(SESSION_PURPOSE, session_claims(number + 1, offer, streams_max, at_us=at_us)).encode())
        claims = DeviceClaims(device=DEVICE_NUMBER + number, expires_at=expires_at)
        devices.append(b"" if is_known else seal(DEVICE_PURPOSE, claims).encode())
    return Brought(sessions=sessions, devices=devices)
