"""The list of a draw, of a shared line on a real server: closed once, read whole, or not at all."""

import asyncio

from kickoff.facts import Lane
from kickoff.plumbing.valkey import Valkey, ValkeyLost
from kickoff.waiting_room.valkey import GAP, ValkeyLine
from kickoff.waiting_room.valkey_list import Closed, ValkeyList, tickets_of
from tests.valkey import LOOK_S, ValkeyServer
from tests.waiting_room.test_valkey import LOOKS_MAX, line, takes, whole

SUBJECTS = [5, -9, 2**62, *range(70_000, 4_000_000, 17_001)]


def listed(valkey: Valkey) -> ValkeyList:
    """The list of the same lane."""
    return ValkeyList(valkey, night="night", lane=Lane.MAIN)


async def closed_at_last(asked: ValkeyLine, one: ValkeyList) -> Closed:
    """Closed once the line is whole: a door looks at it every tick."""
    for _ in range(LOOKS_MAX):
        await asked.ask(seen=0)
        if (closed := await one.close()) is not None:
            return closed
        await asyncio.sleep(LOOK_S)
    raise AssertionError("the line is never whole")


async def test_who_comes_once_it_is_closed_is_not_on_it(valkey: Valkey) -> None:
    """Two leaders, one after the other, read the same list."""
    asked, one = line(valkey), listed(valkey)
    assert await one.close() is None, "no door has looked yet"
    await whole(asked, takes(*SUBJECTS), seen=0)
    closed = await closed_at_last(asked, one)
    assert (closed.last, closed.count, closed.skips) == (len(SUBJECTS), len(SUBJECTS), ())
    await whole(asked, takes(11, 12, 13), seen=closed.last)
    assert await listed(valkey).close() == closed
    found = await listed(valkey).read(closed)
    assert found is not None
    numbers, subjects = tickets_of(found)
    assert (numbers.tolist(), subjects.tolist()) == (list(range(1, len(SUBJECTS) + 1)), SUBJECTS)


async def test_a_line_that_nobody_came_to_has_an_empty_list(valkey: Valkey) -> None:
    """Its lane is closed all the same."""
    await whole(line(valkey), [], seen=0)
    closed = await closed_at_last(line(valkey), listed(valkey))
    assert closed.count == 0
    found = await listed(valkey).read(closed)
    assert found is not None
    assert tickets_of(found)[0].tolist() == []


async def test_a_failover_closes_it_anew_and_leaves_out_the_numbers_of_nobody(
    valkey_server: ValkeyServer, valkey: Valkey
) -> None:
    """What was closed before may lack who was forgotten: it is no list any more."""
    asked, one = line(valkey), listed(valkey)
    await whole(asked, takes(*SUBJECTS), seen=0)
    before = await closed_at_last(asked, one)
    valkey_server.kill()
    valkey_server.start()
    assert await again(one, before) is None
    assert await one.close() is None
    await joined(asked, 21, seen=before.last)
    as_before = await closed_at_last(asked, one)
    assert (as_before.last, as_before.skips, as_before.epoch != before.epoch) == (before.last, (), True)
    valkey_server.client.hdel("kickoff:{night:main}:line", "closed", "closed_skips")
    after = await closed_at_last(asked, one)
    assert (after.last, after.skips) == (before.last + GAP + 1, ((before.last + 1, before.last + GAP),))
    assert after.count == len(SUBJECTS) + 1
    found = await one.read(after)
    assert found is not None
    numbers, subjects = tickets_of(found)
    assert numbers.tolist() == [*range(1, len(SUBJECTS) + 1), before.last + GAP + 1]
    assert subjects.tolist() == [*SUBJECTS, 21]


async def again(one: ValkeyList, closed: Closed) -> object:
    """Read once the server answers."""
    for _ in range(LOOKS_MAX):
        try:
            return await one.read(closed)
        except ValkeyLost:
            await asyncio.sleep(LOOK_S)
    raise AssertionError("nobody answers")


async def joined(asked: ValkeyLine, subject: int, *, seen: int) -> None:
    """A place on the line that goes on beyond the gap."""
    standing, _ = await whole(asked, takes(subject), seen=seen)
    assert standing.last > seen + GAP
