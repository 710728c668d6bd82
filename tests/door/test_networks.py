"""Networks: a pseudonym for the journal, a quota for the door."""

import pytest

from kickoff.door import networks
from kickoff.door.networks import Networks, Proxies, network_name
from kickoff.units import US_PER_S


@pytest.mark.parametrize(
    ("peer", "name", "loopback"),
    [
        ("203.0.113.9", "203.0.113.0/24", False),
        ("2001:db8:1:2::3", "2001:db8:1::/48", False),
        ("::ffff:203.0.113.9", "203.0.113.0/24", False),
        ("fe80::1%eth0", "fe80::/48", False),
        ("127.0.0.1", "127.0.0.0/24", True),
        ("::1", "::/48", True),
        ("", "unknown", False),
        ("a name", "unknown", False),
    ],
)
def test_addresses_of_one_network_share_its_name(peer: str, name: str, *, loopback: bool) -> None:
    """A /24 or a /48 is one household, one office, or one flood."""
    assert network_name(peer) == (name, loopback)


def test_a_quota_refills_and_is_shared() -> None:
    """One second's worth at once, then as it refills."""
    known = Networks(b"key", places_per_s=3)
    first, second = known.of("203.0.113.1", 0), known.of("203.0.113.2", 0)
    assert first is second
    assert [known.take(first, 0) for _ in range(4)] == [True, True, True, False]
    assert known.take(second, US_PER_S // 2)
    assert not known.take(first, US_PER_S // 2)
    assert known.header(first) == ("RateLimit", '"places";r=0;t=1')


def test_the_quota_that_bites_is_told_and_both_with_a_refusal() -> None:
    """Strangers of one network meet the second long before the first; RateLimit names what is nearest to its end."""
    known = Networks(b"key", places_per_s=200, strangers_per_min=100)
    network = known.of("203.0.113.1", 0)
    for _ in range(40):
        known.is_cold_for_one(network, 0)
    assert known.header(network) == ("RateLimit", '"strangers";r=60;t=24')
    assert known.headers(network) == (
        ("RateLimit-Policy", '"places";q=200;w=1, "strangers";q=100;w=60'),
        ("RateLimit", '"places";r=200;t=1, "strangers";r=60;t=24'),
    )


def test_a_network_is_hot_from_one_stranger_too_many_until_it_is_quiet() -> None:
    """Its measure fills up again within a minute; heat lasts two, from the last who was one too many."""
    known = Networks(b"key", places_per_s=9, strangers_per_min=3)
    network = known.of("203.0.113.1", 0)
    assert [known.is_cold_for_one(network, 0) for _ in range(5)] == [True, True, True, False, False]
    assert not known.is_cold_for_one(network, 100 * US_PER_S)
    assert known.hot(at_us=119 * US_PER_S) == 1
    assert known.is_cold_for_one(network, 121 * US_PER_S)
    assert known.hot(at_us=121 * US_PER_S) == 0


def test_a_carrier_cools_though_honest_strangers_come_and_not_while_it_is_flooded() -> None:
    """One burst of bots would otherwise keep a shared address hot all night: somebody always comes."""
    known = Networks(b"key", places_per_s=9, strangers_per_min=3)
    network = known.of("203.0.113.1", 0)
    burst = [known.is_cold_for_one(network, 0) for _ in range(9)]
    assert burst == [True] * 3 + [False] * 6
    assert [known.is_cold_for_one(network, at * US_PER_S) for at in (60, 119, 125)] == [False, False, True]
    flood = [known.is_cold_for_one(network, at * US_PER_S) for at in range(130, 600)]
    assert not any(flood[10:])


def test_new_addresses_cool_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has a /48 has addresses without end: the table of them is emptied, the heat stays."""
    monkeypatch.setattr(networks, "NETWORKS_MAX", 4)
    known = Networks(b"key", places_per_s=9, strangers_per_min=1)
    hot = known.of("2001:db8:1::1", 0)
    assert [known.is_cold_for_one(hot, 0) for _ in range(2)] == [True, False]
    for address in range(2, 12):
        assert known.of(f"2001:db8:1::{address:x}", 1) is hot


def test_only_what_was_just_taken_is_remembered_against_a_network() -> None:
    """Who came hours before the bots was no part of their flood."""
    network = Networks(b"key", places_per_s=9).of("203.0.113.1", 0)
    network.remember(1, 0)
    network.remember(2, 7200 * US_PER_S)
    assert network.just_taken(7260 * US_PER_S) == [2]
    assert network.just_taken(7260 * US_PER_S) == []


def test_of_televisions_of_earlier_nights_a_network_is_granted_so_many() -> None:
    """Half of what it may send in a minute at once, and a fifth a minute: tokens can be collected beforehand."""
    known = Networks(b"key", places_per_s=9, strangers_per_min=100)
    network, other = known.of("203.0.113.1", 0), known.of("198.51.100.1", 0)
    assert sum(known.lets_be(network, 0) for _ in range(500)) == 50
    assert known.lets_be(other, 0)
    assert sum(known.lets_be(network, 3 * 60 * US_PER_S) for _ in range(500)) == 50
    assert sum(known.lets_be(network, 4 * 60 * US_PER_S) for _ in range(500)) == 20


def test_what_bots_made_dear_is_not_dear_all_night() -> None:
    """Proofs are forgotten: after half an hour next to nothing is left of the price that a flood raised."""
    network = Networks(b"key", places_per_s=9).of("203.0.113.1", 0)
    for _ in range(1000):
        network.prove(0)
    assert network.proved_lately(0) == 1000
    assert 360 < network.proved_lately(600 * US_PER_S) < 380
    assert network.proved_lately(1800 * US_PER_S) < 50


def test_strangers_of_a_whole_minute_are_let_be() -> None:
    """As many a minute as a network may send, all evening long."""
    known = Networks(b"key", places_per_s=9, strangers_per_min=60)
    network = known.of("203.0.113.1", 0)
    assert all(known.is_cold_for_one(network, second * US_PER_S) for second in range(600))


@pytest.mark.parametrize(("strangers", "people", "flooded"), [(1000, 100, True), (1000, 900, False), (100, 0, False)])
def test_the_house_is_flooded_when_strangers_come_as_never(strangers: int, people: int, *, flooded: bool) -> None:
    """More than a few, and more than three for each who is known; a crowd of people is no flood."""
    known = Networks(b"key", places_per_s=9, strangers_per_min=100)
    for second in range(1, 11):
        known.watch(strangers=strangers * second // 10, in_main=0, known=people * second // 10, at_us=second * US_PER_S)
    assert known.is_flooded is flooded
    network = known.of("203.0.113.1", 11 * US_PER_S)
    assert [known.is_cold_for_one(network, 11 * US_PER_S) for _ in range(50)].count(True) == (40 if flooded else 50)
    known.watch(strangers=strangers, in_main=0, known=people, at_us=200 * US_PER_S)
    assert not known.is_flooded


def test_bots_who_come_at_once_are_seen_though_many_came_before_who_are_known() -> None:
    """Until they are seen they are called beside people; whoever came in that tick waited three ticks for it."""
    known = Networks(b"key", places_per_s=9, strangers_per_min=100)
    for tick in range(120):
        known.watch(strangers=6 * tick, in_main=0, known=15 * tick, at_us=(tick + 1) * US_PER_S // 4)
    assert not known.is_flooded
    known.watch(strangers=6 * 120 + 1250, in_main=0, known=15 * 120, at_us=121 * US_PER_S // 4)
    assert known.is_flooded


@pytest.mark.parametrize(("lasts_s", "cold"), [(3, 40), (8, 5)])
def test_what_still_floods_the_main_lane_is_looked_for_in_every_network(lasts_s: int, cold: int) -> None:
    """Networks that send most are hot within seconds, and what they sent is taken back: a hotel is then no bot.

    Where that does not end the flood, bots come from thousands of networks, a few from each.
    """
    known = Networks(b"key", places_per_s=9, strangers_per_min=100)
    for second in range(1, 16):
        in_main = 400 * min(second, lasts_s) if second <= lasts_s or cold < 40 else 0
        known.watch(strangers=400 * second, in_main=in_main, known=0, at_us=second * US_PER_S)
    network = known.of("203.0.113.1", 16 * US_PER_S)
    assert [known.is_cold_for_one(network, 16 * US_PER_S) for _ in range(50)].count(True) == cold


def test_what_came_before_the_first_look_is_no_flood() -> None:
    """A door that starts again reads back all who have come, in one moment."""
    known = Networks(b"key", places_per_s=9)
    known.watch(strangers=1_000_000, in_main=1_000_000, known=10, at_us=US_PER_S)
    assert not known.is_flooded


def test_loopback_is_not_limited() -> None:
    """There stand the operator's own proxies."""
    known = Networks(b"key", places_per_s=1)
    own = known.of("127.0.0.1", 0)
    assert all(known.take(own, 0) for _ in range(100))


def test_pseudonyms_depend_on_the_key_and_not_on_the_night() -> None:
    """Nobody reads an address out of the journal; the season's key joins its nights."""
    assert Networks(b"a", places_per_s=1).of("203.0.113.1", 0).source == (
        Networks(b"a", places_per_s=9).of("203.0.113.77", 5).source
    )
    assert Networks(b"a", places_per_s=1).of("203.0.113.1", 0).source != (
        Networks(b"b", places_per_s=1).of("203.0.113.1", 0).source
    )


def test_the_book_of_networks_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood from everywhere costs bounded memory."""
    monkeypatch.setattr(networks, "NETWORKS_MAX", 5)
    known = Networks(b"key", places_per_s=1)
    for number in range(50):
        known.of(f"203.0.{number}.1", 0)
    assert len(known._by_peer) <= 5


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (None, "10.0.0.9"),
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.1.1.1", "203.0.113.7"),
        ("10.2.2.2, 10.1.1.1", "10.2.2.2"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, unknown", "10.0.0.9"),
        ("203.0.113.7, unknown, 10.1.1.1", "10.1.1.1"),
        ("", "10.0.0.9"),
        (",,,", "10.0.0.9"),
        ("203.0.113.7, " * 500 + "203.0.113.8", "203.0.113.8"),
    ],
)
def test_a_trusted_proxy_names_the_client(forwarded: str | None, client: str) -> None:
    """The last address that no trusted proxy wrote of itself; what stands before it is the client's own invention."""
    assert Proxies("10.0.0.0/8, 2001:db8:1::/48").client("10.0.0.9", forwarded) == client


def test_by_default_nobody_is_believed() -> None:
    """Else every client would choose the network whose quota it uses up."""
    assert not Proxies("").trusts("127.0.0.1")
    assert not Proxies("10.0.0.0/8").trusts("203.0.113.7")
    assert not Proxies("10.0.0.0/8").trusts("no address")
    assert not Proxies("10.0.0.0/8").trusts("::1")
    assert Proxies("10.0.0.0/8").trusts("10.9.9.9")
    assert Proxies("127.0.0.1").trusts("::ffff:127.0.0.1")
