"""Whose network is this? Its pseudonym for the journal, and its quota of new places.

A network is a /24 or a /48. The quota is a token bucket of one second's refill. Loopback is not limited: there stand
the operator's own proxies, and the crowd of a simulated night. Where a trusted proxy names the client's address
(`X-Forwarded-For`), that address counts instead of the proxy's own; by default nobody is trusted.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from kickoff.seals import keyed_hash64
from kickoff.units import US_PER_S

NETWORKS_MAX = 65_536
"""Peers remembered; the book is begun anew when it is full, which forgives a quota at worst once."""
_FULL_MASK = 0xFFFFFFFF
FORWARDED = "x-forwarded-for"
HOPS_MAX = 16
"""Addresses of one header that are looked at, from its end on."""


class Network:
    """One network: its pseudonym `source`, and what is left of its quota."""

    __slots__ = ("at_us", "level", "limited", "source")

    def __init__(self, source: int, *, limited: bool, level: float, at_us: int) -> None:
        self.source = source
        self.limited = limited
        self.level = level
        self.at_us = at_us


class Networks:
    """The networks that were heard from."""

    def __init__(self, key: bytes, *, places_per_s: int) -> None:
        self._key = key
        self._places_per_s = places_per_s
        self._by_peer: dict[str, Network] = {}
        self._by_source: dict[int, Network] = {}
        self._unlimited = ("RateLimit", f'"places";r={places_per_s};t=1')

    def of(self, peer: str, at_us: int) -> Network:
        """The network of an address; what is no address is a network of its own kind."""
        network = self._by_peer.get(peer)
        return network if network is not None else self._learnt(peer, at_us)

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
        """RateLimit of draft-ietf-httpapi-ratelimit-headers: places left, and seconds until the quota is whole."""
        return ("RateLimit", f'"places";r={int(network.level)};t=1') if network.limited else self._unlimited

    def _learnt(self, peer: str, at_us: int) -> Network:
        if len(self._by_peer) >= NETWORKS_MAX:
            self._by_peer.clear()
            self._by_source.clear()
        name, loopback = network_name(peer)
        source = keyed_hash64(self._key, name.encode()) & _FULL_MASK
        fresh = Network(source, limited=not loopback, level=float(self._places_per_s), at_us=at_us)
        # All addresses of one network share one quota.
        network = self._by_source.setdefault(source, fresh)
        self._by_peer[peer] = network
        return network


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
