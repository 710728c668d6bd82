"""When do those inside see a smaller picture? Where the delivery network's egress, or the origin behind it, binds.

Heartbeats carry no pictures, so against these the stretch is no help. While people wait because of one of them, or
those inside ask more of it than it carries, the ladder of bitrates is capped a rung at a time, and each client hears it
at its next beat. The next rung is due only when all have heard and the bitrate that they report has followed.

Where a part of the networks is lost, buffers last some seconds and the next beat may be half a minute away: then as
many rungs are capped as it takes, at once. It comes back a rung at a time, once it is sure that the higher one fits:
were every viewer to show the most that it allows.
"""

from msgspec import Struct

CARRY_PICTURES = ("egress", "origin", "cdn")
"""Limits whose name begins so carry the pictures themselves."""
BINDS_S = 5.0
"""Longer than a burst."""
HEARD = 1.5
"""Intervals between beats after which all have heard, and their reports too."""
TOO_MUCH = 1.1
"""Of what is carried: no burst, and no house that fills up."""
FAR_TOO_MUCH = 1.5
"""Then buffers of some six seconds are empty before most have heard: one rung further brings relief sooner."""
CALM_S = 30.0
FITS = 0.9
"""Of what is carried: a rung comes back only below this."""


class Ladder(Struct, frozen=True, kw_only=True):
    """How many rungs are capped, and for how long there has been reason to change that. Seconds."""

    step: int = 0
    binds_s: float = 0.0
    calm_s: float = 0.0


def laddered(
    before: Ladder, *, use: float, kbps: float, binds: bool, rungs: tuple[int, ...], beat_s: float, tick_s: float
) -> Ladder:
    """The ladder one tick later.

    `use`: of egress or origin by those inside, the fuller one; as a share. `kbps`: their mean bitrate; 0: nobody has
    told it, and nothing is changed. `rungs`: kbit/s, the highest first; fewer than two: there is nothing to cap.
    `beat_s`: between two beats, as ordered now.
    """
    step = min(before.step, max(0, len(rungs) - 1))
    if kbps <= 0 or len(rungs) <= 1:
        return Ladder(step=step)
    # As it will be when all have heard of a rung, and show the most that it allows.
    uses = [use * rung / kbps for rung in rungs]
    if use > TOO_MUCH and uses[step] > 1.0:
        fitting = next((rung for rung, most in enumerate(uses) if most <= FITS), len(rungs) - 1)
        return Ladder(step=min(len(rungs) - 1, fitting + (use > FAR_TOO_MUCH)))
    if binds or use > 1.0:
        binds_s = before.binds_s + tick_s
        if binds_s >= max(BINDS_S, HEARD * beat_s if step else 0.0) and step + 1 < len(rungs):
            return Ladder(step=step + 1)
        return Ladder(step=step, binds_s=binds_s)
    if step and uses[step - 1] <= FITS:
        calm_s = before.calm_s + tick_s
        return Ladder(step=step - 1) if calm_s >= CALM_S else Ladder(step=step, calm_s=calm_s)
    return Ladder(step=step)


def cap_kbps(step: int, rungs: tuple[int, ...]) -> int | None:
    """The highest bitrate that a player may choose; None: any."""
    return rungs[min(step, len(rungs) - 1)] if step > 0 and len(rungs) > 1 else None


def carries_pictures(name: str) -> bool:
    """Whether smaller pictures are less work for it."""
    return name.startswith(CARRY_PICTURES)
