"""What did a run give? Goodput, answers a second and the time back, from the instants of its answers. Pure.

Goodput is useful work ÷ capacity: the processor seconds of checks that were answered in time, of those that the back
end was given. A machine that gets slower in mid-run makes a check cost more of them, and the share stays what it was:
answers a second ÷ (best steady rate, measured at another time) moved by a tenth from one run to the next, with the
back end at work all along.
"""

from collections.abc import Sequence

from msgspec import Struct

WARM_S = 10.0
STEADY_S = 14.0
HALF_S = 10.0
AFTER_S = 10.0
LENGTH_S = WARM_S + STEADY_S + HALF_S + AFTER_S
LOST_AT_S = WARM_S + STEADY_S
BACK_AT_S = LOST_AT_S + HALF_S
"""A run, in seconds from its first person: nobody is judged in the warm-up; then all of the processor, half of it, all
again."""
RECOVERED = 0.9
"""Of the best steady rate, over `WINDOW_S`: then a service counts as back."""
WINDOW_S = 5.0
"""One good second is no recovery: what had piled up may be gone after it."""
STEP_S = 0.25


class Answers(Struct, frozen=True, kw_only=True):
    """Sign-ins of a run, by seconds from its start."""

    good_s: tuple[float, ...]
    """Answered OK within their deadline."""
    late_s: tuple[float, ...] = ()
    """Given up at their deadline."""


class Work(Struct, frozen=True, kw_only=True):
    """Processor seconds that went into checks of passwords."""

    steady_s: float
    whole_s: float


class Score(Struct, frozen=True, kw_only=True):
    """Answers in time a second over parts of a run, and its goodput."""

    steady_per_s: float
    half_per_s: float
    after_per_s: float
    whole_per_s: float
    steady_goodput: float
    """Over the time of full capacity; `goodput`: from the end of the warm-up to that of the run."""
    goodput: float
    check_ms: float | None
    """Of the processor, what one answer in time cost; None: there was none."""
    recovered_s: float | None
    """From the return of the processor; None: not within the run."""


def score(answers: Answers, work: Work, *, best_per_s: float, check_s: float) -> Score:
    """The score of a run. When nothing is wrong the back end carries `best_per_s`, and a check costs it `check_s`."""
    good_s = answers.good_s
    count = _count(good_s, WARM_S, LENGTH_S)
    return Score(
        steady_per_s=_rate(good_s, WARM_S, LOST_AT_S),
        half_per_s=_rate(good_s, LOST_AT_S, BACK_AT_S),
        after_per_s=_rate(good_s, BACK_AT_S, LENGTH_S),
        whole_per_s=count / (LENGTH_S - WARM_S),
        steady_goodput=_useful_s(answers, work.steady_s, WARM_S, LOST_AT_S, check_s) / STEADY_S,
        goodput=_useful_s(answers, work.whole_s, WARM_S, LENGTH_S, check_s) / (LENGTH_S - WARM_S - HALF_S / 2),
        check_ms=1000 * work.whole_s / count if count else None,
        recovered_s=recovered_s(good_s, best_per_s=best_per_s),
    )


def recovered_s(good_s: Sequence[float], *, best_per_s: float) -> float | None:
    """Seconds after the processor's return from which `WINDOW_S` of answers is `RECOVERED` of the best steady rate."""
    at = BACK_AT_S
    while at + WINDOW_S <= LENGTH_S:
        if _rate(good_s, at, at + WINDOW_S) >= RECOVERED * best_per_s:
            return at - BACK_AT_S
        at += STEP_S
    return None


def by_second(good_s: Sequence[float]) -> list[int]:
    """How many in each whole second of a run, to see when one thing is behind another."""
    counts = [0] * int(LENGTH_S)
    for at in good_s:
        if 0 <= at < LENGTH_S:
            counts[int(at)] += 1
    return counts


def _useful_s(answers: Answers, work_s: float, since_s: float, until_s: float, check_s: float) -> float:
    """Of the work, what was for answers in time: all of it where none was late.

    Nobody knows of the others how many were checked, between none and all: within that, what the good ones cost goes by
    the closed loop.
    """
    good, late = (_count(instants, since_s, until_s) for instants in (answers.good_s, answers.late_s))
    return min(work_s, max(good * check_s, work_s * good / max(1, good + late)))


def _rate(instants: Sequence[float], since_s: float, until_s: float) -> float:
    return _count(instants, since_s, until_s) / (until_s - since_s)


def _count(instants: Sequence[float], since_s: float, until_s: float) -> int:
    return sum(since_s <= at < until_s for at in instants)
