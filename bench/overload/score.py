"""What did a run give? Goodput and the time back, from the instants at which sign-ins were answered in time. Pure."""

from collections.abc import Sequence

from msgspec import Struct

WARM_S = 10.0
STEADY_S = 20.0
HALF_S = 10.0
AFTER_S = 16.0
LENGTH_S = WARM_S + STEADY_S + HALF_S + AFTER_S
LOST_AT_S = WARM_S + STEADY_S
BACK_AT_S = LOST_AT_S + HALF_S
"""A run, in seconds from its first person: nobody is judged in the warm-up; then all of the processor, half of it, all
again."""
PROCESSOR_S = LENGTH_S - WARM_S - HALF_S / 2
"""What the back end may use of its core after the warm-up: half of it is missing for a while."""
RECOVERED = 0.9
"""Of the best steady rate, over `WINDOW_S`: then a service counts as back."""
WINDOW_S = 5.0
"""One good second is no recovery: what had piled up may be gone after it."""
STEP_S = 0.25


class Score(Struct, frozen=True, kw_only=True):
    """Sign-ins a second that were answered OK within their deadline, over parts of a run."""

    steady_per_s: float
    half_per_s: float
    after_per_s: float
    whole_per_s: float
    recovered_s: float | None
    """From the return of the processor; None: not within the run."""


def score(good_s: Sequence[float], *, best_per_s: float) -> Score:
    """The score of a run. `good_s`: seconds from its start, one for each sign-in answered in time."""
    return Score(
        steady_per_s=_rate(good_s, WARM_S, LOST_AT_S),
        half_per_s=_rate(good_s, LOST_AT_S, BACK_AT_S),
        after_per_s=_rate(good_s, BACK_AT_S, LENGTH_S),
        whole_per_s=_rate(good_s, WARM_S, LENGTH_S),
        recovered_s=recovered_s(good_s, best_per_s=best_per_s),
    )


def recovered_s(good_s: Sequence[float], *, best_per_s: float) -> float | None:
    """Seconds after the processor's return from which `WINDOW_S` of goodput is `RECOVERED` of the best steady rate."""
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


def _rate(good_s: Sequence[float], since_s: float, until_s: float) -> float:
    return sum(since_s <= at < until_s for at in good_s) / (until_s - since_s)
