"""Pictures in the fluid world: the ladder goes down where egress binds or is lost, nobody flaps, and it comes back."""

import msgspec
import numpy as np
import pytest

from kickoff.crowd.fluid import Move, Passed, Seen, pass_by
from kickoff.crowd.fluid_delivery import Delivery
from kickoff.crowd.fluid_door import Kickoff
from kickoff.crowd.fluid_world import DELIVERY, SCENARIOS, TICK_S, Parameters, nights

SEEDS = (9_000, 9_001)


class Unheard:
    """The door, whose cap on bitrates nobody obeys."""

    def __init__(self, door: Kickoff) -> None:
        self._door = door

    def move(self, seen: Seen) -> Move:
        """All orders but that one."""
        return msgspec.structs.replace(self._door.move(seen), rung=None)


def played(scenario: int, *, night_s: float = 420.0, is_heard: bool = True) -> Passed:
    """The production controller on two nights."""
    these = nights(DELIVERY[scenario], SEEDS, Parameters(night_s=night_s))
    door = Kickoff(these)
    return pass_by(these, door if is_heard else Unheard(door))


def turns(passed: Passed) -> tuple[list[int], list[int]]:
    """How often the ladder went down, and came back, in each night."""
    assert passed.pictures is not None
    steps = np.diff(passed.pictures.rung, axis=0)
    return (steps > 0).sum(axis=0).tolist(), (steps < 0).sum(axis=0).tolist()


def lost_s(passed: Passed) -> float:
    """Viewers' seconds without a moving picture."""
    assert passed.pictures is not None
    return float(passed.pictures.lost_s.sum())


def test_pictures_stand_still_when_buffers_are_empty_and_not_before() -> None:
    """Twice as much is asked as is carried: six seconds of film last twelve, then half of every second is lost."""
    scenario = msgspec.structs.replace(DELIVERY[0], egress=0.5)
    these = nights(scenario, (1,), Parameters(night_s=60.0, wobble=0.0, spread=0.0))
    delivery, everybody = Delivery(these), np.full(1, 200_000.0)
    for tick in range(round(30 / TICK_S)):
        delivery.tick(tick, np.zeros(1, dtype=np.int64), inside=everybody, heard=np.zeros(1))
    lost = delivery.pictures.lost_s[:, 0].cumsum()
    assert lost[round(11.5 / TICK_S)] == 0
    assert lost[-1] == pytest.approx(200_000 * 0.5 * 18, rel=0.03)


def test_a_cap_is_heard_at_beats_and_halves_what_is_asked() -> None:
    """Who has not heard of it shows what they showed."""
    these = nights(DELIVERY[0], (1,), Parameters(night_s=60.0, ladder_kbps=(8000, 4000), wobble=0.0))
    delivery, everybody = Delivery(these), np.full(1, 200_000.0)
    for tick, heard in enumerate((0.0, 0.5, 1.0)):
        delivery.tick(tick, np.ones(1, dtype=np.int64), inside=everybody, heard=np.full(1, heard))
    asked = delivery.pictures.asked[:3, 0]
    assert (asked / asked[0]).tolist() == pytest.approx([1.0, 0.75, 0.5], rel=0.01)


def test_where_egress_binds_the_ladder_goes_down_once_and_everybody_is_in() -> None:
    """Two thirds of what all would ask at the most: the night file says so, and no report."""
    night = played(0, night_s=300.0)
    assert turns(night) == ([1, 1], [0, 0])
    assert night.inside[-1].min() >= 0.999 * 200_000
    assert lost_s(night) == 0
    assert played(0, night_s=300.0, is_heard=False).inside[-1].max() < 0.9 * 200_000


def test_a_network_is_lost_and_comes_back_and_so_does_the_ladder() -> None:
    """A third of egress: no picture stands still, one step down, one up, and beats are not stretched by it."""
    night = played(1)
    assert turns(night) == ([1, 1], [1, 1])
    assert lost_s(night) == 0
    assert night.pictures is not None
    assert night.pictures.rung[-1].max() == 0
    assert night.inside[-1].min() >= 0.999 * 200_000
    assert int(night.stretch[night.nights.fault_tick.max() :].max()) <= 1


def test_two_networks_are_lost_and_most_pictures_go_on() -> None:
    """Two thirds: as many rungs as it takes at once, each comes back by itself, and the end is as the beginning."""
    night, unheard = played(2), played(2, is_heard=False)
    downs, ups = turns(night)
    assert max(downs) == 1
    assert max(ups) <= 3
    assert night.pictures is not None
    assert night.pictures.rung[-1].max() == 0
    assert lost_s(night) < 0.35 * lost_s(unheard)


def test_without_egress_nothing_is_told_of_pictures() -> None:
    """The judged scenarios are as they were."""
    these = nights(SCENARIOS[0], (1,), Parameters(night_s=30.0))
    night = pass_by(these, Kickoff(these))
    assert night.pictures is None
    assert np.isinf(these.egress_mbps).all()
