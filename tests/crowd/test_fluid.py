"""The fluid world: people are neither lost nor made, and the production controller protects those inside in it."""

import msgspec
import numpy as np
import pytest

from kickoff.crowd.fluid import Move, Passed, Seen, pass_by
from kickoff.crowd.fluid_door import Kickoff
from kickoff.crowd.fluid_world import SCENARIOS, Nights, Parameters, nights

SEEDS = (1, 2)
SHORT = Parameters(night_s=240.0)


class Everyone:
    """Lets in all who have come, the stretch as it was."""

    def __init__(self, these: Nights) -> None:
        self._count = len(these.seeds)

    def move(self, seen: Seen) -> Move:
        """All of them."""
        return Move(stretch=np.zeros(self._count, dtype=np.int64), passes=seen.line)


def played(name: str, *, parameters: Parameters = SHORT) -> Passed:
    """The production controller on two nights of a scenario."""
    scenario = next(one for one in SCENARIOS if one.name == name)
    these = nights(scenario, SEEDS, parameters)
    return pass_by(these, Kickoff(these))


def test_a_seed_draws_the_same_house_in_every_scenario() -> None:
    """Else a scenario would be compared with another house."""
    calm, lost = (nights(scenario, SEEDS) for scenario in (SCENARIOS[0], SCENARIOS[1]))
    before = int(lost.fault_tick.min())
    assert np.array_equal(calm.capacity[:before], lost.capacity[:before])
    assert np.array_equal(calm.at_the_door, lost.at_the_door)


def test_nobody_is_lost_on_the_way() -> None:
    """Whoever has a pass is inside in the end: the world has no hole that would flatter a controller."""
    roomy = msgspec.structs.replace(SHORT, people=20_000)
    these = nights(SCENARIOS[0], SEEDS, roomy)
    assert pass_by(these, Everyone(these)).inside[-1] == pytest.approx(20_000, rel=0.001)


def test_some_calls_fail_on_any_night_and_nobody_watching_notices() -> None:
    """One in ten thousand, in whole calls; the player's own retry is answered, so that an oracle has none to fail."""
    these = nights(SCENARIOS[0], SEEDS, msgspec.structs.replace(SHORT, people=20_000))
    full = np.maximum(0.0, these.strays * these.capacity).sum(axis=(0, 1))
    assert full == pytest.approx(1e-4 * these.capacity.sum(axis=(0, 1)), rel=0.1)
    assert pass_by(these, Everyone(these)).failed_inside.sum() == 0


def test_two_thirds_of_the_nodes_lost_fail_no_call_of_anybody_who_fits() -> None:
    """On both nights those inside ask for less than what is left: the gate and the stretch are quick enough."""
    night = played("65 % of nodes lost")
    assert night.failed_inside.sum() == 0
    assert night.inside[-1].min() > 100_000


def test_an_open_door_fails_people_who_watch() -> None:
    """A world in which nothing can go wrong would prove nothing."""
    these = nights(SCENARIOS[1], SEEDS, SHORT)
    assert pass_by(these, Everyone(these)).failed_inside.sum() > 1000
