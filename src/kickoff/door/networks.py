"""Whose network is this? Its pseudonym for the journal, and its quota of new places.

A network is a /24 or a /48. The quota is a token bucket of one second's refill. Loopback is not limited: there stand
the operator's own proxies, and the crowd of a simulated night.
"""

from ipaddress import ip_address, ip_network

from kickoff.seals import keyed_hash64
from kickoff.units import US_PER_S

NETWORKS_MAX = 65_536
"""Peers remembered; the book is begun anew when it is full, which forgives a quota at worst once."""
_FULL_MASK = 0xFFFFFFFF


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
