"""What is each sign worth? A table of log likelihood ratios that a person can redo, and the sum of what was seen.

A sign's measure falls into a class between two edges; the class has a weight for each cause. Weights of different
signs add up to log odds, as in a score card: they were fitted together, so that two signs of the same thing do not
count twice. A sign that cannot be read says nothing.
"""

from bisect import bisect_right
from collections.abc import Iterable
from math import exp, log

from msgspec import Struct

from kickoff.causes.signs import Sign
from kickoff.causes.weights import ATTACK_CARDS, ATTACK_PRIOR, CARDS, CAUSES, PRIOR
from kickoff.findings import Cause


class Weighed(Struct, frozen=True, kw_only=True):
    """A sign with what it is worth."""

    sign: Sign
    favours: Cause
    weight: float
    """Log likelihood ratio of the favoured cause over the best other one."""
    expected: float
    """What is usual where the favoured cause is not at work."""


def incident_chances(signs: Iterable[Sign]) -> dict[Cause, float]:
    """The probability of each cause of one incident."""
    scores = dict(PRIOR)
    for sign in signs:
        for cause, weight in _weights(sign).items():
            scores[cause] += weight
    highest = max(scores.values())
    odds = {cause: exp(score - highest) for cause, score in scores.items()}
    return {cause: odd / sum(odds.values()) for cause, odd in odds.items()}


def attack_chance(kind: str, signs: Iterable[Sign]) -> float:
    """The probability that a stretch of strangers, passwords or refusals is an attack."""
    score = ATTACK_PRIOR[kind] + sum(_attack_weight(sign) for sign in signs)
    return 1 / (1 + exp(-score))


def weighed(sign: Sign) -> Weighed:
    """What a sign of an incident says, and for whom. Of what malice leaves open it says nothing for or against it."""
    card = CARDS[sign.name]
    leaves_open = card.weights[CAUSES.index(Cause.MALICE)] == card.weights[CAUSES.index(Cause.CAPACITY)]
    weights = {cause: weight for cause, weight in _weights(sign).items() if not (leaves_open and cause is Cause.MALICE)}
    ranked = sorted(weights.items(), key=lambda entry: -entry[1])
    favours, others = ranked[0][0], ranked[1:]
    usual = [card.usual[CAUSES.index(cause)] for cause, _ in others]
    return Weighed(
        sign=sign,
        favours=favours,
        weight=ranked[0][1] - others[0][1],
        expected=max(usual, key=lambda one: abs(log(max(one, 1e-3)) - log(max(sign.measure, 1e-3)))),
    )


def weighed_attack(sign: Sign, otherwise: Cause) -> Weighed:
    """What a sign on a stretch says: for malice, or against it, which favours what else explains the night."""
    weight = _attack_weight(sign)
    people, attack = ATTACK_CARDS[sign.name].usual
    is_against = weight < 0
    return Weighed(
        sign=sign,
        favours=otherwise if is_against else Cause.MALICE,
        weight=abs(weight),
        expected=attack if is_against else people,
    )


def _weights(sign: Sign) -> dict[Cause, float]:
    card = CARDS[sign.name]
    place = bisect_right(card.edges, sign.measure)
    return {cause: card.weights[number][place] for number, cause in enumerate(CAUSES)}


def _attack_weight(sign: Sign) -> float:
    card = ATTACK_CARDS[sign.name]
    return card.weights[0][bisect_right(card.edges, sign.measure)]
