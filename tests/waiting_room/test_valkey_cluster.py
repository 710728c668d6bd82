"""The shared line on a Cluster whose replica takes over a second late: what it forgot stays with those who hold it."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bench.cluster import Cluster, cluster
from kickoff.facts import LANE_NUMBER, Lane
from kickoff.plumbing.valkey import Valkey
from kickoff.waiting_room.shared import Answered, Kind, Question, Said, Standing
from kickoff.waiting_room.valkey import GAP, Entry, ValkeyLine
from tests.valkey import LOOK_S

MAIN = LANE_NUMBER[Lane.MAIN]
LINE = "kickoff:{night:main}:line"
LOOKS_MAX = 2_000


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Cluster]:
    """Three primaries, each with a replica."""
    with cluster(tmp_path) as made:
        yield made


async def asked(line: ValkeyLine, subjects: Sequence[int], *, seen: int) -> tuple[Standing, dict[int, Answered]]:
    """Their places, once the line is whole."""
    questions = [Question(lane="main", kind=Kind.TAKE, subject=one) for one in subjects]
    for _ in range(LOOKS_MAX):
        standing, answers = await line.ask(questions, seen=seen)
        if all(one.said is not Said.WAIT for one in answers):
            return standing, dict(zip(subjects, answers, strict=True))
        await asyncio.sleep(LOOK_S)
    raise AssertionError("the line is never whole")


async def test_what_the_replica_never_heard_is_neither_lost_nor_given_again(servers: Cluster) -> None:
    """Replication is asynchronous: this is what every Cluster may do."""
    valkey = Valkey(servers.url, within_s=30.0)
    await valkey.open()
    line = ValkeyLine(valkey, night="night", lane=Lane.MAIN, places_max=10_000)
    _, first = await asked(line, range(1, 101), seen=0)
    primary = servers.primary_of(LINE)
    servers.cut_off(primary)
    _, forgotten = await asked(line, range(101, 151), seen=100)
    primary.process.kill()
    # A door that knows nothing is the first to meet the replica; then comes the one that remembers.
    raised, _ = await line.ask(seen=0)
    held = first | forgotten
    told = [
        Entry(subject=one, lane=MAIN, place=answer.place, joined_ms=answer.joined_ms)
        for one, answer in held.items()
        if answer.place > raised.survived
    ]
    await line.ask(told=told, seen=150)
    standing, now = await asked(line, [*held, 999], seen=150)
    assert raised.survived < 150
    assert {one: now[one].place for one in held} == {one: answer.place for one, answer in held.items()}
    assert now[999].place == 150 + GAP + 1
    assert standing.skips == ((151, 150 + GAP),)
    await valkey.close()
