"""One process of a night that many share, on a real server: what is told reaches all, whatever the server forgets."""

import pytest
from msgspec import structs

from kickoff.admission.grace import Side
from kickoff.clock import ManualClock
from kickoff.door.journal import MemoryLog
from kickoff.door.member import PRESENT_S, REMEMBERED_S, Member, is_news
from kickoff.door.seam import Parked
from kickoff.door.telling import Ears, Published
from kickoff.facts import Fact, Lane, Row
from kickoff.plumbing.valkey import Valkey, ValkeyError
from kickoff.units import AtUs
from kickoff.waiting_room.draw import Draw
from kickoff.waiting_room.valkey import BUCKETS, BUCKETS_AT_ONCE
from tests.door.rig import CLIENT, FakeLine, N, Rig, night
from tests.valkey import ValkeyServer


class Crew:
    """Two doors of one night, and their clock."""

    def __init__(self, server: Valkey) -> None:
        self.one, self.two = Rig(line=FakeLine(), log=MemoryLog()), Rig(line=FakeLine(), log=MemoryLog())
        self.clock = ManualClock(self.one.night.at(30))
        self.members = [
            Member(rig.door, server, writer=f"door-{at}", log_epoch=1, ears=Ears({}), clock=self.clock, window_s=0.001)
            for at, rig in enumerate((self.one, self.two))
        ]

    def happens(self, fact: Fact, stream: int) -> None:
        """Something happens at the first door."""
        row = Row(at=self.clock.now(), fact=fact, subject=5, stream=stream, channel="canal-plus", device="tv")
        self.one.door.house.journal.record(row)

    async def tick(self, *members: int) -> None:
        """These, or both, in their order."""
        for member in members or (0, 1):
            await self.members[member].tick()


async def test_what_a_server_forgot_is_told_anew_before_what_came_since(
    valkey_server: ValkeyServer, valkey: Valkey
) -> None:
    """A stream begins, the server is lost with the word of it, the stream ends: the other door hears both, in order."""
    crew = Crew(valkey)
    await crew.tick()
    crew.happens(Fact.LEASED, 9)
    await crew.tick(0)
    valkey_server.forget_all()
    # Nobody answers for long; what the last one answered is remembered all the same.
    crew.clock.advance(2 * REMEMBERED_S)
    valkey_server.start()
    crew.happens(Fact.ENDED, 9)
    await crew.tick()
    house = crew.two.door.house
    assert (house.counts.leased, house.counts.ended, house.leases.open_total, house.unheard) == (1, 1, 0, 0)
    await crew.tick()
    assert (house.counts.leased, house.counts.ended) == (1, 1)
    assert "kickoff_door_unheard 0.0" in crew.two.door.metrics(crew.clock.now()).body.decode()


async def test_a_server_that_lives_is_told_each_message_once(valkey_server: ValkeyServer, valkey: Valkey) -> None:
    """What is remembered for the case that it dies is forgotten in time."""
    crew = Crew(valkey)
    for stream in range(1, 5):
        crew.happens(Fact.LEASED, stream)
        await crew.tick()
        crew.clock.advance(REMEMBERED_S + 1)
    await crew.tick()
    assert crew.two.door.house.counts.leased == 4
    assert valkey_server.client.xlen("kickoff:{psg-juventus}:told") == 4


async def test_a_night_that_is_played_again_does_not_take_over_the_places_of_the_last_time(valkey: Valkey) -> None:
    """They would be served as called long ago; one clear line says what to do."""
    crew = Crew(valkey)
    await crew.members[0].begin()
    await crew.members[1].begin()
    again = Rig(line=FakeLine())
    again.night = again.door.house.night = night(starts_at="2026-01-02T20:00:00Z")
    member = Member(again.door, valkey, writer="c", log_epoch=1, ears=Ears({}), clock=crew.clock, window_s=0.001)
    with pytest.raises(ValkeyError, match="another evening of this name, of 2026-01-01T20:00:00"):
        await member.begin()


async def test_every_key_of_a_night_gets_its_end(valkey_server: ValkeyServer, valkey: Valkey) -> None:
    """As the doors run: within a minute of ticks and looks nothing is left that would stay for good."""
    crew = Crew(valkey)
    member, rig = crew.members[0], crew.one
    await member.begin()
    parked = rig.begun("POST", f"{N}/tickets", {"client": CLIENT})
    assert isinstance(parked, Parked)
    await member.sharing.lanes["main"].ask([parked.question])
    crew.happens(Fact.LEASED, 9)
    await crew.tick()
    for _ in range(BUCKETS // BUCKETS_AT_ONCE):
        await member.sharing.look()
    assert [key for key in valkey_server.client.keys("*") if valkey_server.goes_at(key) == -1] == []


async def test_whoever_leads_knows_what_stands_before_the_back_end_at_all_doors(valkey: Valkey) -> None:
    """Each door forwards its own sign-ins; the controller decides by their sum, and by all permits together."""
    crew = Crew(valkey)
    first, second = (rig.door.house for rig in (crew.one, crew.two))
    first.is_ready = True
    first.sign_ins.begin(count=5)
    first.sign_ins.finish(was_carried=True, count=2)
    second.sign_ins.begin()
    await crew.tick()
    await crew.tick(0)
    assert (first.sign_ins.in_hand, second.sign_ins.in_hand) == (4, 4)
    assert second.sign_ins.limit(1) == first.permit.limit
    crew.clock.advance(PRESENT_S + 1)
    await crew.tick(1)
    assert second.sign_ins.in_hand == 1


async def test_whoever_leads_knows_who_stands_late_at_all_doors(valkey: Valkey) -> None:
    """Else a full house calls strangers for the seats of those who stand late at a door that does not lead."""
    crew = Crew(valkey)
    leads, other = (rig.door.house for rig in (crew.one, crew.two))
    for house, place in ((leads, 1), (other, 1), (other, 2)):
        house.grace.lets_in(Side.LATE, ("main", place), room=0, at_us=crew.clock.now())
    await crew.tick()
    await crew.tick(0)
    assert crew.one.door.reading(crew.clock.now()).late == 2
    row = Row(at=crew.clock.now(), fact=Fact.PASSED, subject=5, place=1, lane=Lane.MAIN)
    leads.journal.record(row)
    await crew.tick()
    assert other.grace.told() == (("main", 2),)
    crew.clock.advance(PRESENT_S + 1)
    await crew.tick(0)
    assert leads.grace.told() == (("main", 1),)
    assert crew.one.door.reading(crew.clock.now()).late == 1


def test_what_a_leader_says_is_news_whatever_its_clock_says() -> None:
    """A successor whose clock is a second behind would be passed over for a second, and the doors go on alone."""
    told = Rig(line=FakeLine()).door.house.snapshot
    later = structs.replace(told, epoch=told.epoch + 1, at=told.at - 1_000_000)
    said = Published(leader="b", snapshot=later, orders=None, health=())
    assert is_news(said, told)
    assert not is_news(structs.replace(said, snapshot=told), told)


async def test_an_order_that_one_door_has_taken_up_is_everybodys(valkey: Valkey) -> None:
    """Leader and server are lost together, and what was published with them: the next leader draws no second one."""
    crew = Crew(valkey)
    draw = Draw(counts={"main": 0, "known": 3, "slow": 0, "operator": 0}, seed=bytes(range(32)))
    crew.one.door.put_in_order(draw, at=AtUs(crew.clock.now()))
    await crew.tick(0)
    await crew.tick(1)
    assert crew.two.door.house.lottery.held == draw
