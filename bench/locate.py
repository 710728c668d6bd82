"""How often is the place of a real incident found? `make bench-locate RS=DIR`, RS: cases of the RobustSpot project.

DIR holds one CSV for each case and labels.json. Everything that is learnt is learnt without the judged stream:
weights and ridge are fitted anew for each stream on all others (a1, a3, a5, f1_k1, brier_vs_base, auroc), and once
on the first half of the cases by date to judge the second (a1_forward). `ARGS=--weights` prints the table that
src/kickoff/incidents/weights.py ships, fitted on all cases.

    a1, a3, a5      share of cases whose exact set of causes is first, within three, within five
    f1_k1           F1 of single causes (each a set of dimension = value) in the first candidates
    brier_vs_base   Brier score of the first candidate's confidence over that of always saying a1
    auroc           chance that a right first candidate has the higher confidence than a wrong one
    told, a1_told   share of cases that are told (`located`), and share of exact hits among them
    ms_per_case     from rows in memory to ranked candidates
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bench.logit import Choice, chances, fit_with_ridge
from kickoff.commands.locate import read_case
from kickoff.incidents import locate
from kickoff.incidents.features import FEATURES, Compared
from kickoff.incidents.leaves import Leaves
from kickoff.incidents.suspects import suspects_of
from kickoff.incidents.weights import BOUNDS

Vector = NDArray[np.float64]
Causes = frozenset[frozenset[tuple[str, str]]]
Ranking = list[tuple[Causes, float]]
"""Candidates, best first, with their confidence."""


RUNS = 3
"""Each case is timed so often and the quickest counts: the others measure what else the machine does."""


class Label(Struct, frozen=True):
    """One case of labels.json."""

    data: str
    timestamp: int
    causes: list[dict[str, str]]

    @property
    def stream(self) -> str:
        """What was streamed: cases of one stream resemble each other."""
        return self.data.split("_", 2)[2]

    @property
    def truth(self) -> Causes:
        """The causes as sets."""
        return frozenset(frozenset(cause.items()) for cause in self.causes)


class Case(Struct, frozen=True, kw_only=True):
    """One case, read and compared."""

    label: Label
    causes: list[Causes]
    choice: Choice
    excess: Vector
    """Failures of each suspect beyond those expected: what the naive ranking goes by."""
    seconds: float


def main() -> None:
    """Print one JSON document; with `--weights` the fitted table instead."""
    folder = Path(os.environ.get("RS", ""))
    if not (folder / "labels.json").is_file():
        sys.exit("bench-locate: name the folder of cases, as in make bench-locate RS=DIR (it holds labels.json)")
    labels = msgspec.json.decode((folder / "labels.json").read_bytes(), type=list[Label])
    cases = [read(folder, label) for label in labels]
    if "--weights" in sys.argv:
        weights, ridge = fit_with_ridge([case.choice for case in cases])
        print(json.dumps({"ridge": ridge, "weights": dict(zip(FEATURES, np.round(weights, 3).tolist(), strict=True))}))
        return
    print(json.dumps({"bench": "locate", "cases": len(cases), **report(cases)}, indent=1))


def report(cases: Sequence[Case]) -> dict[str, object]:
    """Every figure, and the naive ranking beside it."""
    nested = judged_apart(cases, lambda case: case.label.stream)
    by_date = sorted(cases, key=lambda case: case.label.timestamp)
    half = len(by_date) // 2
    weights, _ = fit_with_ridge([case.choice for case in by_date[:half]])
    forward = [ranking(case, chances(case.choice, weights)) for case in by_date[half:]]
    hits = np.array([found[0][0] == case.label.truth for case, found in zip(cases, nested, strict=True)])
    confidence = np.array([found[0][1] for found in nested])
    is_told = confidence > BOUNDS.located_above
    base = float(hits.mean())
    return {
        **accuracy(cases, nested),
        "a1_forward": round(accuracy(by_date[half:], forward)["a1"], 3),
        "ms_per_case": round(1000 * float(np.mean([case.seconds for case in cases])), 1),
        "brier_vs_base": round(float(((confidence - hits) ** 2).mean()) / max(base * (1 - base), 1e-9), 3),
        "auroc": round(auroc(confidence, hits), 3),
        "told": round(float(is_told.mean()), 3),
        "a1_told": round(float(hits[is_told].mean()), 3),
        "naive_excess": accuracy(cases, [ranking(case, case.excess) for case in cases]),
    }


def read(folder: Path, label: Label) -> Case:
    """Read a case, rank it as the product does for the time it takes, and compare its suspects."""
    leaves = read_case(folder / f"{label.data}.csv", label.timestamp)
    seconds = min(_seconds_to_locate(leaves) for _ in range(RUNS))
    suspects = suspects_of(leaves)
    causes = [_named(leaves, parts) for parts in suspects.parts]
    right = causes.index(label.truth) if label.truth in causes else None
    table = suspects.table
    return Case(
        label=label,
        causes=causes,
        choice=Choice(features=Compared(suspects).features(), right=right, group=label.stream),
        excess=suspects.masks @ (table.failed - table.expected),
        seconds=seconds,
    )


def _seconds_to_locate(leaves: Leaves) -> float:
    began = perf_counter()
    locate(leaves)
    return perf_counter() - began


def judged_apart(cases: Sequence[Case], group: Callable[[Case], str]) -> list[Ranking]:
    """The ranking of each case by what the other groups teach."""
    found: dict[int, Ranking] = {}
    for judged in sorted({group(case) for case in cases}):
        weights, _ = fit_with_ridge([case.choice for case in cases if group(case) != judged])
        for number, case in enumerate(cases):
            if group(case) == judged:
                found[number] = ranking(case, chances(case.choice, weights))
    return [found[number] for number in range(len(cases))]


def ranking(case: Case, scores: Vector) -> Ranking:
    """Candidates by score, best first."""
    return [(case.causes[row], float(scores[row])) for row in np.argsort(-scores, kind="stable")]


def accuracy(cases: Sequence[Case], rankings: Sequence[Ranking]) -> dict[str, float]:
    """Shares of exact hits by rank, and F1 of single causes in the first candidates."""
    ranks = np.array([
        next((rank for rank, (causes, _) in enumerate(found) if causes == case.label.truth), len(found))
        for case, found in zip(cases, rankings, strict=True)
    ])  # fmt: skip
    first = [(case.label.truth, found[0][0]) for case, found in zip(cases, rankings, strict=True)]
    right = sum(len(truth & said) for truth, said in first)
    counted = sum(len(truth) + len(said) for truth, said in first)
    shares = {f"a{most}": round(float((ranks < most).mean()), 3) for most in (1, 3, 5)}
    return {**shares, "f1_k1": round(2 * right / max(counted, 1), 3)}


def auroc(confidence: Vector, hits: NDArray[np.bool_]) -> float:
    """The area under the curve, by comparing each right candidate with each wrong one."""
    right, wrong = confidence[hits][:, None], confidence[~hits][None, :]
    if not right.size or not wrong.size:
        return float("nan")
    return float(((right > wrong) + 0.5 * (right == wrong)).mean())


def _named(leaves: Leaves, parts: tuple[tuple[tuple[int, int], ...], ...]) -> Causes:
    return frozenset(
        frozenset((leaves.dimensions[dimension], leaves.values[dimension][value]) for dimension, value in part)
        for part in parts
    )


if __name__ == "__main__":
    main()
