"""Virtual time."""

import numpy as np

from kickoff.conductor.tick import Conductor
from kickoff.crowd.rehearsal_clock import VirtualNight, seeded_bytes
from kickoff.crowd.world import World
from kickoff.door.house import Door
from kickoff.door.journal import MemoryLog
from kickoff.door.seam import Reply
from kickoff.plumbing import key_files
from kickoff.waiting_room.places import MemoryBlocks
from tests.crowd.nights import short_night


def virtual_night() -> VirtualNight:
    """A door of its own, and nobody who comes."""
    night = short_night()
    door = Door(night, key_files.create(seeded_bytes(1)), log=MemoryLog(), places=MemoryBlocks())
    return VirtualNight(door, Conductor(night), World(night, np.random.default_rng(1)))


def test_what_is_planned_happens_in_order_and_at_its_time() -> None:
    """Equal instants keep the order of planning; the past is now; what lies after the end never happens."""
    clock, seen = virtual_night(), list[tuple[str, float]]()

    def note(what: str) -> None:
        seen.append((what, clock.now_s))
        if what == "first":
            clock.plan(0.5, note, "late")

    for what, at_s in (("second", 2.0), ("first", 1.0), ("also second", 2.0), ("never", 99.0)):
        clock.plan(at_s, note, what)
    clock.run(10.0)
    assert seen == [("first", 1.0), ("late", 1.0), ("second", 2.0), ("also second", 2.0)]


def test_the_conductor_ticks_four_times_a_second() -> None:
    """The tempo of the real night."""
    clock = virtual_night()
    clock.run(10.0)
    assert [pace.at_s for pace in clock.paces] == [tick / 4 for tick in range(41)]


def test_the_conductor_hears_what_the_door_itself_sees_of_sign_in() -> None:
    """As on the real night: by the back end's word alone, calls that the permit lets stand are a queue to brake for."""
    clock = virtual_night()
    house, sign_in = clock.door.house, clock.world.sign_in

    def ask() -> None:
        house.sign_ins.begin(count=30)
        for _ in range(30):
            sign_in.ask(clock.now_s)

    clock.plan(0.5, ask)
    clock.plan(0.9, lambda: house.sign_ins.finish(was_carried=True, count=10))
    clock.run(1.2)
    told, heard = house.health[0], clock._conductor.learnt.sightings["sign_in"].health
    assert (told.standing, told.queue_ms > 100) == (0, True)
    assert (heard.standing, heard.queue_ms) == (20, 0)


def test_a_refusal_without_a_word_is_noted() -> None:
    """Rule 5: no failure path ends in "try again"."""
    clock = virtual_night()
    clock.judge("/x", Reply(status=503, body=b"no", content_type="text/plain"))
    clock.judge("/y", Reply(status=429, content_type="application/problem+json"))
    clock.judge("/z", Reply(status=429, content_type="application/problem+json", headers=(("Retry-After", "2"),)))
    assert clock.dishonest == ["503 at /x", "429 at /y"]


def test_a_seed_makes_the_same_keys() -> None:
    """Else no rehearsal could be replayed to the byte."""
    assert key_files.create(seeded_bytes(5)) == key_files.create(seeded_bytes(5))
    assert key_files.create(seeded_bytes(5)) != key_files.create(seeded_bytes(6))
