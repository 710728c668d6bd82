"""What the processes of a night share each tick, on a real server: who leads, and what is told."""

from kickoff.conductor.tick import TICK_S
from kickoff.conductor.valkey import KEPT_MS, LEAD_MS, STREAMS_GAP, Exchange, Leading
from kickoff.plumbing.valkey import Valkey
from tests.valkey import ValkeyServer, until


async def test_one_leads_and_who_was_away_publishes_nothing(valkey_server: ValkeyServer, valkey: Valkey) -> None:
    """A leader that slept over its time believes that it leads: the server knows better."""
    first, second = (Leading(valkey, night="n", writer=name) for name in ("conductor-1", "conductor-2"))
    assert (await first.lead(), await second.lead(), await first.lead()) == (1, 0, 1)
    assert await first.publish(b"one", term=1)
    assert not await second.publish(b"two", term=2)
    # Its time runs out while it is away.
    valkey_server.client.pexpire("kickoff:{n}:leader", 1)
    until(lambda: not valkey_server.client.exists("kickoff:{n}:leader"))
    assert await second.lead() == 2
    assert not await first.publish(b"late", term=1)
    assert await second.publish(b"two", term=2)
    assert valkey_server.client.hget("kickoff:{n}:snapshot", "said") == b"two"


async def test_a_leader_that_resigns_is_replaced_at_once(valkey: Valkey) -> None:
    """A rolling restart waits for no time to run out; only who leads can resign."""
    first, second = (Leading(valkey, night="n", writer=name) for name in ("conductor-1", "conductor-2"))
    await first.lead()
    await second.resign()
    assert await second.lead() == 0
    await first.resign()
    assert await second.lead() == 2


async def test_a_leader_that_falls_silent_is_replaced_when_its_time_is_over(
    valkey_server: ValkeyServer, valkey: Valkey
) -> None:
    """Its time and two ticks are less than five seconds; the server counts it, who stands by does not lengthen it."""
    key = "kickoff:{n}:leader"
    first, second = (Leading(valkey, night="n", writer=name) for name in ("conductor-1", "conductor-2"))
    await first.lead()
    assert 0 < valkey_server.client.pttl(key) <= LEAD_MS < 5_000 - 2 * TICK_S * 1_000
    valkey_server.client.pexpire(key, LEAD_MS // 4)
    assert await second.lead() == 0
    assert valkey_server.client.pttl(key) <= LEAD_MS // 4
    await first.lead()
    assert LEAD_MS // 4 < valkey_server.client.pttl(key) <= LEAD_MS
    # Silence, all but its last millisecond of it left out.
    valkey_server.client.pexpire(key, 1)
    until(lambda: not valkey_server.client.exists(key))
    assert await second.lead() == 2
    assert await first.lead() == 0


async def test_each_hears_what_was_told_since_and_the_last_word_of_all(valkey: Valkey) -> None:
    """A message is heard once by each; presence and wishes are the latest ones."""
    one, two = (Exchange(valkey, night="n", writer=name) for name in ("door-1", "door-2"))
    await one.exchange(presence=b"here", message=b"first", wishes=b"pause", wished_at=5)
    await one.exchange(presence=b"still here", message=b"second", wishes=b"older", wished_at=4)
    heard = await two.exchange(presence=b"me")
    assert heard.messages == (b"first", b"second")
    assert set(heard.present) == {b"still here", b"me"}
    assert heard.wishes == b"pause"
    assert (await two.exchange(presence=b"me")).messages == ()
    two.again()
    assert (await two.exchange(presence=b"me")).messages == (b"first", b"second")


async def test_what_was_shared_is_forgotten_after_the_night(valkey_server: ValkeyServer, valkey: Valkey) -> None:
    """Messages tell who watched what, under pseudonyms; they are read by nobody then."""
    one, leading = Exchange(valkey, night="n", writer="door-1"), Leading(valkey, night="n", writer="conductor-1")
    assert await one.begin(5) == 5
    assert await one.begin(6) == 5
    await leading.publish(b"said", term=await leading.lead())
    await one.exchange(presence=b"here", message=b"first", wishes=b"pause", wished_at=5, streams=100)
    seconds, _ = valkey_server.client.time()
    end_ms = seconds * 1000 + 7_200_000
    await one.expire(end_ms)
    keys = set(valkey_server.client.keys("*")) - {b"kickoff:{n}:leader"}
    assert len(keys) == 7
    assert {valkey_server.goes_at(key) for key in keys} == {end_ms + KEPT_MS}


async def test_numbers_of_streams_are_given_once_also_by_a_server_that_forgot(
    valkey_server: ValkeyServer, valkey: Valkey
) -> None:
    """A stream's number is its row in every door's table: two streams in one row would be one account's two screens."""
    one, two = (Exchange(valkey, night="n", writer=name) for name in ("door-1", "door-2"))
    assert (await one.exchange(presence=b"", streams=100)).streams_after == 0
    assert (await two.exchange(presence=b"", streams=100)).streams_after == 100
    valkey_server.kill()
    valkey_server.start()
    assert (await one.exchange(presence=b"", streams=100)).streams_after == 200 + STREAMS_GAP
    valkey_server.forget_all()
    valkey_server.start()
    assert (await two.exchange(presence=b"", streams=100, streams_seen=777)).streams_after == 777
