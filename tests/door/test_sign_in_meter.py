"""What a door sees of the back end by forwarding: capacity at once, what stands before it, and no brake on that."""

import pytest

from kickoff.admission.orders import Health
from kickoff.door.sign_in_meter import BUSY_RETRY_S, CAPACITY_LEAST, SETTLE_S, SignInMeter
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

    def stand(self, count: int) -> None:
        """So many are in hand now, whoever left."""
        for _ in range(count - self.meter.in_hand):
            self.meter.begin()

    def carry(self, count: int, *, then_begin: int = 0) -> None:
        """So many come back, and others go."""
        for _ in range(count):
            self.meter.finish(was_carried=True)
        for _ in range(then_begin):
            self.meter.begin()


def test_a_backlog_that_lasts_tells_the_capacity_within_a_second() -> None:
    """Half of the processor is lost, and comes back: the door counts it, while the gauge still remembers."""
    rig = Rig(60)
    rig.carry(50, then_begin=38)
    assert rig.hear(capacity_per_s=50.0).capacity_per_s == 50
    rig.carry(25, then_begin=87)
    lost = rig.hear(capacity_per_s=46.0, limit=110)
    assert lost.utilisation * lost.capacity_per_s == pytest.approx(25)
    assert lost.capacity_per_s == pytest.approx(25, abs=3)
    rig.carry(50)
    assert rig.hear(capacity_per_s=26.0).capacity_per_s == pytest.approx(50, abs=3)


def test_without_a_backlog_the_calls_are_the_least_that_is_carried() -> None:
    """Ten calls in a quiet second are no capacity of ten; forty are at least forty."""
    rig = Rig(0)
    for count, able in ((10, 30), (40, 40)):
        for _ in range(count):
            rig.meter.begin()
            rig.carry(1)
        found = rig.hear(capacity_per_s=30.0)
        assert found.capacity_per_s == pytest.approx(able + able / SETTLE_S)
        assert found.utilisation * found.capacity_per_s == pytest.approx(count)


def test_a_seconds_work_stands_before_the_back_end() -> None:
    """Fewer stand: more are called than it carries, else it idles when people come late. More stand: fewer are."""
    found = {}
    for standing in (12, 40, 60):
        rig = Rig(50)
        rig.carry(40, then_begin=standing - 10)
        found[standing] = rig.hear(capacity_per_s=40.0).capacity_per_s
    assert found[40] == pytest.approx(40)
    assert found[12] == pytest.approx(40 + 28 / SETTLE_S)
    assert found[60] == pytest.approx(40 - 20 / SETTLE_S)


def test_after_a_loss_more_stand_by_for_the_return() -> None:
    """Whoever is called when the capacity returns comes seconds too late; after minutes nobody waits for it."""
    rig = Rig(60)
    rig.carry(50, then_begin=36)
    rig.hear()
    seen = []
    for _ in range(600):
        rig.carry(25, then_begin=25)
        rig.stand(44)
        seen.append(rig.hear(capacity_per_s=25.0, limit=60).capacity_per_s)
    assert seen[0] > 25 + 10
    assert seen[-1] < 25


def test_those_whom_a_full_permit_sent_away_stand_too() -> None:
    """They come again: were they not counted, more and more would be called to a full house."""
    calm, full = Rig(60), Rig(60)
    for rig, away in ((calm, 0), (full, 10)):
        rig.carry(50, then_begin=38)
        for _ in range(away):
            rig.meter.turn_away()
    fewer = 10 * BUSY_RETRY_S / SETTLE_S
    assert full.hear().capacity_per_s == pytest.approx(calm.hear().capacity_per_s - fewer)


def test_what_it_carries_for_good_is_told_apart_from_what_sizes_its_queue() -> None:
    """Too few or too many stand there: the capacity says so, and is over in seconds; whoever foretells knows both."""
    found = []
    for in_hand in (30, 90):
        rig = Rig(in_hand)
        rig.carry(25, then_begin=25)
        rig.meter.turn_away(count=4)
        found.append(rig.hear(limit=110))
    few, many = found
    assert few.capacity_per_s > many.capacity_per_s
    assert few.lasting_per_s == many.lasting_per_s == pytest.approx(25)
    assert many.standing - few.standing == 60
    assert few.standing == pytest.approx(30 + 4 * BUSY_RETRY_S)


def test_however_many_stand_people_are_called() -> None:
    """A crowd at the door is served within seconds; a door that called nobody meanwhile had nobody after it."""
    rig = Rig(64)
    rig.carry(40, then_begin=40)
    for _ in range(500):
        rig.meter.turn_away()
    assert rig.hear().capacity_per_s == CAPACITY_LEAST * 40


def test_what_the_permit_lets_stand_is_no_congestion() -> None:
    """A pool of people at sign-in brakes nobody; what lies beyond the limit is a queue, at the rate that is seen."""
    rig = Rig(84)
    rig.carry(20, then_begin=20)
    assert rig.hear(limit=84).queue_ms == 0
    rig.carry(20, then_begin=20)
    assert rig.hear(limit=64).queue_ms == pytest.approx(1000 * 20 / 20)


def test_little_seen_changes_nothing() -> None:
    """Two calls, a report after a long silence, a back end that was never measured: its own word stands."""
    rig = Rig(3)
    rig.carry(2, then_begin=2)
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
    found = []
    for failed in (0, 20):
        rig = Rig(40 + failed)
        rig.carry(20)
        for _ in range(failed):
            rig.meter.finish(was_carried=False)
        found.append(rig.hear().capacity_per_s)
    assert found[0] == found[1]


def forwarded(meter: SignInMeter, *, carried: int, then_in_hand: int) -> None:
    """At one door: so many come back, and so many are in hand after them."""
    meter.begin(count=carried + then_in_hand)
    meter.finish(was_carried=True, count=carried)


def test_doors_of_one_line_are_added_up_as_if_one_had_forwarded_all() -> None:
    """A back end behind four doors is the same back end: no door sees what it can do, all of them do."""
    alone, leader, doors = SignInMeter(), SignInMeter(), [SignInMeter() for _ in range(4)]
    for meter in (alone, *doors):
        meter.begin(count=40 if meter is alone else 10)
    leader.hear({str(at): door.told(limit=LIMIT // 4) for at, door in enumerate(doors)})
    first = (word(1.0),)
    assert leader.corrected(first, limit=LIMIT, now=US_PER_S) == alone.corrected(first, limit=LIMIT, now=US_PER_S)
    forwarded(alone, carried=48, then_in_hand=12)
    alone.turn_away(count=4)
    for door in doors:
        forwarded(door, carried=12, then_in_hand=3)
        door.turn_away()
    leader.hear({str(at): door.told(limit=LIMIT // 4) for at, door in enumerate(doors)})
    assert (leader.in_hand, leader.limit(7)) == (alone.in_hand, LIMIT)
    second = (word(2.0, capacity_per_s=90.0),)
    expected = alone.corrected(second, limit=LIMIT, now=2 * US_PER_S)
    assert expected != second
    assert leader.corrected(second, limit=LIMIT, now=2 * US_PER_S) == expected


def test_a_door_that_is_gone_has_nothing_in_hand_and_one_that_starts_again_counts_from_nothing() -> None:
    """Else the dead would stand before the back end for the rest of the night."""
    leader, door = SignInMeter(), SignInMeter()
    door.begin(count=30)
    door.finish(was_carried=True, count=20)
    leader.hear({"a": door.told(limit=8)})
    again = SignInMeter()
    again.begin(count=9)
    again.finish(was_carried=True, count=5)
    leader.hear({"a": again.told(limit=8)})
    assert (leader.in_hand, leader._carried) == (4, 5)
    leader.hear({})
    assert (leader.in_hand, leader.limit(7)) == (0, 7)


def test_a_back_end_that_was_idle_at_all_doors_for_a_moment_may_be_able_to_more() -> None:
    """A moment between two words counts: what came back is then no measure of what it can."""
    leader, door = SignInMeter(), SignInMeter()
    door.begin(count=20)
    leader.hear({"a": door.told(limit=LIMIT)})
    leader.corrected((word(1.0),), limit=LIMIT, now=US_PER_S)
    door.finish(was_carried=True, count=20)
    door.begin(count=20)
    leader.hear({"a": door.told(limit=LIMIT)})
    leader.hear({"a": door.told(limit=LIMIT)})
    (found,) = leader.corrected((word(2.0, capacity_per_s=50.0),), limit=LIMIT, now=2 * US_PER_S)
    assert found.capacity_per_s * found.utilisation == pytest.approx(20)
    assert found.capacity_per_s > 40
