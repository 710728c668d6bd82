"""When those inside help: one step for those in line, as many as it takes in trouble, and back."""

import pytest

from kickoff.admission.costs import Costs, Slope
from kickoff.admission.orders import Health
from kickoff.admission.signals import Sighting
from kickoff.admission.stretch import (
    CALM_S,
    CARRIED,
    HELD_S,
    TROUBLE_S,
    UNSETTLED_S,
    Load,
    Stretch,
    beat_s,
    most_inside,
    rested,
    stretched,
)
from kickoff.night import DoorRules
from kickoff.units import AtUs

HOLDS = Load(inside=0.5, rested=0.5, holds_line=True, line_stands=True)
ENTITLEMENT = {"entitlement": Slope(value=0.02)}


def after(stretch: Stretch, load: Load, seconds: float) -> Stretch:
    """The stretch when the load has been so for a time."""
    for _ in range(round(seconds)):
        stretch = stretched(stretch, load, tick_s=1.0)
    return stretch


def sighting(capacity_per_s: float) -> Sighting:
    """Entitlement as reported."""
    health = Health(
        dependency="entitlement", at=AtUs(0), utilisation=0.5, queue_ms=0.0, errors=0, capacity_per_s=capacity_per_s
    )
    return Sighting(health=health, capacity_per_s=capacity_per_s)


def test_heartbeats_double_in_trouble_up_to_the_most_and_come_back_in_calm() -> None:
    """10 → 20 → 40 and no further, then back step by step."""
    rules = DoorRules(beat_s=10.0, beat_s_max=40.0)
    stretch, seen = Stretch(), []
    for _ in range(round(4 * TROUBLE_S)):
        stretch = stretched(stretch, Load(inside=0.9, in_trouble=True), tick_s=1.0)
        seen.append(beat_s(stretch, rules))
    assert seen[-1] == 40.0
    assert sorted(seen) == seen
    assert beat_s(after(stretch, Load(inside=0.2), 10 * CALM_S), rules) == 10.0


def test_a_house_that_cannot_carry_those_inside_stretches_at_once_and_only_so_far_as_it_helps() -> None:
    """Every second of hesitation is a share of all beats at the old interval; a full house is no trouble."""
    rules = DoorRules(beat_s=10.0, beat_s_max=80.0)
    assert beat_s(stretched(Stretch(), Load(inside=0.97), tick_s=0.25), rules) == 10.0
    assert beat_s(stretched(Stretch(), Load(inside=1.6), tick_s=0.25), rules) == 40.0
    held = after(Stretch(step=2), Load(inside=0.6), 2 * CALM_S)
    assert held.step == 2, "twice the work of those inside would not fit"


def test_those_inside_help_a_line_that_waits_for_them_and_stop_when_it_is_gone() -> None:
    """One step while their beats are what the line waits for; who is in line for sign-in has nothing from it."""
    helping = after(Stretch(), HOLDS, HELD_S)
    assert (helping.step, helping.for_line) == (1, True)
    assert after(Stretch(), Load(inside=0.5, rested=0.5, line_stands=True), 60).step == 0
    assert after(helping, Load(inside=0.25, rested=0.5, line_stands=True), 60).step == 1
    assert after(helping, Load(inside=0.25, rested=0.5), CALM_S).step == 0


@pytest.mark.parametrize("inside", [0.1, 0.9])
def test_no_help_where_it_makes_no_room(inside: float) -> None:
    """Few inside have few beats to give; a house that is nearly full has room for nobody however they beat."""
    assert after(Stretch(), Load(inside=inside, rested=inside, holds_line=True, line_stands=True), 60).step == 0


def test_a_house_that_is_full_for_good_takes_the_help_back() -> None:
    """A line that stands before a full house all night would else keep every beat away all night."""
    full = Load(inside=0.48, rested=0.96, holds_line=True, line_stands=True)
    assert after(Stretch(step=1, for_line=True), full, CALM_S).step == 0


def test_trouble_comes_on_top_of_the_help_and_goes_first() -> None:
    """Who has heard of one step hears of the others; calm takes back what trouble took, not what the line needs."""
    troubled = stretched(Stretch(step=1, for_line=True), Load(inside=1.2, rested=2.4, line_stands=True), tick_s=0.25)
    assert (troubled.step, troubled.in_trouble) == (3, 2)
    calm = after(troubled, Load(inside=0.2, rested=0.4, line_stands=True), 3 * CALM_S)
    assert (calm.step, calm.in_trouble) == (1, 0)


def test_the_help_lets_nobody_in_whom_the_house_would_not_carry_without_it() -> None:
    """The room is for the way in: more viewers than fit with beats as usual would be missing it in trouble."""
    costs = Costs(slopes=ENTITLEMENT)
    known = rested({}, costs, Stretch())
    # All beats are heard half as often by now.
    halved = Costs(slopes={"entitlement": Slope(value=0.01)})
    helping = Stretch(step=1, for_line=True)
    most = most_inside(known, halved, helping, {"entitlement": sighting(1000.0)})
    assert most == {"entitlement": pytest.approx(CARRIED * 1000.0 / 0.02)}
    assert most_inside(known, costs, Stretch(), {"entitlement": sighting(1000.0)}) == {}


def test_what_one_asks_at_rest_is_learnt_at_rest_and_not_from_beats_that_are_yet_to_come_back() -> None:
    """After a step back the beats come back over minutes: what was known before is not forgotten for what is seen."""
    costs = Costs(slopes={"entitlement": Slope(value=0.01)})
    known = {"entitlement": 0.02}
    assert rested(known, costs, Stretch(step=1)) == known
    back = after(Stretch(step=1, for_line=True), Load(inside=0.1), CALM_S)
    assert back.step == 0
    assert rested(known, costs, back) == known
    assert rested(known, Costs(slopes={"entitlement": Slope(value=0.03)}), back) == {"entitlement": 0.03}
    assert rested(known, costs, after(back, Load(inside=0.1), UNSETTLED_S)) == {"entitlement": 0.01}


def test_a_dependency_that_no_beat_reaches_is_not_taken_to_have_twice_as_much_to_come() -> None:
    """The doors shut for minutes over a house that was half full.

    What a small house asks is first taken for too much, and that was forgotten so slowly that a minute later playlists,
    which no step stretches, were believed to double when the step ends.
    """
    first = rested({}, Costs(slopes={"playlist": Slope(value=0.05)}), Stretch())
    settled = Costs(slopes={"playlist": Slope(value=0.01)})
    known = rested(first, settled, Stretch())
    most = most_inside(known, settled, Stretch(step=1, for_line=True), {"playlist": sighting(1000.0)})
    assert most == {"playlist": pytest.approx(CARRIED * 1000.0 / 0.01)}


def test_what_fails_whatever_is_asked_is_asked_less_at_once() -> None:
    """Errors that come fast are no queue that a step would shorten: each beat less is a failed call less."""
    failing = stretched(Stretch(), Load(inside=0.2, in_trouble=True, fails=True), tick_s=0.25)
    assert (failing.step, failing.in_trouble) == (2, 2)
