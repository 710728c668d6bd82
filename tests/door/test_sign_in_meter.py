"""What a door sees of the back end by forwarding: capacity at once, and no brake on what the permit lets stand."""

import pytest

from kickoff.admission.orders import Health
from kickoff.door.sign_in_meter import SignInMeter
from kickoff.units import US_PER_S, AtUs

LIMIT = 64


def word(at_s: float, *, capacity_per_s: float = 50.0, queue_ms: float = 900.0, name: str = "sign_in") -> Health:
    """A report of the back end, late in both numbers."""
    at = AtUs(round(at_s * US_PER_S))
    return Health(dependency=name, at=at, utilisation=1.0, queue_ms=queue_ms, errors=0, capacity_per_s=capacity_per_s)


class Rig:
    """A meter that has heard its first report, with so many calls in hand."""

    def __init__(self, in_hand: int) -> None:
        self.meter = SignInMeter()
        for _ in range(in_hand):
            self.meter.begin()
        self.at_s = 1.0
        self.hear()

    def hear(self, *, capacity_per_s: float = 50.0, limit: int = LIMIT) -> Health:
        """What the controller reads at the next report."""
        words = (word(self.at_s, capacity_per_s=capacity_per_s),)
        (found,) = self.meter.corrected(words, limit=limit, now=round(self.at_s * US_PER_S))
        self.at_s += 1.0
        return found

    def carry(self, count: int, *, then_begin: int = 0) -> None:
        """So many come back, and others go."""
        for _ in range(count):
            self.meter.finish(was_carried=True)
        for _ in range(then_begin):
            self.meter.begin()


def test_a_backlog_that_lasts_tells_the_capacity_within_a_second() -> None:
    """Half of the processor is lost, and comes back: the door counts it, while the gauge still remembers."""
    rig = Rig(60)
    rig.carry(25, then_begin=25)
    assert rig.hear(capacity_per_s=46.0).capacity_per_s == 25
    rig.carry(50, then_begin=20)
    assert rig.hear(capacity_per_s=26.0).capacity_per_s == 50


def test_without_a_backlog_the_calls_are_the_least_that_is_carried() -> None:
    """Ten calls in a quiet second are no capacity of ten; forty are at least forty."""
    rig = Rig(0)
    for count, expected in ((10, 30), (40, 40)):
        for _ in range(count):
            rig.meter.begin()
            rig.carry(1)
        assert rig.hear(capacity_per_s=30.0).capacity_per_s == expected


def test_what_the_permit_lets_stand_is_no_congestion() -> None:
    """A pool of people at sign-in brakes nobody; what lies beyond the limit is a queue, at the rate that is seen."""
    rig = Rig(84)
    rig.carry(20, then_begin=20)
    assert rig.hear(limit=84).queue_ms == 0
    rig.carry(20, then_begin=20)
    assert rig.hear(limit=64).queue_ms == pytest.approx(1000 * 20 / 20)


def test_little_seen_changes_nothing() -> None:
    """A few calls, a report after a long silence, a back end that was never measured: its own word stands."""
    rig = Rig(3)
    rig.carry(5, then_begin=5)
    assert rig.hear().queue_ms == 900
    rig.carry(30, then_begin=30)
    rig.at_s += 60
    assert rig.hear().capacity_per_s == 50
    rig.carry(30, then_begin=30)
    assert rig.hear(capacity_per_s=0.0).capacity_per_s == 0


def test_a_report_is_corrected_once_and_others_never() -> None:
    """Between two reports the controller reads the same word at each tick; playlists are not the door's to judge."""
    rig = Rig(60)
    rig.carry(25, then_begin=25)
    words = (word(5.0), word(5.0, name="playlist"))
    first = rig.meter.corrected(words, limit=LIMIT, now=3 * US_PER_S)
    rig.carry(9)
    assert rig.meter.corrected(words, limit=LIMIT, now=4 * US_PER_S) == first
    assert first[1] == words[1]
    assert rig.meter.in_hand == 51


def test_calls_that_failed_are_not_carried() -> None:
    """What the back end dropped says nothing of what it can."""
    rig = Rig(60)
    rig.carry(20)
    for _ in range(20):
        rig.meter.finish(was_carried=False)
    assert rig.hear().capacity_per_s == 20
