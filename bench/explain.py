"""Why did it happen, on nights that nobody has seen? `make bench-explain`; ARGS=20 judges so many nights.

Nights are made by `bench.nights` (every law stands in `bench/nights/laws.py`), read from their journals as somebody
else's would be, and asked twice: ten minutes of the match after the trouble began, and at the end.

    accuracy_decided            right verdicts ÷ verdicts that are not "too early", both statements
    too_early_10min             share of first statements that decide nothing
    false_malice                share of nights without malice that are told there was, alone or in a mixture
    retry_storm_called_malice   of nights in which genuine people stormed a full service
    ece                         expected calibration error of the likeliest verdict's probability, ten bins

`ARGS=--fit` learns the weights on the learning nights and writes causes/weights.py; after it `ARGS=--bounds` checks on
the tuning nights how sure is sure enough and writes causes/bounds.py.
"""

import json
import sys
from collections import Counter

import numpy as np

from bench.explain_bounds import choose
from bench.explain_fit import fit
from bench.nights.answers import Answered, Stated, answers

NIGHTS = 520
BINS = 10
VERDICTS = ("none", "capacity", "malice", "fault", "mixed", "too_early")


def main() -> None:
    """Print one JSON document."""
    if "--fit" in sys.argv:
        fit()
        return
    if "--bounds" in sys.argv:
        choose()
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else NIGHTS
    nights = answers("judging", range(count))
    print(json.dumps({"bench": "explain", "nights": len(nights), **report(nights)}, indent=1))


def report(nights: list[Answered]) -> dict[str, object]:
    """Every figure."""
    stated = [(night, statement) for night in nights for statement in (night.first, night.whole)]
    decided = [(night, one) for night, one in stated if one.verdict != "too_early"]
    harmless = [night for night in nights if "malice" not in night.whole.causes]
    storms = [night for night in nights if night.scenario == "storm"]
    return {
        "accuracy_decided": _share(one.verdict == truth(one) for _, one in decided),
        "accuracy_decided_10min": _share(
            night.first.verdict == truth(night.first) for night in nights if night.first.verdict != "too_early"
        ),
        "too_early_10min": _share(night.first.verdict == "too_early" for night in nights),
        "too_early_end": _share(night.whole.verdict == "too_early" for night in nights),
        "false_malice": _share(_says_malice(night.first) or _says_malice(night.whole) for night in harmless),
        "retry_storms": len(storms),
        "retry_storm_called_malice": sum(_says_malice(one) for night in storms for one in (night.first, night.whole)),
        "ece": ece([one for _, one in stated]),
        "ece_10min": ece([night.first for night in nights]),
        "confusion_10min": confusion([night.first for night in nights]),
        "confusion_end": confusion([night.whole for night in nights]),
        "right_by_scenario": by_scenario(nights),
    }


def truth(statement: Stated) -> str:
    """What should have been said."""
    return {0: "none", 1: statement.causes[0] if statement.causes else ""}.get(len(statement.causes), "mixed")


def ece(statements: list[Stated]) -> float:
    """Σ over bins of share × |mean probability − share right|, of the likeliest verdict (Guo and others 2017)."""
    best = [max(one.probabilities.items(), key=lambda pair: pair[1]) for one in statements]
    chance = np.array([probability for _, probability in best])
    right = np.array([said == truth(one) for (said, _), one in zip(best, statements, strict=True)])
    slot = np.minimum((chance * BINS).astype(int), BINS - 1)
    gaps = [
        abs(chance[slot == number].mean() - right[slot == number].mean()) * (slot == number).mean()
        for number in range(BINS)
        if (slot == number).any()
    ]
    return round(float(sum(gaps)), 4)


def confusion(statements: list[Stated]) -> dict[str, dict[str, int]]:
    """Truth → verdict → statements."""
    counted = Counter((truth(one), one.verdict) for one in statements)
    return {
        what: {said: counted[what, said] for said in VERDICTS if counted[what, said]}
        for what in VERDICTS[:-1]
        if any(counted[what, said] for said in VERDICTS)
    }


def by_scenario(nights: list[Answered]) -> dict[str, str]:
    """Scenario → right / wrong / too early at the first statement."""
    found: dict[str, Counter[str]] = {}
    for night in nights:
        one = night.first
        said = "early" if one.verdict == "too_early" else "right" if one.verdict == truth(one) else "wrong"
        found.setdefault(night.scenario, Counter())[said] += 1
    return {name: f"{c['right']}/{c['wrong']}/{c['early']}" for name, c in sorted(found.items())}


def _says_malice(statement: Stated) -> bool:
    if statement.verdict == "mixed":
        # A mixture names no cause; its evidence does.
        return statement.malice_signs > 1
    return statement.verdict == "malice"


def _share(values: object) -> float:
    found = [bool(value) for value in values]  # type: ignore[attr-defined]
    return round(sum(found) / max(1, len(found)), 4)


if __name__ == "__main__":
    main()
