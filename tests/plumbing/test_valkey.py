"""The client of one server or of a Cluster: addresses, scripts, and a server that is away for a while."""

import asyncio

import pytest
from redis.asyncio import Redis

from kickoff.plumbing.valkey import PORT, Valkey, ValkeyLost, ValkeyUrlError, parsed
from tests.valkey import ValkeyServer

ADD = "return redis.call('INCRBY', KEYS[1], ARGV[1])"


def test_an_address_names_one_node_or_several() -> None:
    """Of a Cluster any node tells the others; whoever writes several is not lost with the first."""
    assert parsed("valkey://a:7000,b,[::1]:7002/0") == ([("a", 7000), ("b", PORT), ("::1", 7002)], {})
    assert parsed("rediss://me:secret@a") == ([("a", PORT)], {"ssl": True, "username": "me", "password": "secret"})


@pytest.mark.parametrize("url", ["", "a:7000", "http://a", "valkey://", "valkey://a:nonsense"])
def test_an_address_that_says_nothing_is_refused(url: str) -> None:
    """At the start, not with the first join."""
    with pytest.raises(ValkeyUrlError, match=r"write|names"):
        parsed(url)


async def test_where_nobody_listens_it_is_said_so() -> None:
    """With the address and the setting, without the password."""
    with pytest.raises(ValkeyLost, match=r"127\.0\.0\.1:1.*KICKOFF_VALKEY_URL") as told:
        await Valkey("valkey://me:secret@127.0.0.1:1").open()
    assert "secret" not in str(told.value)


async def test_a_server_that_comes_back_is_waited_for(valkey_server: ValkeyServer) -> None:
    """It has forgotten the script too: that costs one more call, not the answer."""
    client = Valkey(valkey_server.url)
    await client.open()
    assert await client.call(ADD, "k", [2]) == 2
    valkey_server.kill()
    asking = asyncio.create_task(client.call(ADD, "k", [3]))
    await asyncio.to_thread(valkey_server.start)
    assert await asking == 5
    await client.close()


async def test_a_server_that_stays_away_is_lost(valkey_server: ValkeyServer) -> None:
    """Within the time that was given, and no later."""
    client = Valkey(valkey_server.url, within_s=0.3)
    await client.open()
    valkey_server.kill()
    with pytest.raises(ValkeyLost):
        await asyncio.wait_for(client.call(ADD, "k", [1]), 10)
    await client.close()


async def test_a_mistake_in_a_script_is_not_tried_again(valkey_server: ValkeyServer) -> None:
    """It would fail as often."""
    client = Valkey(valkey_server.url)
    await client.open()
    with pytest.raises(ValkeyLost):
        await client.call("return nonsense(", "k", [])
    assert client.tried_again == 0
    await client.close()


async def test_calls_go_over_a_wire_once_the_library_has_found_the_node(valkey_server: ValkeyServer) -> None:
    """The library's own way costs three times the processor time of the call."""
    client = Valkey(valkey_server.url)
    await client.open()
    assert await client.call(ADD, "k", [2]) == 2
    library, client._client = client._client, Redis(port=1)
    assert await client.call(ADD, "k", [b"3"]) == 5
    client._client = library
    await client.close()


async def test_a_server_that_has_forgotten_its_scripts_is_told_them_again(valkey_server: ValkeyServer) -> None:
    """What the wire is refused goes the library's way: nobody is refused for it, and the wire is laid anew."""
    client = Valkey(valkey_server.url)
    await client.open()
    await client.call(ADD, "k", [2])
    valkey_server.client.script_flush()
    assert await client.call(ADD, "k", [3]) == 5
    assert client._wire_of
    assert client.tried_again == 0
    await client.close()


async def test_a_password_opens_the_wire_too(valkey_server: ValkeyServer) -> None:
    """It is that of the address."""
    valkey_server.client.config_set("requirepass", "secret")
    client = Valkey(valkey_server.url.replace("://", "://:secret@"))
    await client.open()
    assert [await client.call(ADD, "k", [2]), await client.call(ADD, "k", [3])] == [2, 5]
    assert client._wire_of
    await client.close()
