"""Whose network is this? Its pseudonym for the journal, its quota of new places, and whether it is hot.

A network is a /24 or a /48. Its quota is a token bucket of one second's refill. Loopback is not limited: there stand
the operator's own proxies, and the crowd of a simulated night.

*Heat.* Who joins without a session is a stranger. A network from which more of them come than `strangers_per_network`
a minute is hot, until for `HEAT_S` they have come at a pace that would not have heated it; while strangers flood the
whole house it is hot from a part of that on (`watch`). `strangers.py` decides what they get then.

Where a trusted proxy names the client's address
(`X-Forwarded-For`), that address counts instead of the proxy's own; by default nobody is trusted.
"""

import math
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from msgspec import Struct

from kickoff.seals import keyed_hash64
from kickoff.units import US_PER_S

NETWORKS_MAX = 65_536
"""Peers remembered; the book is begun anew when it is full, which forgives a quota at worst once."""
_FULL_MASK = 0xFFFFFFFF
HEAT_S = 120
MINUTE_S = 60
ALARM_SHARE, ALARM_SHARE_LEAST = 0.4, 0.05
"""While strangers flood the house, a network is hot from this part of what it else may send; from the second part while
they flood the main lane too, although the networks that send most are hot."""
ALARM_TIMES = 3.0
ALARM_MIN = 150.0
"""Strangers flood the house when lately more than so many came, and more than so many times those who are known."""
ALARM_S, BURST_S = 30.0, 2.0
"""Lately: what came is forgotten with one of these time constants. By the first alone, bots who come at once are seen a
second late, where many who are known came in the half minute before: until then they are called beside people."""
LASTS_S = 5.0
"""The main lane is flooded when it has been so long: what networks sent before they were hot is taken back by then."""
ALARM_HOLDS_S = 120
RECENT_MAX = 256
"""Places that a network is remembered to have taken while it was not hot."""
WRONG_PER_S = 20
"""Wrong proofs of one network that are looked at: each costs up to 2.5 ms, so a network takes 5 % of a core at most.
Wrong codes of televisions count as they do."""
FORWARDED = "x-forwarded-for"
PROVED_S = 600.0
"""Proofs are forgotten with this time constant: what bots made dear is not dear for people all night."""
TELEVISIONS_AT_ONCE, TELEVISIONS_PER_MIN = 0.5, 0.2
"""Televisions of earlier nights that are let be in one network, for each stranger that it may send in a minute: half at
once and a fifth a minute. Ten thousand households behind one address bring some 300 in a quarter of an hour; who has
collected tokens for this night has no more of it."""
SHARED_NETWORKS = 4
"""A phone changes from one network to another, and back. More than so many hold no phone."""
RECENT_S = 120
"""What strangers took so long before their network turned hot may have been the flood's beginning."""
WATCHED_MAX = 4096
"""Places redeemed more than once that are watched at the same time; beyond it the oldest is forgotten."""
HOPS_MAX = 16
"""Addresses of one header that are looked at, from its end on."""


class Network:
    """One network: its pseudonym `source`, what is left of its quota, and how warm it is."""

    __slots__ = (
        "_proved", "_proved_us", "at_us", "hot_until_us", "level", "limited", "met_us", "recent", "source", "strangers",
        "televisions", "televisions_us", "tries", "tries_us",
    )  # fmt: skip

    def __init__(self, source: int, *, limited: bool, level: float, at_us: int, strangers: float) -> None:
        self.source = source
        self.limited = limited
        self.level = level
        self.at_us = at_us
        self.strangers = strangers
        """So many more may come before it is hot."""
        self.met_us = at_us
        self.hot_until_us = -1
        self.recent: list[tuple[int, int]] = []
        """The last places of strangers in the main lane, from before it was hot, each after its instant in µs."""
        self._proved, self._proved_us = 0.0, at_us
        """Strangers who have shown something for themselves while it was hot, lately."""
        self.televisions, self.televisions_us = strangers * TELEVISIONS_AT_ONCE, at_us
        """So many more televisions of earlier nights are let be."""
        self.tries = float(WRONG_PER_S)
        self.tries_us = at_us

    def may_be_wrong(self, at_us: int) -> bool:
        """Whether a proof or a code is looked at: of one network not more wrong ones than `WRONG_PER_S`."""
        refill = (at_us - self.tries_us) / US_PER_S * WRONG_PER_S
        self.tries, self.tries_us = min(float(WRONG_PER_S), self.tries + refill), at_us
        return self.tries >= 1 or not self.limited

    def proved_lately(self, at_us: int) -> float:
        """How many have shown a proof, forgotten with the time constant `PROVED_S`."""
        return self._proved * math.exp(-max(0, at_us - self._proved_us) / (PROVED_S * US_PER_S))

    def prove(self, at_us: int) -> None:
        """One more has shown a proof."""
        self._proved, self._proved_us = self.proved_lately(at_us) + 1, at_us

    def remember(self, place: int, at_us: int) -> None:
        """A stranger took this place of the main lane while the network was not hot."""
        if len(self.recent) >= RECENT_MAX:
            del self.recent[: RECENT_MAX // 2]
        self.recent.append((at_us, place))

    def just_taken(self, at_us: int) -> list[int]:
        """The places of the last `RECENT_S`, told once. Who came long before was no part of the heat."""
        since_us = at_us - RECENT_S * US_PER_S
        found = [place for taken_us, place in self.recent if taken_us >= since_us]
        self.recent.clear()
        return found


class Heat(Struct, kw_only=True):
    """What came of hot networks since the start of the night."""

    slowed: int = 0
    """Strangers who were given a place in the slow lane."""
    challenged: int = 0
    proved: int = 0
    proofs_failed: int = 0
    doubted: int = 0
    """Places that were given before their network was hot, and let nobody in without a proof."""
    shared: int = 0
    """Tickets that too many networks redeemed."""


class Networks:
    """The networks that were heard from."""

    def __init__(self, key: bytes, *, places_per_s: int, strangers_per_min: int = 100) -> None:
        self._key = key
        self._places_per_s = places_per_s
        self._strangers = float(strangers_per_min)
        self._cooling = self._strangers / (MINUTE_S * US_PER_S)
        self._least = 0.0
        """So much of what it may send must be left to a network that is cold."""
        self._heated: dict[int, Network] = {}
        """Those that have been hot lately, by pseudonym."""
        self._alarm, self._burst, self._main_alarm = Alarm(), Alarm(over_s=BURST_S), Alarm(lasts_s=LASTS_S)
        self._by_peer: dict[str, Network] = {}
        self._by_source: dict[int, Network] = {}
        self._unlimited = ("RateLimit", f'"places";r={places_per_s};t=1')
        self._policy = ("RateLimit-Policy", f'"places";q={places_per_s};w=1, "strangers";q={strangers_per_min};w=60')

    def of(self, peer: str, at_us: int) -> Network:
        """The network of an address; what is no address is a network of its own kind."""
        network = self._by_peer.get(peer)
        return network if network is not None else self._learnt(peer, at_us)

    def is_cold_for_one(self, network: Network, at_us: int) -> bool:
        """Whether one more stranger may come as anybody does; else the network is hot, until `HEAT_S` after the flood.

        It cools while strangers come at a pace that would not have heated it.
        """
        left = min(self._strangers, network.strangers + (at_us - network.met_us) * self._cooling) - 1
        network.strangers, network.met_us = max(0.0, left), at_us
        if left >= self._least:
            return network.hot_until_us < at_us
        if len(self._heated) < NETWORKS_MAX:
            self._heated[network.source] = network
        network.hot_until_us = at_us + HEAT_S * US_PER_S
        return False

    def lets_be(self, network: Network, at_us: int) -> bool:
        """Whether a television of an earlier night is let be, whatever the network's heat: of each only so many."""
        refill = (at_us - network.televisions_us) / (MINUTE_S * US_PER_S) * TELEVISIONS_PER_MIN * self._strangers
        network.televisions = min(TELEVISIONS_AT_ONCE * self._strangers, network.televisions + max(0.0, refill))
        network.televisions_us = at_us
        is_let_be = network.televisions >= 1
        network.televisions -= is_let_be
        return is_let_be

    def watch(self, *, strangers: int, in_main: int, known: int, at_us: int) -> None:
        """Whether strangers flood the house: once a tick, by all who have come since the night began.

        `in_main`: those of them for whom people in the main lane wait.
        """
        self._alarm.hear(strangers=strangers, known=known, at_us=at_us)
        self._burst.hear(strangers=strangers, known=known, at_us=at_us)
        self._main_alarm.hear(strangers=in_main, known=known, at_us=at_us)
        share = 1.0
        if max(self._alarm.until_us, self._burst.until_us) >= at_us:
            share = ALARM_SHARE_LEAST if self._main_alarm.until_us >= at_us else ALARM_SHARE
        self._least = (1 - share) * self._strangers
        self._cooling = self._strangers / (MINUTE_S * US_PER_S) * share

    def hot(self, at_us: int) -> int:
        """How many networks are hot."""
        for source in [source for source, one in self._heated.items() if one.hot_until_us < at_us]:
            del self._heated[source]
        return len(self._heated)

    @property
    def is_flooded(self) -> bool:
        """Whether strangers flood the house."""
        return self._least > 0

    def take(self, network: Network, at_us: int) -> bool:
        """Take one place from the quota; False: it is used up."""
        if not network.limited:
            return True
        refill = (at_us - network.at_us) / US_PER_S * self._places_per_s
        network.level = min(float(self._places_per_s), network.level + refill)
        network.at_us = at_us
        if network.level < 1:
            return False
        network.level -= 1
        return True

    def header(self, network: Network) -> tuple[str, str]:
        """RateLimit of draft-ietf-httpapi-ratelimit-headers: of both quotas the one of which less is left.

        So many more may come, and the seconds until it is whole. Of strangers: until they are asked for a proof.
        """
        if not network.limited:
            return self._unlimited
        strangers = network.strangers - self._least
        return ("RateLimit", self._strangers_left(network) if strangers < network.level else _places_left(network))

    def headers(self, network: Network) -> tuple[tuple[str, str], ...]:
        """Both quotas and what is left of each: with refusals, and places in the slow lane."""
        if not network.limited:
            return self._policy, self._unlimited
        return self._policy, ("RateLimit", f"{_places_left(network)}, {self._strangers_left(network)}")

    def _strangers_left(self, network: Network) -> str:
        whole_s = math.ceil((self._strangers - network.strangers) / self._cooling / US_PER_S)
        return f'"strangers";r={max(0, int(network.strangers - self._least))};t={whole_s}'

    def _learnt(self, peer: str, at_us: int) -> Network:
        if len(self._by_peer) >= NETWORKS_MAX:
            # Quotas are forgiven; what is hot stays hot, or new addresses would cool it.
            self._by_peer.clear()
            self._by_source = dict(self._heated)
        name, loopback = network_name(peer)
        source = keyed_hash64(self._key, name.encode()) & _FULL_MASK
        fresh = Network(
            source, limited=not loopback, level=float(self._places_per_s), at_us=at_us, strangers=self._strangers
        )
        # All addresses of one network share one quota.
        network = self._by_source.setdefault(source, fresh)
        self._by_peer[peer] = network
        return network


def wrong_headers(network: Network) -> tuple[tuple[str, str], ...]:
    """The quota of wrong proofs and codes, and what is left of it."""
    left = max(0, int(network.tries))
    return ("RateLimit-Policy", f'"wrong";q={WRONG_PER_S};w=1'), ("RateLimit", f'"wrong";r={left};t=1')


def _places_left(network: Network) -> str:
    return f'"places";r={int(network.level)};t=1'


class Alarm:
    """Do strangers flood the house? What came lately, of them and of those who are known.

    `over_s`: the time constant of lately; `lasts_s`: so long it must have been so.
    """

    __slots__ = (
        "_at_us",
        "_known",
        "_known_total",
        "_lasts_us",
        "_over_us",
        "_since_us",
        "_strangers",
        "_strangers_total",
        "until_us",
    )

    def __init__(self, *, over_s: float = ALARM_S, lasts_s: float = 0.0) -> None:
        self.until_us = -1
        self._over_us = over_s * US_PER_S
        self._lasts_us = lasts_s * US_PER_S
        self._since_us: int | None = None
        self._at_us = 0
        self._strangers = self._known = 0.0
        self._strangers_total = self._known_total = 0

    def hear(self, *, strangers: int, known: int, at_us: int) -> None:
        """All who have come since the night began, at this instant; less, where some were taken back."""
        kept = math.exp(-max(0, at_us - self._at_us) / self._over_us) if self._at_us else 0.0
        # What came before the first look came at a time that nobody knows.
        more = (strangers - self._strangers_total, known - self._known_total) if self._at_us else (0, 0)
        self._strangers = max(0.0, self._strangers * kept + more[0])
        self._known = self._known * kept + max(0, more[1])
        self._strangers_total, self._known_total, self._at_us = strangers, known, at_us
        if self._strangers <= max(ALARM_MIN, ALARM_TIMES * self._known):
            self._since_us = None
            return
        self._since_us = at_us if self._since_us is None else self._since_us
        if at_us - self._since_us >= self._lasts_us:
            self.until_us = at_us + ALARM_HOLDS_S * US_PER_S


class Redeemed:
    """From how many networks was each place redeemed that was redeemed again?"""

    def __init__(self) -> None:
        self._networks: dict[tuple[str, int], set[int]] = {}

    def is_shared(self, lane: str, place: int, source: int) -> bool:
        """Note one more redemption; True from the network on that is one too many."""
        seen = self._networks.get((lane, place))
        if seen is None:
            if len(self._networks) >= WATCHED_MAX:
                del self._networks[next(iter(self._networks))]
            seen = self._networks[lane, place] = set()
        if len(seen) <= SHARED_NETWORKS:
            seen.add(source)
        return len(seen) > SHARED_NETWORKS


def network_name(peer: str) -> tuple[str, bool]:
    """(the /24 or /48 of an address, whether it is loopback)."""
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return "unknown", False
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    prefix = 24 if address.version == 4 else 48
    return str(ip_network(f"{address}/{prefix}", strict=False)), address.is_loopback


class Proxies:
    """Who may say for whom it asks. `networks`: separated by commas, such as `10.0.0.0/8, 127.0.0.1`; empty: nobody."""

    def __init__(self, networks: str) -> None:
        self._networks = tuple(ip_network(part.strip()) for part in networks.split(",") if part.strip())

    def trusts(self, peer: str) -> bool:
        """Whether this address is a trusted proxy's. What is no address is nobody's."""
        if not self._networks or (address := _address(peer)) is None:
            return False
        return any(address.version == network.version and address in network for network in self._networks)

    def client(self, peer: str, forwarded: str | None) -> str:
        """For whom a trusted proxy asks: the last address of the header that is not a trusted proxy's.

        What stands before that address was written by whoever has it, and may say anything.
        """
        found = peer
        for named in reversed((forwarded or "").rsplit(",", HOPS_MAX)[-HOPS_MAX:]):
            address = _address(named.strip())
            if address is None:
                break
            found = str(address)
            if not self.trusts(found):
                break
        return found


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address with or without a port, brackets or a zone; an IPv4 one also where it is written as IPv6."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
