"""What doors tell each other: each event counts once, however often it is told."""

from pathlib import Path

import pytest
from msgspec import structs

from kickoff.door.hearing import Hearing
from kickoff.door.house import Door
from kickoff.door.journal import MemoryLog
from kickoff.door.operator import FORGOTTEN_S, doors_of
from kickoff.door.state import Process
from kickoff.door.telling import ENCODER as ENCODED
from kickoff.door.telling import GAPS_KEPT, TELL_DECODER, WISHES_DECODER, Ears, Tell, TellingJournal, Wishes, told_in
from kickoff.facts import FACT_NUMBER, Fact, Lane, Row
from kickoff.playback.leases import STARTED
from kickoff.units import US_PER_S, AtUs
from tests.door.rig import keys, night

AT = AtUs(night().at(40))


def journal() -> tuple[TellingJournal, MemoryLog]:
    """A journal with some facts: two to tell, a beat, and one that is nobody else's affair."""
    log = MemoryLog()
    told = TellingJournal(log)
    told.record(Row(at=AT, fact=Fact.PASSED, subject=5, lane=Lane.KNOWN, place=3, code="in_time"))
    told.record(Row(at=AT, fact=Fact.RATE, code="sign_in", rate_per_s=1000))
    told.record(
        Row(
            at=AT, fact=Fact.LEASED, subject=5, lane=Lane.KNOWN, place=3, stream=9, channel="canal-plus", device="tv",
            code="new",
        )
    )  # fmt: skip
    told.record(Row(at=AT, fact=Fact.BEAT, subject=5, stream=9))
    told.commit()
    return told, log


def message() -> Tell:
    """What is told of it, as it comes out of the wire."""
    tell = journal()[0].tell(writer="door-2", epoch=4)
    assert tell is not None
    return TELL_DECODER.decode(ENCODED.encode(tell))


def test_only_what_others_must_know_is_told_and_told_once() -> None:
    """Places are the line's affair; the rate is the conductor's."""
    told, _ = journal()
    tell = told.tell(writer="door-2", epoch=4)
    assert tell is not None
    assert [event.fact for event in tell.events] == [FACT_NUMBER[Fact.PASSED], FACT_NUMBER[Fact.LEASED]]
    assert (tell.first, len(tell.seen)) == (0, 4)
    assert told.tell(writer="door-2", epoch=4) is None


def test_a_message_told_again_is_heard_once() -> None:
    """After a failover everybody tells the last messages anew."""
    ears, tell = Ears({}), message()
    assert len(ears.fresh(tell)) == 2
    assert ears.fresh(tell) == ()


def test_what_is_told_late_is_heard_once() -> None:
    """A server that forgot the last moments hears them anew: after what was told since, or in pieces."""
    told, _ = journal()
    for number in range(5):
        told.record(Row(at=AT, fact=Fact.ENDED, subject=5, stream=number))
    tell = told.tell(writer="door-2", epoch=4)
    assert tell is not None

    def part(first: int, end: int) -> Tell:
        return structs.replace(tell, first=first, events=tell.events[first:end])

    ears = Ears({})
    assert ears.fresh(part(0, 2)) == tell.events[:2]
    assert ears.fresh(part(5, 7)) == tell.events[5:]
    assert ears.missed == 3
    assert ears.fresh(part(3, 4)) == tell.events[3:4]
    assert ears.fresh(part(0, 7)) == (tell.events[2], tell.events[4])
    assert ears.missed == 0
    assert ears.fresh(part(0, 7)) == ()


def test_gaps_that_are_never_filled_cost_no_memory() -> None:
    """A writer whose every second message is lost: the oldest gaps are given up, and still counted."""
    tell, ears = message(), Ears({})
    for number in range(2 * GAPS_KEPT):
        ears.fresh(structs.replace(tell, first=3 * number + 1))
    assert ears.missed == 2 * GAPS_KEPT
    assert ears.fresh(structs.replace(tell, first=3 * GAPS_KEPT - 4)) == ()
    late = structs.replace(tell, first=6 * GAPS_KEPT - 4)
    assert len(ears.fresh(late)) == 1
    assert ears.missed == 2 * GAPS_KEPT - 1


def test_what_the_log_told_is_not_heard_again(tmp_path: Path) -> None:
    """A door that starts reads the logs of others, and then hears what is still in the stream."""
    path = tmp_path / "door-2-000004-000001.log"
    path.write_bytes(bytes(journal()[1].data))
    known = told_in([path])
    assert known == {("door-2", 4): 2}
    ears = Ears(known)
    assert ears.fresh(message()) == ()
    assert ears.missed == 0


@pytest.fixture
def door() -> Door:
    """A door of many, whose own name is door-1."""
    made = Door(night(), keys(), log=MemoryLog(), places=None)
    made.house.leads = False
    return made


def test_what_happened_at_another_door_is_known_and_not_recorded(door: Door) -> None:
    """The stream is in this door's table too, its place is used, and its household has been inside."""
    hearing, house = Hearing(door.house, writer="door-1", ears=Ears({})), door.house
    hearing.hear(message())
    hearing.hear(message())
    line = house.lines["known"]
    assert (house.counts.passed, house.counts.leased, line.leased, line.calls.passed_total) == (1, 1, 1, 1)
    assert house.leases.is_open(9, 5)
    assert house.leases.has_been_inside(5)
    assert house.place_of(5) == ("known", 3)
    assert house.journal.recorded == 0
    assert not house.leases.has(9, STARTED)


def test_what_the_operator_wants_at_one_door_stands_at_every_door(door: Door) -> None:
    """The latest wish stands, all of it; an older one that comes late undoes nothing."""
    hearing, house = Hearing(door.house, writer="door-1", ears=Ears({})), door.house
    wanted = Wishes(at_us=AT, cap_per_s=2.0, pin_s=60.0, drains=True, guaranteed={"main": 0.5})
    hearing.wish(WISHES_DECODER.decode(ENCODED.encode(wanted)))
    hearing.wish(Wishes(at_us=AT - 1))
    assert (house.cap_per_s, house.pin_s, house.drains, house.guaranteed) == (2.0, 60.0, True, {"main": 0.5})
    hearing.wish(Wishes(at_us=AT + 1))
    assert (house.cap_per_s, house.pin_s, house.drains, house.guaranteed) == (None, None, False, {})


def test_a_door_of_many_says_who_is_there_and_who_leads(door: Door) -> None:
    """A process that died an hour ago left its last word behind: it is no news."""
    gone = AT - FORGOTTEN_S * US_PER_S - 1
    door.house.crew = tuple(
        Process(name=name, at=at, is_door=name.startswith("door"))
        for name, at in (("conductor-1", AT), ("conductor-2", gone), ("door-1", AT - 1))
    )
    door.house.leader = "conductor-1"
    assert [(one["name"], one["kind"], one["leads"]) for one in doors_of(door.house, AT)] == [
        ("conductor-1", "conductor", True),
        ("door-1", "door", False),
    ]


def test_ones_own_messages_are_known_already(door: Door) -> None:
    """They come back with those of the others."""
    Hearing(door.house, writer="door-2", ears=Ears({})).hear(message())
    assert door.house.counts.passed == 0
