"""When do those inside help? Their messages come less often: first for those in line, then in deep trouble.

A heartbeat is work for the house and no use to the viewer, so before anybody is touched, `beat_s` doubles in steps up
to `beat_s_max`; each client hears it at its next beat.

*For those in line, one step.* Where those inside hold the line, because a dependency that they live on has nothing left
for the door, half of their beats make room for the way in. It is not pulled whenever a line stands, and it lets nobody
in who would not be carried without it: the room is for the calls of the way in, which end with the line, and never for
more viewers than the house carries with beats as usual (`most_inside`). So nothing is missing in trouble: those inside
ask for half of what they would, and have already heard of it.

*In trouble, as many as it takes.* When those inside ask for more than a dependency carries, the steps that bring them
below it are taken at once, and one more: every second is a thirtieth of all beats, and whoever has heard of the first
step hears of a second one only a longer beat later. It goes back a step at a time, after calm; where twice the work of
those inside would not fit, after a long one.
"""

import math
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from kickoff.admission.costs import Costs
from kickoff.admission.signals import Sighting
from kickoff.night import DoorRules

TROUBLE_S = 2.0
"""Trouble must last so long for the first step, and so long again for each further one."""
CALM_S = 20.0
BRAKE_DEEP = 0.35
STEPS_MAX = 8
FAILING_STEPS = 2
"""Of what fails whatever is asked, every call less is a failure less: three quarters of the beats, at once."""
TOO_MUCH = 1.03
"""A house that fills up ends just below 1: that is a full house, and no trouble."""
TWICE_FITS = 0.45
LONG_CALM_S = 60.0
"""Where twice the work of those inside would not fit, were all of it beats: a step back is then a trial."""
HELD_S = 2.0
"""Those inside hold the line for so long before they are asked to help it."""
HELD_LOAD = (0.3, 0.85)
"""Of capacity, by those inside: less would make no room, and with more the house is nearly full for good."""
FULL_FOR_GOOD = 0.93
"""Of capacity, with beats as usual: then the step makes room for nobody."""
CARRIED = 0.97
"""Of capacity, with beats as usual: how many may be inside while the step is in force."""
UNSETTLED_S = 180.0
"""The longest beat, until all have heard of a step back, and a minute in which it is learnt."""


class Stretch(Struct, frozen=True, kw_only=True):
    """The steps in force, and how long trouble or calm has lasted since they last changed. Seconds."""

    step: int = 0
    for_line: bool = False
    """One of the steps is for those in line."""
    turning_s: float = 0.0
    """How long there has been reason to take that step, or to take it back."""
    trouble_s: float = 0.0
    calm_s: float = 0.0
    unsettled_s: float = 0.0
    """How long after the last step back what those inside ask is yet to rise."""

    @property
    def in_trouble(self) -> int:
        """Steps that are not for those in line."""
        return self.step - self.for_line


class Load(Struct, frozen=True, kw_only=True):
    """What the house says about those inside. Shares of capacity, of the worst dependency."""

    inside: float
    rested: float = 0.0
    """With beats as usual."""
    in_trouble: bool = False
    fails: bool = False
    """A dependency that they live on answers them with errors."""
    holds_line: bool = False
    """A dependency that they live on is what people in line wait for."""
    line_stands: bool = False


def stretched(before: Stretch, load: Load, *, tick_s: float) -> Stretch:
    """The steps one tick later."""
    after = _turned(before, load, tick_s=tick_s)
    unsettled_s = UNSETTLED_S if after.step else max(0.0, before.unsettled_s - tick_s)
    return msgspec.structs.replace(after, unsettled_s=unsettled_s)


def _turned(before: Stretch, load: Load, *, tick_s: float) -> Stretch:
    now = _for_line(before, load, tick_s=tick_s)
    needed = min(STEPS_MAX, 1 + math.ceil(math.log2(load.inside))) if load.inside > TOO_MUCH else 0
    if load.fails:
        needed = max(needed, FAILING_STEPS)
    if now.in_trouble == 0 and needed > 0:
        return _stepped(now, needed)
    trouble_s = now.trouble_s + tick_s if load.in_trouble or load.inside > TOO_MUCH else 0.0
    calm_s = 0.0 if trouble_s else now.calm_s + tick_s
    if trouble_s >= TROUBLE_S and now.step < STEPS_MAX:
        return _stepped(now, 1)
    if calm_s >= (CALM_S if load.inside <= TWICE_FITS else LONG_CALM_S) and now.in_trouble > 0:
        return _stepped(now, -1)
    return msgspec.structs.replace(now, trouble_s=trouble_s, calm_s=calm_s)


def _stepped(now: Stretch, steps: int) -> Stretch:
    return Stretch(step=now.step + steps, for_line=now.for_line, turning_s=now.turning_s)


def _for_line(now: Stretch, load: Load, *, tick_s: float) -> Stretch:
    """The step for those in line, taken or taken back; those of trouble stay."""
    if now.for_line:
        turns, after_s = not load.line_stands or load.rested >= FULL_FOR_GOOD, CALM_S
    else:
        turns, after_s = load.holds_line and HELD_LOAD[0] <= load.inside <= HELD_LOAD[1], HELD_S
    turning_s = now.turning_s + tick_s if turns else 0.0
    if turning_s < after_s:
        return msgspec.structs.replace(now, turning_s=turning_s)
    return Stretch(step=now.step + (-1 if now.for_line else 1), for_line=not now.for_line)


def rested(before: Mapping[str, float], costs: Costs, stretch: Stretch) -> dict[str, float]:
    """Dependency → calls a second of one viewer inside with beats as usual; learnt only while they are.

    A dependency that no beat reaches is one that no step makes room in: what it is asked at rest must be as exact as
    what it is asked now, or it is taken to have twice as much to come.
    """
    if stretch.step:
        return dict(before)
    least = before if stretch.unsettled_s > 0 else {}
    return {name: max(slope.value, least.get(name, 0.0)) for name, slope in costs.slopes.items()}


def at_rest(known: Mapping[str, float], costs: Costs, stretch: Stretch, dependency: str) -> float:
    """What one viewer inside would ask of the dependency with beats as usual: as learnt, or all its calls beats."""
    most = costs.inside(dependency) * 2.0**stretch.step
    return min(known.get(dependency, most), most)


def most_inside(
    known: Mapping[str, float], costs: Costs, stretch: Stretch, sightings: Mapping[str, Sighting]
) -> dict[str, float]:
    """Dependency → viewers whom it carries with beats as usual, while one step makes room for those in line."""
    if not stretch.for_line or stretch.in_trouble:
        return {}
    asked = {name: at_rest(known, costs, stretch, name) for name in sightings}
    return {
        name: CARRIED * seen.capacity_per_s / asked[name]
        for name, seen in sightings.items()
        if seen.capacity_per_s > 0 and asked[name] > 0
    }


def beat_s(stretch: Stretch, rules: DoorRules) -> float:
    """Seconds between two heartbeats of one viewer: `beat_s` doubled at each step, at most `beat_s_max`."""
    return min(rules.beat_s_max, rules.beat_s * 2.0**stretch.step)
