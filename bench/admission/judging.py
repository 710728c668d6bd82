"""How well did a night go? The figures by which every controller is judged, each as `fluid_world.py` defines it."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.crowd.fluid import Passed
from kickoff.crowd.fluid_world import RECOVERY_S, TICK_S, Floats

TICKS_A_SECOND = round(1 / TICK_S)
WINDOW = round(5 / TICK_S)
FULL = 0.9
STANDS = 0.001
"""A line of fewer than this share of all is none: they are on their way."""


class Judged(Struct, frozen=True, kw_only=True):
    """One controller on the nights of one scenario: a number a night."""

    t999_s: Floats
    """When 999 in 1,000 are inside; infinite: not in this night."""
    goodput: Floats
    failures: Floats
    """Failed calls of people watching, from the fault on; before it too where there is none."""
    called_vs_published: Floats
    metastable: NDArray[np.bool_]


def judged(played: Passed) -> Judged:
    """The figures of each night."""
    return Judged(
        t999_s=t999_s(played),
        goodput=goodput(played),
        failures=played.failed_inside.sum(axis=0),
        called_vs_published=called_vs_published(played),
        metastable=metastable(played),
    )


def t999_s(played: Passed) -> Floats:
    """Seconds from the doors."""
    is_in = played.inside >= 0.999 * played.nights.parameters.people
    return np.where(is_in.any(axis=0), is_in.argmax(axis=0) * TICK_S, np.inf)


def goodput(played: Passed) -> Floats:
    """Useful work ÷ capacity of the dependency used most, second by second while a line stands."""
    useful, capacity = _seconds(played.useful), _seconds(played.nights.capacity) * TICK_S
    stands = _seconds(played.line) / TICKS_A_SECOND > STANDS * played.nights.parameters.people
    share = (useful / capacity).max(axis=1)
    return np.asarray((share * stands).sum(axis=0) / np.maximum(1, stands.sum(axis=0)))


def called_vs_published(played: Passed) -> Floats:
    """The most places called in any 5 s ÷ what the rates published for those ticks say, and one for the fraction."""
    called = np.cumsum(np.concatenate([np.zeros_like(played.calls[:1]), played.calls]), axis=0)
    allowed = np.cumsum(np.concatenate([np.zeros_like(played.calls[:1]), played.rate_per_s * TICK_S]), axis=0)
    ratio = (called[WINDOW:] - called[:-WINDOW]) / (allowed[WINDOW:] - allowed[:-WINDOW] + 1.0)
    return np.asarray(ratio.max(axis=0))


def metastable(played: Passed) -> NDArray[np.bool_]:
    """Whether, `RECOVERY_S` after the fault, less than half is done of what was, and somebody outside could come in.

    A house in which those inside ask nine tenths of what there is, with beats as usual, is full and not stuck.
    """
    done = _seconds(played.useful).sum(axis=1)
    seconds = np.arange(done.shape[0])[:, None]
    fault, back = played.nights.fault_tick // TICKS_A_SECOND, played.nights.back_tick // TICKS_A_SECOND
    before = _mean(done, (seconds >= fault - 20) & (seconds < fault))
    window = (seconds >= back + RECOVERY_S) & (seconds < back + RECOVERY_S + 20)
    outside = played.inside[::TICKS_A_SECOND] < 0.98 * played.nights.parameters.people
    nights = played.nights
    asked = played.inside[::TICKS_A_SECOND, None] * nights.inside_per_s
    full: NDArray[np.bool_] = np.any(asked > FULL * nights.capacity[::TICKS_A_SECOND], axis=1)
    could = np.where(outside & ~full, 1.0, 0.0)[: len(seconds)]
    return np.asarray((_mean(done, window) < 0.5 * before) & (_mean(could, window) > FULL))


def _mean(rows: Floats, where: NDArray[np.bool_]) -> Floats:
    return np.asarray((rows * where).sum(axis=0) / np.maximum(1, where.sum(axis=0)))


def _seconds(rows: Floats) -> Floats:
    """Ticks added up to seconds."""
    whole = rows.shape[0] // TICKS_A_SECOND
    return np.asarray(rows[: whole * TICKS_A_SECOND].reshape(whole, TICKS_A_SECOND, *rows.shape[1:]).sum(axis=1))
