"""The weights of causes/weights.py, learnt on the learning nights.

A sign's classes are coded as steps (1 for each edge that the measure has reached), and a logit is fitted with a ridge
on the steps: neighbouring classes differ little unless the nights say otherwise. The sum of the steps is the table.
A sign to which the nights give no weight beside the others is to be dropped, reader and all; the fit says which.
"""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.optimize import minimize

from bench.nights.labels import is_attack, of_incident
from bench.nights.store import ROOT, night, of_each
from kickoff.aftermath.answers import incidents, read
from kickoff.aftermath.journal import JournalView
from kickoff.causes.attacks import Stretch
from kickoff.causes.evening import Evening
from kickoff.causes.explain import Suspicion
from kickoff.causes.explain import read as read_signs
from kickoff.units import AtUs

Floats = NDArray[np.float64]
Cards = dict[str, tuple[Floats, list[float]]]
"""Sign → (weights by cause and class, the usual measure under each cause)."""

LEARNING = 600
"""Nights, each with two statements."""
NOTHING = 0.005
"""A weight that the table, which has two digits, would show as nought."""
RIDGE = 0.1
"""Chosen on the tuning nights: half of what it was, for one sign of a kind is no more counted twice (decision 69)."""
CAUSES = ("capacity", "malice", "fault")
EDGES: dict[str, tuple[float, ...]] = {
    "silent": (0.5,),
    "queue_ms": (30.0, 200.0, 1000.0),
    "utilisation": (0.5, 0.8, 0.95),
    "surge": (1.5, 3.0),
    "slower": (1.5, 4.0, 15.0),
    "says_overloaded": (0.1, 0.5, 0.9),
    "wrong_credentials": (0.8, 0.97),
    "released": (0.5,),
    "attacked": (0.2, 0.6, 2.0, 5.0),
}
OF_MALICE = ("wrong_credentials", "attacked")
"""The signs that malice leads one to expect anything of. By the others it looks like the overload that it causes."""
ATTACK_EDGES: dict[str, tuple[float, ...]] = {
    "times": (2.0, 4.0, 10.0),
    "devices_per_network": (1.5, 4.0, 20.0, 100.0),
    "tries_each": (1.2, 2.5),
    "went_on": (0.1, 0.5, 0.85),
    "alike": (1.5, 4.0, 10.0, 25.0),
    "households": (0.1, 0.3, 0.7),
}
BOUNDS: dict[int, tuple[float | None, float | None]] = {-1: (None, 0), 0: (None, None), 1: (0, None)}
TOWARDS = {
    "silent": (-1, -1, 1), "released": (-1, -1, 1),
    "queue_ms": (1, 1, -1), "utilisation": (1, 1, -1), "surge": (1, 1, -1), "slower": (1, 1, -1),
    "says_overloaded": (1, 1, -1), "attacked": (-1, 1, -1),
}  # fmt: skip
"""Which way each sign may speak for capacity, malice and fault, whatever chance says of a few nights."""
RISES: dict[str, tuple[float | None, float | None]] = {
    "times": (0, None), "devices_per_network": (0, None), "tries_each": (None, None), "went_on": (None, 0),
    "alike": (0, None), "households": (0, None),
}  # fmt: skip
"""Which way each sign may speak, whatever chance says of a few nights: who comes in is no attacker."""
KINDS = ("strangers", "passwords", "refusals")


class Seen(Struct, frozen=True, kw_only=True):
    """What one statement of one night holds to learn from."""

    causes: list[str]
    incidents: list[tuple[str | None, dict[str, float]]]
    stretches: list[tuple[bool, str, dict[str, float]]]


def fit() -> None:
    """Learn, write the table."""
    learning = collect("learning", LEARNING)
    stretches = [one for seen in learning for one in seen.stretches]
    table = [one for seen in learning for one in seen.incidents if one[0] in CAUSES]
    print(f"{len(table)} incidents, {len(stretches)} stretches of {len(learning)} statements", file=sys.stderr)
    cards = multinomial(table)
    attacks = binary(stretches)
    Path("src/kickoff/causes/weights.py").write_text(written(cards, attacks, unnoticed(learning), len(learning)))


def collect(regime: str, count: int) -> list[Seen]:
    """Signs and labels of both statements of so many nights."""
    return [one for pair in of_each(range(count), partial(seen_of, regime), what=f"{regime} nights") for one in pair]


def seen_of(regime: str, seed: int) -> list[Seen]:
    """Both statements of one night."""
    folder, kept = night(regime, seed, ROOT)
    found = []
    for part, truth, until in (("first", kept.first, kept.first_at), ("whole", kept.whole, None)):
        evening = read(JournalView(folder / part, kept.plan.name, until=until))
        own, start, played = Evening(evening.facts, evening.until), evening.view.night.at(0), evening.view.night

        def attacks(one: Suspicion, *, own: Evening = own, start: AtUs = start) -> bool:
            return is_attack(kept.plan, kept.spans, start, one.stretch.kind, midst(own, one.stretch))

        suspicions, cases = read_signs(own, played, incidents(evening), attacks)
        found.append(Seen(
            causes=truth.causes,
            incidents=[
                (of_incident(kept.plan, kept.spans, start, case.incident, evening.until), _measures(case.signs))
                for case in cases
            ],
            stretches=[(attacks(one), one.stretch.kind, _measures(one.signs)) for one in suspicions],
        ))  # fmt: skip
    return found


def midst(evening: Evening, stretch: Stretch) -> tuple[int, int]:
    """Between these instants lies the middle half of a stretch's rows.

    Its ends are no label: two people in twenty minutes before a flood of thousands can be its first rows.
    """
    first, last = np.quantile(evening.at[stretch.rows], (0.25, 0.75)).tolist()
    return round(first), round(last)


def _measures(signs: object) -> dict[str, float]:
    return {sign.name: sign.measure for sign in signs}  # type: ignore[attr-defined]


class Coding(Struct, frozen=True, kw_only=True):
    """How measures become numbers: one step for each edge, less how often it is reached.

    So a sign that is not there says nothing, and one that is says nothing on average over the groups.
    """

    edges: dict[str, tuple[float, ...]]
    reached: dict[str, list[float]]

    @classmethod
    def of(
        cls, edges: dict[str, tuple[float, ...]], measures: list[dict[str, float]], labels: Sequence[object]
    ) -> "Coding":
        """Count how often each edge is reached where the sign is there, in each group by itself."""
        reached = {}
        for name, own in edges.items():
            groups: dict[object, list[float]] = {}
            for one, label in zip(measures, labels, strict=True):
                if name in one:
                    groups.setdefault(label, []).append(one[name])
            shares = [[float((np.array(values) >= edge).mean()) for edge in own] for values in groups.values()]
            reached[name] = np.mean(shares, axis=0).tolist() if shares else [0.0] * len(own)
        return cls(edges=edges, reached=reached)

    def row(self, measures: dict[str, float]) -> list[float]:
        """The numbers of one incident or stretch."""
        return [
            float(measures[name] >= edge) - share if name in measures else 0.0
            for name, own in self.edges.items()
            for edge, share in zip(own, self.reached[name], strict=True)
        ]

    def classes(self, weights: Floats) -> dict[str, Floats]:
        """Sign → weights by cause and class, from one row of weights a cause."""
        found, first = {}, 0
        for name, own in self.edges.items():
            steps = weights[:, first : first + len(own)]
            middle = steps @ np.array(self.reached[name])
            found[name] = np.cumsum(np.concatenate([-middle[:, None], steps], axis=1), axis=1)
            first += len(own)
        return found


def multinomial(
    table: list[tuple[str | None, dict[str, float]]],
) -> tuple[Floats, Cards]:
    """(prior of each cause, sign → (weights by cause and class, usual measures))."""
    coding = Coding.of(EDGES, [measures for _, measures in table], [label for label, _ in table])
    x = np.array([coding.row(measures) for _, measures in table])
    y = np.array([CAUSES.index(label or "") for label, _ in table])
    width = x.shape[1]
    names = [name for name, own in EDGES.items() for _ in own]
    left_open = 1 + np.flatnonzero([name not in OF_MALICE for name in names])

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(len(CAUSES), width + 1).copy()
        weights[1, left_open] = weights[0, left_open]
        scores = x @ weights[:, 1:].T + weights[:, 0]
        scores -= scores.max(axis=1, keepdims=True)
        chance = np.exp(scores)
        chance /= chance.sum(axis=1, keepdims=True)
        gap = chance.copy()
        gap[np.arange(len(y)), y] -= 1
        grad = np.concatenate([gap.sum(axis=0)[:, None], gap.T @ x], axis=1)
        grad[:, 1:] += RIDGE * weights[:, 1:]
        grad[0, left_open] += grad[1, left_open]
        grad[1, left_open] = 0.0
        total = -np.log(chance[np.arange(len(y)), y] + 1e-300).sum() + RIDGE / 2 * (weights[:, 1:] ** 2).sum()
        return float(total), grad.ravel()

    towards = [TOWARDS.get(name, (0, 0, 0)) for name in names]
    bounds = [
        bound for cause in range(len(CAUSES)) for bound in [(None, None), *(BOUNDS[way[cause]] for way in towards)]
    ]
    best = minimize(loss, np.zeros(len(CAUSES) * (width + 1)), jac=True, method="L-BFGS-B", bounds=bounds).x
    weights = best.reshape(len(CAUSES), width + 1)
    weights[1, left_open] = weights[0, left_open]
    labels = [label for label, _ in table]
    return weights[:, 0], _cards(coding.classes(weights[:, 1:]), [measures for _, measures in table], labels, CAUSES)


def binary(
    stretches: list[tuple[bool, str, dict[str, float]]],
) -> tuple[dict[str, float], Cards]:
    """(prior of each kind, sign → (weights by class, usual measures of people and of attacks))."""
    coding = Coding.of(ATTACK_EDGES, [one[2] for one in stretches], [attack for attack, _, _ in stretches])
    x = np.array([
        [*(float(kind == one) for one in KINDS), *coding.row(measures)] for _, kind, measures in stretches
    ])  # fmt: skip
    y = np.array([float(attack) for attack, _, _ in stretches])

    def loss(weights: Floats) -> tuple[float, Floats]:
        score = x @ weights
        total = np.logaddexp(0, score).sum() - (y * score).sum() + RIDGE / 2 * (weights**2).sum()
        return float(total), x.T @ (1 / (1 + np.exp(-score)) - y) + RIDGE * weights

    bounds = [(None, None)] * len(KINDS) + [RISES[name] for name, own in ATTACK_EDGES.items() for _ in own]
    weights = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x
    labels = ["attack" if attack else "people" for attack, _, _ in stretches]
    measures = [measures for _, _, measures in stretches]
    cards = _cards(coding.classes(weights[None, len(KINDS) :]), measures, labels, ("people", "attack"))
    return dict(zip(KINDS, weights[: len(KINDS)].tolist(), strict=True)), cards


def _cards(
    classes: dict[str, Floats], measures: list[dict[str, float]], labels: Sequence[str | None], groups: tuple[str, ...]
) -> Cards:
    found = {}
    for name, weights in classes.items():
        usual = []
        for group in groups:
            values = [one[name] for one, label in zip(measures, labels, strict=True) if label == group and name in one]
            usual.append(_usual(values))
        found[name] = (weights, usual)
    return found


def _usual(values: list[float]) -> float:
    """The median; of what is or is not, how often it is."""
    if not values:
        return 0.0
    return float(np.mean(values) if set(values) == {0.0, 1.0} else np.median(values))


def unnoticed(seen: list[Seen]) -> dict[str, float]:
    """Of statements without incident, the share in which each cause was at work and left no likely stretch."""
    still = [one for one in seen if not one.incidents and not any(attack for attack, _, _ in one.stretches)]
    return {cause: (sum(cause in one.causes for one in still) + 0.2) / (len(still) + 1) for cause in CAUSES}


def written(
    cards: tuple[Floats, Cards],
    attacks: tuple[dict[str, float], Cards],
    still: dict[str, float],
    statements: int,
) -> str:
    """The module's text."""
    names = {cause: f"Cause.{cause.upper()}" for cause in CAUSES}
    prior = ", ".join(f"{names[cause]}: {value:.2f}" for cause, value in zip(CAUSES, cards[0], strict=True))
    hidden = ", ".join(f"{names[cause]}: {value:.4f}" for cause, value in still.items())
    kinds = ", ".join(f'"{kind}": {value:.2f}' for kind, value in attacks[0].items())
    return TEMPLATE.format(
        statements=statements, prior=prior, hidden=hidden, kinds=kinds,
        cards=_written(cards[1], EDGES), attack_cards=_written(attacks[1], ATTACK_EDGES),
    )  # fmt: skip


def _written(cards: Cards, edges: dict[str, tuple[float, ...]]) -> str:
    lines = []
    for name, (weights, usual) in cards.items():
        if np.abs(weights).max() < NOTHING:
            print(f"{name} weighs nothing beside the others: drop it", file=sys.stderr)
        rows = ", ".join(f"({', '.join(f'{value:.2f}' for value in row)})" for row in weights)
        lines += [
            f'    "{name}": Card(',
            f"        edges=({', '.join(f'{edge:g}' for edge in edges[name])},),",
            f"        weights=({rows},),",
            f"        usual=({', '.join(f'{value:.4g}' for value in usual)},),",
            "    ),",
        ]
    return "\n".join(lines)


TEMPLATE = '''"""What is each sign worth? Fitted, not judged: written by `make bench-explain ARGS=--fit`.

Learnt from {statements:,} statements on made-up nights (`bench/nights/laws.py` says from which laws), none of which is
ever judged. A logit with a ridge on the differences between neighbouring classes (`bench/explain_fit.py`). Rows of
weights: capacity, malice, fault; of an attack's: malice against people. `usual` is the median measure where each cause
is at work, and for an attack's signs that of people and that of attacks.
"""

from kickoff.causes.cards import Card
from kickoff.findings import Cause

CAUSES = (Cause.CAPACITY, Cause.MALICE, Cause.FAULT)

UNNOTICED = {{{hidden}}}
"""Where nothing was noticed: how often each cause is at work all the same."""
PRIOR = {{{prior}}}
ATTACK_PRIOR = {{{kinds}}}

CARDS: dict[str, Card] = {{
{cards}
}}

ATTACK_CARDS: dict[str, Card] = {{
{attack_cards}
}}
'''
