"""Who comes to do harm? The floods and the stolen passwords of the night's fault script, as lives beside the viewers'.

Each fault is played by a few bots that share its rate; a bot asks, looks at nothing, and asks again on its beat. An
answer that takes longer than the beat slows that bot down: a bound, since a real attacker would not wait either.
"""

import math
from collections.abc import Iterator

import numpy as np

from kickoff.accounts.roster import crowd_of, login_of, pick
from kickoff.crowd import calls
from kickoff.crowd.acts import Ask, Life, Pause
from kickoff.night import Fault, Night

PER_S_MAX = 2000.0
"""Faster attacks are played at this rate: the bots share one core with what they attack."""
BOT_PER_S = 4.0
"""What one bot does; so many bots are made that together they reach the fault's rate."""
UNKNOWN_LOGINS = 0.6
"""Of stolen logins, so many are no subscriber's: lists of passwords come from elsewhere."""


def bots(night: Night, *, chance: np.random.Generator) -> Iterator[tuple[float, Life, str]]:
    """(when it begins, its life, its address) for each bot of each fault, seconds from the start of the night."""
    for fault in night.faults:
        if fault.kind in ("flood", "stuffing") and fault.per_s > 0:
            per_s = min(fault.per_s, PER_S_MAX)
            count = math.ceil(per_s / BOT_PER_S)
            for number in range(count):
                every_s = count / per_s
                begins_s = fault.at + every_s * number / count
                life = attack(night, fault, at_s=begins_s, every_s=every_s, chance=chance)
                yield begins_s, life, address_of(number % fault.networks)


def address_of(network: int) -> str:
    """An address of one of the bots' networks: within 198.18.0.0/15, which is set apart for tests (RFC 2544)."""
    return f"198.{18 + (network >> 8)}.{network & 255}.7"


def attack(night: Night, fault: Fault, *, at_s: float, every_s: float, chance: np.random.Generator) -> Life:
    """One bot: a request every `every_s` seconds until the fault is over."""
    while at_s < fault.until:
        ask = _join(night, fault, chance) if fault.kind == "flood" else _try_a_password(night, chance)
        answered_s = (yield ask).at_s
        at_s += every_s
        if at_s > answered_s:
            yield Pause(at_s - answered_s)
        else:
            at_s = answered_s


def _join(night: Night, fault: Fault, chance: np.random.Generator) -> Ask:
    """A new device each time; from where the fault says, else from anywhere."""
    crowd, number = crowd_of(night), int(chance.integers(2**31))
    tables = {"device": crowd.devices, "app": crowd.apps, "isp": crowd.isps, "region": crowd.regions}
    client = calls.Client(
        **{name: fault.where.get(name) or pick(shares, number, purpose=name) for name, shares in tables.items()}
    )
    return calls.join(night.name, client=client, channel=next(iter(night.channels)))


def _try_a_password(night: Night, chance: np.random.Generator) -> Ask:
    subscribers = crowd_of(night).subscribers
    beyond = subscribers if chance.random() < UNKNOWN_LOGINS else 0
    login = login_of(beyond + 1 + int(chance.integers(subscribers)))
    password = f"stolen-{int(chance.integers(10**6))}"
    return calls.sign_in(night.name, ticket_pass="", login=login, password=password, who=())
