"""A lane that others give places of too: what a door knows of it, and what people are told across a gap."""

import json

import msgspec

from kickoff.units import Place
from kickoff.waiting_room.eta import eta_interval
from kickoff.waiting_room.shared import SharedBook, Standing
from kickoff.waiting_room.snapshot import LaneStatus, Snapshot, status_object
from tests.conductor.test_alone import told
from tests.door.rig import night

GAP = (1_001, 66_536)


def standing(last: int, *skips: tuple[int, int]) -> Standing:
    """What the line says."""
    return Standing(epoch=1, last=last, raised=1, survived=0, skips=skips)


def test_a_book_goes_on_and_never_back() -> None:
    """Answers of two calls may come in either order."""
    book = SharedBook()
    book.hear(standing(70_000, GAP))
    book.hear(standing(900))
    assert (book.last_given, book.skips) == (70_000, (GAP,))
    assert book.given == 70_000 - 65_536
    assert book.ahead(66_540, 990) == 10 + 4


def test_nobody_is_told_to_wait_for_numbers_that_nobody_has() -> None:
    """Behind a gap of 65,536 stand those who came after the failover: a minute after it, not an hour."""
    lane = LaneStatus(serving=Place(990), skips=(GAP,), rate_per_s=10.0, eta=(0.1, 0.1, 0.1))
    interval = eta_interval(66_540, lane)
    assert interval is not None
    assert round(interval[1], 6) == 1.4


def test_the_status_object_names_a_gap_and_is_as_ever_without_one() -> None:
    """A page computes its own place; the bytes of a line without a failover do not change."""
    snapshot: Snapshot = told(night(), rate_per_s=10.0)
    assert "skips" not in json.loads(status_object(snapshot))["lanes"]["main"]
    lanes = {"main": msgspec.structs.replace(snapshot.lanes["main"], skips=(GAP,))}
    shown = json.loads(status_object(msgspec.structs.replace(snapshot, lanes=lanes)))
    assert shown["lanes"]["main"]["skips"] == [list(GAP)]
