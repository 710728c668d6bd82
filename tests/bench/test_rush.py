"""What bench-rush says of a rush, on rushes small enough to count by hand."""

import numpy as np
from numpy.typing import NDArray

from bench.rush.counted import duplicates, middle_rate_per_s, overtakes, slot_waits_s
from bench.rush.plan import NEVER_COME_SHARE, plan_of

ALL_MAIN = np.zeros(4, np.bool_)


def ints(*numbers: int) -> NDArray[np.int64]:
    """A column."""
    return np.array(numbers, np.int64)


def test_a_place_given_twice_in_a_lane_is_counted_and_in_two_lanes_it_is_not() -> None:
    """A place is one only together with its lane."""
    assert duplicates(ints(1, 2, 2, 3), ALL_MAIN) == 1
    assert duplicates(ints(1, 2, 1, 2), np.array([True, True, False, False])) == 0


def test_who_asked_after_anothers_answer_and_stands_before_them_has_overtaken() -> None:
    """Two that were asked for at once may be answered in either order."""
    sent, answered = ints(1, 3, 5, 6), ints(2, 4, 8, 7)
    assert overtakes(ints(1, 2, 4, 3), sent, answered, ALL_MAIN) == 0
    assert overtakes(ints(2, 1, 3, 4), sent, answered, ALL_MAIN) == 1
    assert overtakes(ints(4, 1, 2, 3), sent, answered, ALL_MAIN) == 3
    assert overtakes(ints(2, 1, 3, 4), sent, answered, np.array([True, False, False, False])) == 0


def test_a_slot_waits_for_the_next_who_is_let_in() -> None:
    """Ten slots a second for two seconds, each filled half a second after it opened."""
    stood = np.array([(at, 5) for at in range(0, 2_100, 100)], np.int64)
    passed_ms = np.arange(100, 2_100, 100, dtype=np.int64) + 500
    waits = slot_waits_s(np.vstack([stood, [(2_600, 0)]]), passed_ms, opened_ms=0, per_s=10)
    assert waits.tolist() == [0.5] * 20


def test_slots_of_those_who_never_come_stay_open_until_somebody_is_called_for_them() -> None:
    """With every second one unfilled the wait grows as long as the line stands."""
    stood = np.array([(at, 5) for at in range(0, 10_100, 100)], np.int64)
    waits = slot_waits_s(stood, np.arange(0, 10_000, 200, dtype=np.int64), opened_ms=0, per_s=10)
    assert float(np.max(waits)) > 4


def test_more_let_in_than_there_are_slots_fill_none_ahead() -> None:
    """A burst does not pay for a lull after it."""
    stood = np.array([(at, 5) for at in range(0, 3_100, 100)], np.int64)
    waits = slot_waits_s(stood, ints(*[500] * 30, 3_000), opened_ms=0, per_s=10)
    assert (waits > 0.9).sum() >= 15


def test_what_a_door_can_let_in_is_seen_between_its_slow_beginning_and_its_end() -> None:
    """Nodes hear within two seconds that everybody was called: those seconds are not the door's."""
    steady = np.arange(3_000, 8_000, 2, dtype=np.int64)
    assert abs(middle_rate_per_s(np.concatenate([ints(1_000, 2_000), steady, ints(12_000)])) - 500) < 5


def test_no_slot_opens_while_nobody_waits() -> None:
    """An empty line leaves nothing empty."""
    assert slot_waits_s(np.array([(0, 0), (1_000, 0)], np.int64), ints(), opened_ms=0, per_s=10).size == 0


def test_the_plan_is_the_same_for_a_seed_and_half_of_one_lane_never_come() -> None:
    """Exactly half, of those without a session alone."""
    plan, again = plan_of(10_001, seed=3), plan_of(10_001, seed=3)
    assert np.array_equal(plan.comes, again.comes)
    assert plan.comes[plan.is_known].all()
    unknown = int(np.count_nonzero(~plan.is_known))
    assert plan.viewers - plan.come == round(unknown * NEVER_COME_SHARE)
    assert 0.68 < plan.is_known.mean() < 0.72
