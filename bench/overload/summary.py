"""What do the runs say together? Ratios to the alternatives, of runs that were played next to each other. Pure."""

from collections.abc import Callable, Sequence
from statistics import median

from msgspec import Struct

from bench.overload.score import Score

OURS = "kickoff"
LEAST = 0.01
"""An alternative that answered nobody in time is taken to have done a hundredth."""


class Best(Struct, frozen=True, kw_only=True):
    """What the back end does at best, in a closed loop."""

    per_s: float
    goodput: float


class Found(Struct, frozen=True, kw_only=True):
    """What one run gave."""

    name: str
    """Of what stood before the back end."""
    score: Score
    best: Best
    """Just before and just after."""
    viewer_calls: int
    viewer_failures: int


def summary(found: Sequence[Found]) -> dict[str, object]:
    """The keys of the bench's last line, of the runs in the order in which they were played."""
    told: dict[str, object] = {}
    for name in dict.fromkeys(one.name for one in found):
        runs = [one for one in found if one.name == name]
        told[f"{name}_goodput"] = [round(one.score.goodput, 4) for one in runs]
        told[f"{name}_answers_per_s"] = [round(one.score.whole_per_s, 2) for one in runs]
        told[f"{name}_vs_best_steady"] = round(_steady_share(runs), 3)
        told[f"{name}_check_ms"] = [one.score.check_ms and round(one.score.check_ms, 2) for one in runs]
        told[f"{name}_recovered_s"] = _slowest(runs)
    ours = [one for one in found if one.name == OURS]
    if not ours:
        return told
    told["goodput_vs_best_steady"] = round(_steady_share(ours), 3)
    for name in dict.fromkeys(one.name for one in found if one.name != OURS):
        told |= _against(name, found)
    told["viewer_failures"] = sum(one.viewer_failures for one in ours)
    told["viewer_calls"] = sum(one.viewer_calls for one in ours)
    told["recovered_s"] = _slowest(ours)
    return told


def ratios(name: str, found: Sequence[Found], figure: Callable[[Score], float]) -> list[float]:
    """Kickoff's figure ÷ that of `name`, for each of their runs that stand side by side; where none do, for all."""
    sides = [{found[at].name: found[at], found[at + 1].name: found[at + 1]} for at in range(len(found) - 1)]
    pairs = [(both[OURS], both[name]) for both in sides if both.keys() == {OURS, name}]
    if not pairs:
        pairs = [(our, one) for our in found if our.name == OURS for one in found if one.name == name]
    return [figure(our.score) / max(figure(one.score), LEAST) for our, one in pairs]


def _against(name: str, found: Sequence[Found]) -> dict[str, object]:
    told: dict[str, object] = {}
    figures: dict[str, Callable[[Score], float]] = {
        "goodput": lambda score: score.goodput,
        "answers": lambda score: score.whole_per_s,
    }
    for word, figure in figures.items():
        each = ratios(name, found, figure)
        told[f"{word}_vs_{name}"] = round(median(each), 3)
        told[f"{word}_vs_{name}_each"] = [round(one, 3) for one in each]
    return told


def _steady_share(runs: Sequence[Found]) -> float:
    return median(one.score.steady_goodput / one.best.goodput for one in runs)


def _slowest(runs: Sequence[Found]) -> float | None:
    """The time back of the slowest run; None: one was not back."""
    times = [one.score.recovered_s for one in runs]
    known = [one for one in times if one is not None]
    return max(known) if len(known) == len(times) else None
