"""The shared line on a real server: one place a subject, in order, whatever the server forgets."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from kickoff.facts import LANE_NUMBER, Lane
from kickoff.plumbing.valkey import Valkey
from kickoff.waiting_room.shared import Answered, Kind, Question, Said, SharedBook, Standing, survived_at
from kickoff.waiting_room.valkey import GAP, HOLD_MS, KEPT_MS, Entry, ValkeyLine
from tests.valkey import LOOK_S, ValkeyServer

PLACES_MAX = 1_000
LOOKS_MAX = 500
MAIN = LANE_NUMBER[Lane.MAIN]


def line(valkey: Valkey, lane: Lane = Lane.MAIN) -> ValkeyLine:
    """One lane of a night."""
    return ValkeyLine(valkey, night="night", lane=lane, places_max=PLACES_MAX)


def takes(*subjects: int) -> list[Question]:
    """Joins of these subjects."""
    return [Question(lane="main", kind=Kind.TAKE, subject=one, joined_ms=1_000 + one % 7) for one in subjects]


async def whole(asked: ValkeyLine, questions: Sequence[Question], *, seen: int) -> tuple[Standing, list[Answered]]:
    """Ask until the line is whole again."""
    for _ in range(LOOKS_MAX):
        standing, answers = await asked.ask(questions, seen=seen)
        if all(one.said is not Said.WAIT for one in answers):
            return standing, answers
        await asyncio.sleep(LOOK_S)
    raise AssertionError("the line is never whole")


async def test_a_subject_holds_one_place_and_places_follow_each_other(valkey: Valkey) -> None:
    """Also within one call, and also for numbers of either sign: subjects are hashes."""
    _, first = await whole(line(valkey), takes(5, -9, 5, 2**62), seen=0)
    assert [(one.said, one.place) for one in first] == [
        (Said.NEW, 1),
        (Said.NEW, 2),
        (Said.KNOWN, 1),
        (Said.NEW, 3),
    ]
    standing, again = await line(valkey).ask(takes(2**62, 77), seen=3)
    assert again[0] == Answered(said=Said.KNOWN, lane=MAIN, place=3, joined_ms=1_000 + 2**62 % 7)
    assert (again[1].place, standing.last, standing.skips) == (4, 4, ())


async def test_a_place_redeems_once_and_lets_one_subject_in(valkey: Valkey) -> None:
    """Two doors may be asked for the same place in the same moment: one of them counts."""
    asked = [Question(lane="main", kind=Kind.REDEEM, place=place) for place in (3, 3, 4)]
    used = [Question(lane="main", kind=Kind.USE, place=3, subject=subject) for subject in (11, 12, 11)]
    _, answers = await line(valkey).ask([asked[0], used[0], asked[1], used[1], *used[2:], asked[2]], seen=0)
    assert [one.said for one in answers] == [
        Said.NEW, Said.NEW, Said.KNOWN, Said.KNOWN, Said.KNOWN, Said.NEW,
    ]  # fmt: skip
    assert [answers[at].subject for at in (1, 3, 4)] == [11, 11, 11]


async def test_the_line_is_forgotten_after_the_night(valkey_server: ValkeyServer, valkey: Valkey) -> None:
    """Its pseudonyms are of no use then; a door goes over every bucket, and nothing goes sooner than in an hour."""
    asked = line(valkey)
    await whole(asked, [*takes(*range(3, 70_000, 997))], seen=0)
    used = [Question(lane="main", kind=kind, place=3, subject=11) for kind in (Kind.REDEEM, Kind.USE)]
    await asked.ask(used, seen=0)
    seconds, _ = valkey_server.client.time()
    end_ms = seconds * 1000 + 7_200_000
    bucket, looks = 0, 0
    while looks == 0 or bucket:
        bucket, looks = await asked.expire(bucket, at_ms=end_ms), looks + 1
    keys = valkey_server.client.keys("kickoff:*")
    assert len(keys) > 70
    assert {valkey_server.goes_at(key) for key in keys} == {end_ms + KEPT_MS}
    # A night whose plan is long over is served all the same.
    await ValkeyLine(valkey, night="old", lane=Lane.MAIN, places_max=9).ask(takes(5), seen=0)
    await ValkeyLine(valkey, night="old", lane=Lane.MAIN, places_max=9).expire(0, at_ms=1_000)
    assert 3_500 < valkey_server.client.ttl("kickoff:{old:main}:line") <= 3_600


async def test_lanes_share_nothing(valkey: Valkey) -> None:
    """Each has numbers of its own, on a node of its own where there are several."""
    await whole(line(valkey), takes(1, 2), seen=0)
    _, known = await whole(line(valkey, Lane.KNOWN), takes(1), seen=0)
    assert (known[0].said, known[0].place, known[0].lane) == (Said.NEW, 1, LANE_NUMBER[Lane.KNOWN])


async def test_a_full_line_takes_nobody_more(valkey: Valkey) -> None:
    """Those who hold a place keep it."""
    small = ValkeyLine(valkey, night="night", lane=Lane.MAIN, places_max=2)
    _, answers = await whole(small, takes(1, 2, 3, 1), seen=0)
    assert [one.said for one in answers] == [Said.NEW, Said.NEW, Said.FULL, Said.KNOWN]


async def test_a_server_that_starts_again_leaves_a_gap_and_waits_for_the_doors(
    valkey_server: ValkeyServer, valkey: Valkey
) -> None:
    """It may have forgotten the last moment: nobody gets a place that somebody else was told."""
    before, _ = await whole(line(valkey), takes(1, 2, 3), seen=0)
    valkey_server.kill()
    valkey_server.start()
    standing, answers = await line(valkey).ask(takes(2, 4), seen=3)
    assert [one.said for one in answers] == [Said.KNOWN, Said.WAIT]
    assert (standing.epoch, standing.survived) == (before.epoch + 1, 3)
    standing, answers = await whole(line(valkey), takes(4), seen=3)
    assert answers[0].place == 3 + GAP + 1
    assert standing.skips == ((4, 3 + GAP),)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_what_a_server_forgot_its_doors_tell_it_again(
    valkey_server: ValkeyServer, valkey: Valkey, seed: int
) -> None:
    """It has forgotten everything, the worst that can be: places stay with those who hold them, numbers go on."""
    chance = random.Random(seed)
    subjects = chance.sample(range(1, 10_000), 200)
    _, first = await whole(line(valkey), takes(*subjects), seen=0)
    held = dict(zip(subjects, first, strict=True))
    valkey_server.forget_all()
    valkey_server.start()
    # One door remembers these, another those; a stranger asks before either has spoken.
    half = len(subjects) // 2
    await line(valkey).ask(takes(99_999), seen=0)
    for share in (subjects[:half], subjects[half:]):
        told = [Entry(subject=one, lane=MAIN, place=held[one].place, joined_ms=held[one].joined_ms) for one in share]
        await line(valkey).ask(told=told, seen=max(held[one].place for one in share))
    _, answers = await whole(line(valkey), takes(*subjects, 99_999), seen=0)
    assert [one.place for one in answers[:-1]] == [held[one].place for one in subjects]
    assert answers[-1].place == 200 + GAP + 1


async def test_a_door_that_has_seen_more_raises_the_epoch(valkey: Valkey) -> None:
    """The server has an older state under the same name: only a door can know."""
    before, _ = await whole(line(valkey), takes(1), seen=0)
    standing, answers = await line(valkey).ask(takes(2), seen=500)
    assert (standing.epoch, standing.survived, answers[0].said) == (before.epoch + 1, 1, Said.WAIT)
    _, answers = await whole(line(valkey), takes(2), seen=500)
    assert answers[0].place == 500 + GAP + 1


async def test_of_two_places_of_a_subject_the_lower_stands(valkey: Valkey) -> None:
    """Told late, the earlier place is still the subject's."""
    await whole(line(valkey), takes(*range(1, 10)), seen=0)
    await line(valkey).ask(told=[Entry(subject=9, lane=MAIN, place=2, joined_ms=5)], seen=9)
    await line(valkey).ask(told=[Entry(subject=1, lane=MAIN, place=8, joined_ms=5)], seen=9)
    _, answers = await line(valkey).ask(takes(9, 1), seen=9)
    assert [one.place for one in answers] == [2, 1]


async def test_a_raise_is_told_from_every_other(valkey_server: ValkeyServer, valkey: Valkey) -> None:
    """A server that lost its disk counts its raises from one again: a door must not take that for the one it knows."""
    before, _ = await whole(line(valkey), takes(1), seen=0)
    valkey_server.forget_all()
    valkey_server.start()
    after, _ = await line(valkey).ask(seen=0)
    assert after.epoch == before.epoch
    assert after.raised > before.raised
    ahead = before.raised + 10_000_000
    valkey_server.kill()
    valkey_server.start()
    standing, _ = await line(valkey).ask(seen=0, heard=ahead)
    assert standing.raised == ahead + 1


def test_what_must_be_told_again_begins_where_the_line_survived() -> None:
    """Whoever heard of the raise before knows that the rest was told; whoever missed one tells everything."""
    raised = Standing(epoch=4, last=900, raised=5, survived=700, skips=())
    assert survived_at(raised, known=3) == 700
    assert survived_at(raised, known=1) == 0


def test_a_ticket_of_another_door_is_believed() -> None:
    """It is sealed by the same key: the place was given a moment ago, by a door that has not been heard yet."""
    book = SharedBook(last_given=5)
    assert book.has_given(9)
    assert book.last_given == 9
    assert not book.has_given(0)
    assert not book.has_given(2**40)


def test_the_hold_outlasts_two_ticks() -> None:
    """A door hears of a raise with its next look, four times a second."""
    assert HOLD_MS > 2 * 250
