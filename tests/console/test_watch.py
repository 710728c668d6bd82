import asyncio
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from kickoff.aftermath.live import Live, Totals
from kickoff.clock import ManualClock
from kickoff.console.answers import Answers
from kickoff.console.curves import Curves
from kickoff.console.door_link import DoorLink
from kickoff.console.house import HouseNow
from kickoff.console.watch import Point, Seen, Watch, series_of
from tests.console.room import AT_S, HOUSE, NIGHT, SEALS, FakeDoor, answers, page_of, saying
from tests.evenings import START, second


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[FakeDoor, Watch]]:
    """A door, and a watch that looks when it is told to."""
    with FakeDoor().serving() as door:
        clock = ManualClock(second(AT_S))
        link = DoorLink(door.address, night=NIGHT.name, seals=SEALS, clock=clock)
        answerer = saying(tmp_path, answers(), Answers(at=second(AT_S), wrong="no such night"), b"nonsense")
        yield door, Watch(link, answerer, clock, night=NIGHT, page=page_of(tmp_path, NIGHT))
        await answerer.close()
        await link.close()


async def test_silence_is_counted_from_the_last_word(both: tuple[FakeDoor, Watch]) -> None:
    """The last figures stay, with the instant at which they were true; a new word ends the silence."""
    door, watch = both
    await watch.look()
    door.silent = True
    for _ in range(2):
        await watch.look()
    assert watch.seen.silent_since == HOUSE["at"]
    assert watch.seen.house is not None
    door.silent = False
    await watch.look()
    assert watch.seen.silent_since is None


async def test_a_door_that_never_spoke_is_silent_since_we_listen(both: tuple[FakeDoor, Watch]) -> None:
    """There is no earlier instant to name."""
    door, watch = both
    door.silent = True
    await watch.look()
    assert (watch.seen.house, watch.seen.silent_since) == (None, second(AT_S))


async def test_the_last_answer_stays_when_the_journal_fails(both: tuple[FakeDoor, Watch]) -> None:
    """What was known is shown with why nothing newer is."""
    _, watch = both
    for wrong in ("", "no such night", "the answering process ended"):
        await watch.ask()
        assert watch.seen.answers == answers()
        assert watch.seen.answers_wrong.startswith(wrong)


async def test_whoever_waits_is_woken_by_what_is_new(both: tuple[FakeDoor, Watch]) -> None:
    """Within the second, not at the next poll."""
    _, watch = both
    waiting = asyncio.create_task(watch.next_after(0, within_s=60))
    await asyncio.sleep(0)
    await watch.look()
    assert (await waiting).house is not None


async def test_waiting_ends_with_its_time(both: tuple[FakeDoor, Watch]) -> None:
    """The clock on the screen moves though nothing else does."""
    _, watch = both
    assert (await watch.next_after(0, within_s=0.001)).version == 0


async def test_one_point_is_kept_for_each_second(both: tuple[FakeDoor, Watch]) -> None:
    """Two looks a second, one point; the later one."""
    door, watch = both
    await watch.look()
    door.house["line"] = 9
    await watch.look()
    door.house["at"] = second(AT_S + 1)
    await watch.look()
    assert [(point.second, point.line) for point in watch.points] == [(100, 9), (101, 9)]


def test_the_plots_join_the_journal_and_the_live_seconds() -> None:
    """The journal is a few seconds behind: the door's live words continue it, and give the streams."""
    points = deque([Point(98, 50, 7, 1.0), Point(102, 60, 8, 2.0)])
    series = series_of(Seen(answers=answers()), points, starts_at=START, until_s=103.0)
    assert len(series.line) == 103
    assert (series.line[98], series.line[99]) == (4080, 4140)
    assert series.line[100:] == (None, None, 8)
    assert (series.streams[98], series.streams[102]) == (50, 60)
    assert series.audience == tuple(52 * number for number in range(100))


def test_the_count_ends_where_it_is_full() -> None:
    """Who watches now says so with the next heartbeat: without the cut the curve would always fall at its end."""
    heard = msgspec.convert(HOUSE, HouseNow)
    assert len(series_of(Seen(house=heard, answers=answers()), deque(), starts_at=START, until_s=99.0).audience) == 90
    found = answers().findings
    assert found is not None
    late = msgspec.structs.replace(answers(), findings=msgspec.structs.replace(found, until=second(50.0)))
    assert len(series_of(Seen(house=heard, answers=late), deque(), starts_at=START, until_s=99.0).audience) == 41
    ended = Seen(house=heard, silent_since=second(AT_S), answers=answers())
    assert len(series_of(ended, deque(), starts_at=START, until_s=99.0).audience) == 100


def test_the_summaries_go_on_where_the_journal_was_last_asked() -> None:
    """The curve's end needs no pass over the journal: it is a second old, less the heartbeat in which it fills up."""
    heard, found = msgspec.convert(HOUSE, HouseNow), answers().findings
    assert found is not None
    late = msgspec.structs.replace(answers(), findings=msgspec.structs.replace(found, until=second(50.0)))
    live = Live(step_s=2.0, accounts=(9,) * 45, by_channel={}, reached=9, totals=Totals(until=second(98.0)))
    curve = series_of(Seen(house=heard, answers=late, live=live), deque(), starts_at=START, until_s=99.0).audience
    assert curve == (*(52 * number for number in range(41)), *(9,) * 48)
    alone = series_of(Seen(house=heard, live=live), deque(), starts_at=START, until_s=99.0).audience
    assert alone == (9,) * 89


async def test_new_curves_come_though_the_findings_fail(tmp_path: Path) -> None:
    """The last findings stay beside them, with what is wrong."""
    curves = Curves(line=(7,), rate_per_s=(1.0,))
    answerer = saying(tmp_path, answers(), Answers(at=second(AT_S), curves=curves, wrong="a stage fell over"))
    link = DoorLink("http://127.0.0.1:9", night=NIGHT.name, seals=SEALS, clock=ManualClock(second(AT_S)))
    watch = Watch(link, answerer, ManualClock(second(AT_S)), night=NIGHT, page=page_of(tmp_path, NIGHT))
    await watch.ask()
    await watch.ask()
    assert watch.seen.answers is not None
    assert (watch.seen.answers.curves, watch.seen.answers.findings) == (curves, answers().findings)
    assert watch.seen.answers_wrong == "a stage fell over"
    await answerer.close()


def test_nothing_known_is_nothing_drawn() -> None:
    """Before the first word of anybody."""
    series = series_of(Seen(), deque(), starts_at=START, until_s=50.0)
    assert (series.audience, series.streams, series.line, series.rate_per_s) == ((), (), (), ())


def test_points_after_the_end_are_not_drawn() -> None:
    """A console left open goes on looking at a door that goes on answering."""
    series = series_of(Seen(), deque([Point(10, 1, 1, 1.0), Point(9_999, 1, 1, 1.0)]), starts_at=START, until_s=185.0)
    assert len(series.line) == 11
