"""When do those inside help? The first lever in deep trouble: their messages come less often.

A heartbeat is work for the house and no use to the viewer, so before anybody is touched, `beat_s` doubles in steps up
to `beat_s_max`; each client hears it at its next beat. When those inside ask for more than a dependency carries, the
steps that bring them below it are taken at once, and one more: every second is a thirtieth of all beats, and whoever
has heard of the first step hears of a second one only a longer beat later. It is not pulled whenever a line stands:
that was tried, and is worse, because the room it makes is filled with more viewers at once and is then missing in
trouble.
It goes back a step at a time, after calm; where twice the work of those inside would not fit, after a long one.
"""

import math

from msgspec import Struct

from kickoff.night import DoorRules

TROUBLE_S = 2.0
"""Trouble must last so long for the first step, and so long again for each further one."""
CALM_S = 20.0
BRAKE_DEEP = 0.35
STEPS_MAX = 8
TOO_MUCH = 1.03
"""A house that fills up ends just below 1: that is a full house, and no trouble."""
TWICE_FITS = 0.45
LONG_CALM_S = 60.0
"""Where twice the work of those inside would not fit, were all of it beats: a step back is then a trial."""


class Stretch(Struct, frozen=True, kw_only=True):
    """The step in force, and how long trouble or calm has lasted since it last changed. Seconds."""

    step: int = 0
    trouble_s: float = 0.0
    calm_s: float = 0.0


def stretched(stretch: Stretch, *, load_inside: float, in_trouble: bool, tick_s: float) -> Stretch:
    """The step one tick later. `load_inside`: of those inside ÷ capacity, of the worst dependency."""
    needed = min(STEPS_MAX, 1 + math.ceil(math.log2(load_inside))) if load_inside > TOO_MUCH else 0
    if stretch.step == 0 and needed > 0:
        return Stretch(step=needed)
    trouble_s = stretch.trouble_s + tick_s if in_trouble or load_inside > TOO_MUCH else 0.0
    calm_s = 0.0 if trouble_s else stretch.calm_s + tick_s
    if trouble_s >= TROUBLE_S and stretch.step < STEPS_MAX:
        return Stretch(step=stretch.step + 1)
    if calm_s >= (CALM_S if load_inside <= TWICE_FITS else LONG_CALM_S) and stretch.step > 0:
        return Stretch(step=stretch.step - 1)
    return Stretch(step=stretch.step, trouble_s=trouble_s, calm_s=calm_s)


def beat_s(stretch: Stretch, rules: DoorRules) -> float:
    """Seconds between two heartbeats of one viewer: `beat_s` doubled at each step, at most `beat_s_max`."""
    return min(rules.beat_s_max, rules.beat_s * 2.0**stretch.step)
