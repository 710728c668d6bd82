"""Who are they? Everybody who comes on a night, each with account, device, network, patience and habits of their own.

Kept as columns, so that an evening of millions is drawn in seconds; `People.person` gives one of them in plain words.
What the sources give: shares, patience and the share who must sign in stand in the night file; the other habits are
the constants below.
"""

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.accounts.roster import crowd_of, offer_of
from kickoff.crowd.arrivals import Curve, arrival_times
from kickoff.night import Crowd, Night

FIRST_CHANNEL = 0.865
"""Share who want the first channel of the night: of the 2.0 million of 6 September 2022, 1.73 million saw Canal+."""
NOT_IN_OFFER = 0.01
"""Share who ask for a channel that their offer does not hold."""
CALLED_LATE = 0.08
"""Share who come later than at once when called: between half of `call_s` and twice as long."""
CALLED_NEVER = 0.05
"""Share who have walked off when their call comes."""
MISTYPED = 0.04
"""Share of those signing in who type a wrong password first."""
LEAVE_EARLY = 0.12
"""Share who leave before the whistle, at any time from when they come."""
PATIENCE_SPREAD = 0.6
"""Standard deviation of the logarithm of patience."""
RETRY_S = (2.0, 10.0)
"""How long impatient people wait before they try again what failed."""
TRIES_MAX = (3, 12)
"""How often they try the same thing before they leave, the second included."""

Numbers = NDArray[np.int64]
Codes = NDArray[np.int8]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Person(Struct, frozen=True, kw_only=True):
    """One viewer. Instants are seconds from the start of the night."""

    account: int
    offer: str
    device: str
    app: str
    isp: str
    region: str
    channel: str
    """What they mean to watch."""
    holds_session: bool
    wrong_passwords: int
    """How many they type before the right one."""
    arrives_s: float
    patience_s: float
    """From coming to the picture; then they leave."""
    called_after_s: float
    """From seeing the call to answering it; infinite: they have walked off."""
    retry_s: float
    tries_max: int
    leaves_s: float
    """When they stop watching of their own will."""


class People(Struct, frozen=True, kw_only=True):
    """Everybody who comes, in the order of their coming: one array an attribute, all of one length.

    `offer`, `channel`, `device`, `app`, `isp` and `region` are positions in the night file's tables of that name.
    """

    night: Night
    accounts: Numbers
    arrives_s: Floats
    offer: Codes
    channel: Codes
    device: Codes
    app: Codes
    isp: Codes
    region: Codes
    holds_session: Flags
    wrong_passwords: Codes
    patience_s: Floats
    called_after_s: Floats
    retry_s: Floats
    tries_max: Codes
    leaves_s: Floats

    def __len__(self) -> int:
        return int(self.accounts.size)

    def person(self, number: int) -> Person:
        """The one who comes as the `number`-th, from 0 on."""
        crowd = crowd_of(self.night)
        return Person(
            account=int(self.accounts[number]),
            offer=tuple(self.night.offers)[self.offer[number]],
            channel=tuple(self.night.channels)[self.channel[number]],
            device=tuple(crowd.devices)[self.device[number]],
            app=tuple(crowd.apps)[self.app[number]],
            isp=tuple(crowd.isps)[self.isp[number]],
            region=tuple(crowd.regions)[self.region[number]],
            holds_session=bool(self.holds_session[number]),
            wrong_passwords=int(self.wrong_passwords[number]),
            arrives_s=float(self.arrives_s[number]),
            patience_s=float(self.patience_s[number]),
            called_after_s=float(self.called_after_s[number]),
            retry_s=float(self.retry_s[number]),
            tries_max=int(self.tries_max[number]),
            leaves_s=float(self.leaves_s[number]),
        )


def everybody(night: Night, curve: Curve, *, scale: float = 1.0, chance: np.random.Generator) -> People:
    """All who come on this night. One seed, one crowd: the same at each door, and whenever it is played again."""
    crowd = crowd_of(night)
    arrives_s = arrival_times(
        curve,
        schedule=night.schedule,
        minute_s=crowd.arrivals.minute_s,
        count=how_many_come(crowd, scale=scale),
        chance=chance,
    )
    return draw_people(night, arrives_s=arrives_s, chance=chance)


def draw_people(night: Night, *, arrives_s: Floats, chance: np.random.Generator) -> People:
    """One person for each arrival, all of different households. Asserts that there are as many subscribers."""
    crowd, count = crowd_of(night), arrives_s.size
    assert count <= crowd.subscribers, f"{count} people cannot come from {crowd.subscribers} households"
    accounts = chance.permutation(crowd.subscribers)[:count] + 1
    offer = _offers(night, accounts)
    signed_out = chance.random(count) < crowd.signed_out
    return People(
        night=night,
        accounts=accounts,
        arrives_s=arrives_s,
        offer=offer,
        channel=_channels(night, offer, chance),
        device=_shared_out(crowd.devices, count, chance),
        app=_shared_out(crowd.apps, count, chance),
        isp=_shared_out(crowd.isps, count, chance),
        region=_shared_out(crowd.regions, count, chance),
        holds_session=~signed_out,
        wrong_passwords=(signed_out & (chance.random(count) < MISTYPED)).astype(np.int8),
        patience_s=crowd.patience_s * np.exp(PATIENCE_SPREAD * chance.standard_normal(count)),
        called_after_s=_answers_to_a_call(night.door.call_s, count, chance),
        retry_s=chance.uniform(*RETRY_S, count),
        tries_max=chance.integers(*TRIES_MAX, count, dtype=np.int8, endpoint=True),
        leaves_s=_leavings(night, arrives_s, chance),
    )


def how_many_come(crowd: Crowd, *, scale: float = 1.0) -> int:
    """How many of the subscribers come: never more than there are."""
    return min(crowd.subscribers, round(crowd.subscribers * crowd.come * scale))


def _shared_out(shares: dict[str, float], count: int, chance: np.random.Generator) -> Codes:
    """The position of one of the names for each person, by the names' shares."""
    edges = np.cumsum(list(shares.values()))
    found = np.searchsorted(edges, chance.random(count), side="right")
    # Shares may add up to a millionth less than 1: the last name takes the rest.
    return np.minimum(found, len(shares) - 1).astype(np.int8)


def _offers(night: Night, accounts: Numbers) -> Codes:
    positions = {name: number for number, name in enumerate(night.offers)}
    return np.fromiter((positions[offer_of(night, account)] for account in accounts.tolist()), np.int8, accounts.size)


def _channels(night: Night, offer: Codes, chance: np.random.Generator) -> Codes:
    """What each means to watch: nearly always something of their own offer, mostly the night's first channel."""
    names = tuple(night.channels)
    wish, which, anything = chance.random(offer.size), chance.random(offer.size), chance.random(offer.size)
    wanted = np.zeros(offer.size, np.int8)
    for number, own in enumerate(night.offers.values()):
        held = [names.index(channel) for channel in own.channels]
        first, others = held[0], held[1:] or held
        picked = np.asarray(others, np.int8)[(which * len(others)).astype(np.int64)]
        wanted = np.where(offer == number, np.where(wish < FIRST_CHANNEL, first, picked), wanted).astype(np.int8)
    strays = anything < NOT_IN_OFFER
    return np.where(strays, (which * len(names)).astype(np.int8), wanted).astype(np.int8)


def _answers_to_a_call(call_s: float, count: int, chance: np.random.Generator) -> Floats:
    lot, late_s = chance.random(count), chance.uniform(0.5 * call_s, 2 * call_s, count)
    waits_s = np.where(lot < CALLED_NEVER + CALLED_LATE, late_s, 0.0)
    return np.where(lot < CALLED_NEVER, math.inf, waits_s)


def _leavings(night: Night, arrives_s: Floats, chance: np.random.Generator) -> Floats:
    """Most leave after the whistle, in the first three quarters of what is left; some during the match."""
    times, count = night.schedule, arrives_s.size
    after_s = 0.75 * (times.end - times.whistle) * chance.random(count) ** 2
    earliest_s = np.maximum(arrives_s, times.kick_off)
    early_s = earliest_s + (times.whistle - earliest_s) * chance.random(count)
    return np.where(chance.random(count) < LEAVE_EARLY, early_s, times.whistle + after_s)
