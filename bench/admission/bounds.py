"""What is the best, and what is the least harm? The oracle and the floor of each night, computed, never chosen."""

import numpy as np
from numpy.typing import NDArray

from kickoff.crowd.fluid import STEPS, Move, Passed, Seen, pass_by
from kickoff.crowd.fluid_queues import CARRIED
from kickoff.crowd.fluid_world import ENTITLEMENT, PLAYLIST, TICK_S, Floats, Nights

HALVINGS = 10
TARGET = (0.3, 2.0)
AHEAD_S = 1.0
"""The oracle fills what will be there until the calls of those it lets in are worked off."""


class Oracle:
    """Lets in what `target · capacity` leaves, tick by tick, capacity known ahead."""

    def __init__(self, nights: Nights, target: Floats) -> None:
        self._nights, self._target = nights, target
        ahead = round(AHEAD_S / TICK_S)
        rows = nights.capacity
        padded = np.concatenate([rows, np.repeat(rows[-1:], ahead, axis=0)])
        self._least = np.min([padded[step : step + rows.shape[0]] for step in range(ahead + 1)], axis=0)

    def move(self, seen: Seen) -> Move:
        """The most that fits into every dependency."""
        nights = self._nights
        held = nights.inside_per_s * seen.inside
        share = np.stack([np.minimum(1.0, self._target), self._target, self._target])
        free = np.maximum(0.0, share * self._least[seen.tick] - held)
        rate = (free / nights.at_the_door).min(axis=0)
        return Move(stretch=np.zeros(len(rate), dtype=np.int64), passes=rate * TICK_S)


def oracle(nights: Nights) -> tuple[Passed, Floats]:
    """The fastest nights without a failed call of those inside, and their targets."""
    low = np.full(len(nights.seeds), TARGET[0])
    high = np.full(len(nights.seeds), TARGET[1])
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        clean = pass_by(nights, Oracle(nights, middle)).failed_inside.sum(axis=0) < 1.0
        low, high = np.where(clean, middle, low), np.where(clean, high, middle)
    return pass_by(nights, Oracle(nights, low)), low


class Floor:
    """Another controller's night until capacity falls; from then on nobody is called, and the stretch is ordered."""

    def __init__(self, played: Passed) -> None:
        self._played = played
        self._calls = played.calls.any()

    def move(self, seen: Seen) -> Move:
        """What was ordered then, or nothing more."""
        played = self._played
        fell = seen.tick >= played.nights.fault_tick
        passes = played.passes[seen.tick]
        stretch = np.where(fell, STEPS - 1, played.stretch[seen.tick])
        if not self._calls:
            return Move(stretch=stretch, passes=np.where(fell, 0.0, passes))
        return Move(
            stretch=stretch,
            passes=np.where(fell, np.inf, passes),
            call=np.where(fell, 0.0, played.calls[seen.tick]),
            rate_per_s=played.rate_per_s[seen.tick],
            sign_ins_max=played.sign_ins_max[seen.tick],
        )


def floor(played: Passed, carried: tuple[bool, ...] = CARRIED) -> Passed:
    """The least harm from the state in which the fault found this controller."""
    return pass_by(played.nights, Floor(played), carried=carried)


def fits(played: Passed, *, share: float = 0.9) -> NDArray[np.bool_]:
    """[night] whether those inside asked at most `share` of what was left when capacity fell."""
    nights = played.nights
    at = np.arange(len(nights.seeds))
    tick = nights.fault_tick
    inside = played.inside[tick, at]
    rows = [ENTITLEMENT, PLAYLIST]
    left = nights.capacity[:, rows][tick[:, None], [0, 1], at[:, None]].T
    return np.asarray((nights.inside_per_s[rows] * inside <= share * left).all(axis=0))
