"""`bench/told.py`: what is left out of a night changes nothing that people are told."""

from itertools import pairwise

import numpy as np
import pytest

from bench.told import Listening, alike, heard, places_of
from kickoff.admission.orders import Orders
from kickoff.crowd.fluid import Seen, pass_by
from kickoff.crowd.fluid_door import Kickoff
from kickoff.crowd.fluid_world import SCENARIOS, Nights, Parameters, Scenario, nights
from kickoff.waiting_room.eta import Curve

SEED = 1_003
PARAMETERS = Parameters(night_s=240.0)
BY_NAME = {one.name: one for one in SCENARIOS}
QUIET, LOST = BY_NAME["no failure"], BY_NAME["65 % of nodes lost"]


class Everything(Kickoff):
    """The controller with nothing left out: what it calls, and what it tells, tick by tick."""

    def __init__(self, played: Nights) -> None:
        super().__init__(played)
        self.called: list[float] = []
        self.curves: list[Curve] = []

    def _decide(self, night: int, seen: Seen, permit: float) -> Orders:
        orders = super()._decide(night, seen, permit)
        self.called.append(orders.call)
        self.curves.extend(own.curve for own in orders.lanes.values())
        return orders


@pytest.fixture(scope="module")
def played_alone() -> Everything:
    """A night with a fall, from its first tick to its last."""
    played = nights(LOST, (SEED,), PARAMETERS)
    door = Everything(played)
    pass_by(played, door)
    return door


def test_a_night_that_begins_as_another_did_is_the_same_night(played_alone: Everything) -> None:
    """It is decided from its fault on alone; all that is asked of it is as if it had been played by itself."""
    quiet, lost = heard((QUIET, LOST), (SEED,), PARAMETERS)
    decided = int(np.flatnonzero(lost.called[:, 0])[-1]) + 1

    assert len(quiet.orders[0]) == int(lost.played.fault_tick[0]) < decided
    assert not lost.orders[0]
    assert lost.called[:decided, 0].tolist() == played_alone.called[:decided]
    for (tick, curve), (until, _) in pairwise(lost.told[0]):
        assert all(whole == curve for whole in played_alone.curves[tick:until])


def test_nothing_is_decided_when_the_last_place_asked_is_called_and_not_before(played_alone: Everything) -> None:
    """Who is asked last is judged as everybody is; what comes after them is nobody's wait."""
    [lost] = heard((LOST,), (SEED,), PARAMETERS)
    called, last = np.cumsum(lost.called[:, 0]), places_of(lost.joined[-1, 0], SEED).max()

    assert last <= called[-1]
    assert np.searchsorted(called, last) == np.searchsorted(np.cumsum(played_alone.called), last)
    assert called[-1] < np.sum(played_alone.called)
    assert lost.told[0][-1][0] >= np.searchsorted(lost.joined[:, 0], last)
    assert lost.told[0][-1][1]


def test_nights_that_differ_before_their_fault_are_not_taken_for_one() -> None:
    """A change of the world that parts them would be judged by the wrong orders, and nobody would see it."""
    with pytest.raises(RuntimeError, match="cold caches"):
        list(heard((QUIET, BY_NAME["cold caches"]), (SEED,), PARAMETERS))


def test_every_scenario_is_played_once_and_those_that_are_alike_together() -> None:
    """The largest group first: it takes longest."""
    groups = alike(SCENARIOS)
    together: list[Scenario] = [one for group in groups for one in group]

    assert sorted(one.name for one in together) == sorted(one.name for one in SCENARIOS)
    assert {QUIET, LOST} <= set(groups[0])
    assert [BY_NAME["cold caches"]] in [list(group) for group in groups]
    assert [len(group) for group in groups] == sorted(map(len, groups), reverse=True)
    assert all(isinstance(door, Listening) for door in heard(groups[-1], (SEED,), Parameters(night_s=1.0)))
