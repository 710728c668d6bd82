"""A fair tuning: each baseline's settings are those that do best on seeds that are not judged.

    python -m bench.admission.tuning [NAME ...]

A setting is played without a failure, and with 40 and 65 % of the nodes lost. It costs what it takes longer than the
oracle, plus the share of viewers whose call failed: one in a hundred weighs as much as a tenth of the time.

From the settings that are chosen now the search goes to the best neighbour in any one of them, as long as one is
better; neighbours are the next values of `choices`, which reach so far that no chosen one is the last of them. What is
found is written into `baselines.py` by hand.
"""

import sys

import msgspec
import numpy as np

from bench.admission.baselines import BASELINES, Baseline, Settings
from bench.admission.bounds import oracle
from bench.admission.judging import judged
from kickoff.crowd.fluid import pass_by
from kickoff.crowd.fluid_queues import CARRIED
from kickoff.crowd.fluid_world import SCENARIOS, Nights, nights

TUNING_SEEDS = tuple(range(9_000, 9_010))
FAILURE_WEIGHT = 10.0
FIELDS = ("one", "two", "three")


def tuned(baseline: Baseline, played: list[tuple[Nights, np.ndarray]]) -> tuple[float, Settings]:
    """(what it costs, the best settings)."""
    known: dict[Settings, float] = {}

    def cost(settings: Settings) -> float:
        if settings not in known:
            known[settings] = float(np.mean([_cost(baseline, settings, *one) for one in played]))
        return known[settings]

    best = baseline.chosen
    while (better := min((best, *neighbours(best, baseline.choices)), key=cost)) != best:
        best = better
    return cost(best), best


def neighbours(settings: Settings, choices: tuple[tuple[float, ...], ...]) -> list[Settings]:
    """One setting changed to the next smaller or larger value."""
    found: list[Settings] = []
    for field, values in zip(FIELDS, choices, strict=False):
        at = values.index(getattr(settings, field))
        near = values[max(0, at - 1) : at] + values[at + 1 : at + 2]
        found += [msgspec.structs.replace(settings, **{field: value}) for value in near]
    return found


def _cost(baseline: Baseline, settings: Settings, of: Nights, best_s: np.ndarray) -> float:
    figures = judged(pass_by(of, baseline.make(of, settings), carried=CARRIED))
    ratio = np.minimum(figures.t999_s, of.parameters.night_s * 1.5) / best_s
    return float(np.mean(ratio + FAILURE_WEIGHT * figures.failures / of.parameters.people))


if __name__ == "__main__":
    against = []
    for scenario in SCENARIOS[:3]:
        these = nights(scenario, TUNING_SEEDS)
        against.append((these, judged(oracle(these)[0]).t999_s))
    for one in BASELINES:
        if one.choices and (one.name in sys.argv[1:] or not sys.argv[1:]):
            print(one.name, *tuned(one, against), flush=True)
