"""The rules find what is broken: a rule that cannot fail guards nothing."""

import numpy as np
import pytest

from kickoff.conductor.tick import TICK_S
from kickoff.crowd.rehearsal_clock import LanePace, Pace
from kickoff.crowd.rehearsal_rules import (
    INDEX_BYTES_MAX,
    LivedThrough,
    _filling,
    _levers,
    _places,
    _waiting,
    _watching,
    duplicate_places,
    overtakes,
)
from kickoff.crowd.rehearsal_score import called_against_published
from kickoff.facts import RECORD, Fact, Lane, Row
from kickoff.recorder import Recorder
from kickoff.waiting_room.index import PackedIndex
from tests.crowd.nights import short_night

NIGHT = short_night()
JOINED = LivedThrough(joined=3, expelled=0)


def log_of(*rows: Row) -> tuple[np.ndarray, ...]:
    """A log of these facts."""
    recorder = Recorder()
    return (np.frombuffer(b"".join(recorder.pack(row) for row in rows), dtype=RECORD),)


def joined(at: int, place: int) -> Row:
    """Somebody took a place."""
    return Row(at=at, fact=Fact.JOINED, lane=Lane.MAIN, place=place, code="device")


def called(at: int, place: int) -> Row:
    """Everyone up to there was called."""
    return Row(at=at, fact=Fact.CALLED, lane=Lane.MAIN, place=place)


def passed(at: int, place: int) -> Row:
    """Somebody came in."""
    return Row(at=at, fact=Fact.PASSED, lane=Lane.MAIN, place=place)


GOOD = (joined(1, 1), joined(2, 2), joined(3, 3), called(4, 2), passed(5, 1), passed(6, 2), called(7, 3), passed(8, 3))


def test_a_good_night_breaks_nothing() -> None:
    """Nobody is accused wrongly."""
    log = log_of(*GOOD)
    assert (_places(log, JOINED, {}), _watching(log, JOINED)) == ([], [])
    assert (duplicate_places(log), overtakes(log)) == (0, 0)


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ((*GOOD, joined(9, 3)), "given twice"),
        ((joined(1, 2), joined(2, 1), joined(3, 3)), "overtook"),
        ((joined(1, 1), joined(2, 2)), "tickets are not in the journal"),
        ((*GOOD[:3], called(4, 2), called(5, 1)), "went back"),
        ((*GOOD[:4], passed(5, 3)), "before their call"),
        ((*GOOD[:3], passed(3, 1), called(4, 1)), "before their call"),
    ],
)
def test_a_line_that_is_not_fair_is_found(rows: tuple[Row, ...], what: str) -> None:
    """Places twice, overtaking, lost tickets, a serving number that goes back, people let in early."""
    assert any(what in broken.what for broken in _places(log_of(*rows), JOINED, {}))


def test_somebody_put_out_is_found_in_the_journal_and_by_the_crowd() -> None:
    """Rule 2 has two witnesses."""
    log = log_of(*GOOD, Row(at=9, fact=Fact.EXPELLED))
    assert _watching(log, JOINED)
    assert _watching(log_of(*GOOD), LivedThrough(joined=3, expelled=1))


def test_an_index_that_takes_more_than_its_bytes_is_found() -> None:
    """Rule 3: 32 bytes a place, once those are more than the megabyte that an empty index has."""
    empty, large = PackedIndex(1).bytes_used, 50_000
    assert not _waiting(INDEX_BYTES_MAX * large, large)
    assert _waiting(INDEX_BYTES_MAX * large + 1, large)
    # A small night's index is mostly its first tables, which is no defect of it.
    assert not _waiting(empty, 25_000)
    assert _waiting(empty + 1, 25_000)


def paces(*, called: int, rate_per_s: float, beat_s: float = 10.0, ticks: int = 60) -> list[Pace]:
    """A stretch of equal ticks with a line."""
    return [
        Pace(
            at_s=60 + tick * TICK_S,
            rate_per_s=rate_per_s,
            called=called,
            waiting=100,
            inside=1000.0,
            beat_s=beat_s,
            binding="sign_in",
            terms=(),
            lanes={"known": LanePace(rate_per_s=rate_per_s, called=called, waiting=100, binding="sign_in")},
        )
        for tick in range(ticks)
    ]


def test_free_slots_that_nobody_is_called_to_are_found() -> None:
    """Rule 4: the rate says some, and nobody comes in."""
    assert _filling(paces(called=0, rate_per_s=10.0), NIGHT)
    assert not _filling(paces(called=2, rate_per_s=10.0), NIGHT)
    assert not _filling(paces(called=0, rate_per_s=0.0), NIGHT)


def test_a_door_shut_without_a_stretched_message_is_found() -> None:
    """Rule 6: the messages of those inside come first."""
    assert _levers(paces(called=0, rate_per_s=0.0), NIGHT)
    assert not _levers(paces(called=0, rate_per_s=0.0, beat_s=20.0), NIGHT)
    assert _levers(paces(called=2, rate_per_s=10.0, beat_s=99.0), NIGHT)


def test_more_called_than_published_shows_in_the_figure() -> None:
    """Twice as many as the rate allows: nearly 2."""
    assert called_against_published(paces(called=5, rate_per_s=10.0)) == pytest.approx(1.96, abs=0.05)
    assert called_against_published(paces(called=2, rate_per_s=10.0)) < 1.0
