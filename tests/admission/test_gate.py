"""Those who are on their way when capacity falls, and those who are called ahead."""

import pytest

from kickoff.admission.flow import Flow
from kickoff.admission.gate import AHEAD_MAX, Gate, ahead, metered, room
from kickoff.admission.limits import Limit

ARRIVE_S = 5.0
COMING = Flow(on_way=(100.0, 100.0, 100.0, 100.0), came=1000.0, expected=1000.0)
"""400 people in four stages of 1.25 s: 80 a second are about to come."""


def limit(free_per_s: float, *, protects_inside: bool = True) -> Limit:
    """One dependency; an admission is a call."""
    return Limit(name="playlist", free_per_s=free_per_s, costs={"main": 1.0}, words="", protects_inside=protects_inside)


def test_as_many_are_called_as_will_be_let_in_while_one_of_them_comes() -> None:
    """Too few on their way: call ahead. Too many: call fewer. As many as should be: call at the rate."""
    assert ahead(80.0, COMING, arrive_s=ARRIVE_S) == pytest.approx(1.0)
    assert ahead(200.0, COMING, arrive_s=ARRIVE_S) > 1.0
    assert ahead(40.0, COMING, arrive_s=ARRIVE_S) < 1.0
    assert ahead(80.0, Flow(), arrive_s=ARRIVE_S) == AHEAD_MAX


def test_the_gate_shuts_when_those_on_their_way_do_not_fit_and_lets_in_as_many_as_do() -> None:
    """Calling nobody is too late by the time it takes them to come."""
    room_per_s, expected_per_s = room((limit(20.0),), {"main": COMING}, arrive_s=ARRIVE_S)
    assert (room_per_s, expected_per_s) == pytest.approx((20.0, 80.0))
    gate, passes, given = Gate(), 0, list[int | None]()
    for _ in range(8):
        gate, passes_now = metered(gate, room_per_s=room_per_s, expected_per_s=expected_per_s, tick_s=0.25)
        given.append(passes_now)
        passes += passes_now or 0
    assert gate.shut
    assert passes == 40, "20 a second for two seconds"
    assert metered(gate, room_per_s=80.0, expected_per_s=80.0, tick_s=0.25) == (Gate(), None)


def test_a_dependency_that_nobody_inside_needs_never_shuts_the_gate() -> None:
    """Sign-in has its permit: who meets its queue is told to ask again, and a known household does not even meet it."""
    room_per_s, expected_per_s = room((limit(1.0, protects_inside=False),), {"main": COMING}, arrive_s=ARRIVE_S)
    assert metered(Gate(), room_per_s=room_per_s, expected_per_s=expected_per_s, tick_s=0.25) == (Gate(), None)
