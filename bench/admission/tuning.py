"""A fair tuning: each baseline's settings are those that do best on seeds that are not judged.

    python -m bench.admission.tuning

Every combination of its choices is played without a failure, and with 40 and 65 % of the nodes lost. A combination
costs what it takes longer than the oracle, plus the share of viewers whose call failed: one in a hundred weighs as much
as a tenth of the time. The best one is written into `baselines.py` by hand.
"""

import itertools

import numpy as np

from bench.admission.baselines import BASELINES, Baseline, Settings
from bench.admission.bounds import oracle
from bench.admission.judging import judged
from kickoff.crowd.fluid import pass_by
from kickoff.crowd.fluid_queues import CARRIED
from kickoff.crowd.fluid_world import SCENARIOS, Nights, nights

TUNING_SEEDS = tuple(range(9_000, 9_010))
FAILURE_WEIGHT = 10.0


def tuned(baseline: Baseline, played: list[tuple[Nights, np.ndarray]]) -> tuple[float, Settings]:
    """(what it costs, the best settings)."""
    fields = ("one", "two", "three")
    found: list[tuple[float, Settings]] = []
    for choice in itertools.product(*baseline.choices):
        settings = Settings(**dict(zip(fields, choice, strict=False)))
        found.append((float(np.mean([_cost(baseline, settings, *one) for one in played])), settings))
    return min(found, key=lambda one: one[0])


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
        if one.choices:
            print(one.name, *tuned(one, against), flush=True)
