"""What is each sign worth? Fitted, not judged: written by `make bench-explain ARGS=--fit`.

Learnt from 800 statements on made-up nights (`bench/nights/laws.py` says from which laws), none of which is
ever judged. A logit with a ridge on the differences between neighbouring classes (`bench/explain_fit.py`). Rows of
weights: capacity, malice, fault; of an attack's: malice against people. `usual` is the median measure where each cause
is at work, and for an attack's signs that of people and that of attacks.
"""

from kickoff.causes.cards import Card
from kickoff.findings import Cause

CAUSES = (Cause.CAPACITY, Cause.MALICE, Cause.FAULT)

SURE = 0.85
"""Probability from which on a verdict is said."""
MALICE_SURE = 0.97
"""The same for malice: a wrong "malice" is the worst answer."""

UNNOTICED = {Cause.CAPACITY: 0.0013, Cause.MALICE: 0.0079, Cause.FAULT: 0.1066}
"""Where nothing was noticed: how often each cause is at work all the same."""
PRIOR = {Cause.CAPACITY: 0.33, Cause.MALICE: -1.93, Cause.FAULT: 1.60}
ATTACK_PRIOR = {"strangers": 1.90, "passwords": -0.81, "refusals": -0.48}

CARDS: dict[str, Card] = {
    "confined": Card(
        edges=(
            0.2,
            0.5,
            0.8,
        ),
        weights=(
            (-0.48, 0.00, 0.49, 0.97),
            (-0.48, 0.00, 0.49, 0.97),
            (0.97, -0.00, -0.97, -1.94),
        ),
        usual=(
            0.1,
            0.1,
            0.9941,
        ),
    ),
    "silent": Card(
        edges=(0.5,),
        weights=(
            (0.11, -2.42),
            (0.11, -2.42),
            (-0.23, 4.84),
        ),
        usual=(
            0,
            0,
            0,
        ),
    ),
    "queue_ms": Card(
        edges=(
            30,
            200,
            1000,
        ),
        weights=(
            (-0.37, -0.35, -0.06, 0.38),
            (-0.37, -0.35, -0.06, 0.38),
            (0.75, 0.70, 0.13, -0.75),
        ),
        usual=(
            3593,
            1,
            1,
        ),
    ),
    "utilisation": Card(
        edges=(
            0.5,
            0.8,
            0.95,
        ),
        weights=(
            (-0.66, -0.21, 0.23, 0.67),
            (-0.66, -0.21, 0.23, 0.67),
            (1.31, 0.43, -0.45, -1.34),
        ),
        usual=(
            1,
            0.2708,
            0.1657,
        ),
    ),
    "surge": Card(
        edges=(
            1.5,
            3,
        ),
        weights=(
            (-0.03, 0.26, 0.19),
            (-0.03, 0.26, 0.19),
            (0.05, -0.52, -0.38),
        ),
        usual=(
            0.9882,
            0.8095,
            1,
        ),
    ),
    "slower": Card(
        edges=(
            1.5,
            4,
            15,
        ),
        weights=(
            (-0.69, 1.02, 1.20, 0.69),
            (-0.69, 1.02, 1.20, 0.69),
            (1.38, -2.04, -2.40, -1.39),
        ),
        usual=(
            4.864,
            28.54,
            0.9983,
        ),
    ),
    "says_overloaded": Card(
        edges=(
            0.1,
            0.5,
            0.9,
        ),
        weights=(
            (-1.94, 0.04, 0.46, 1.11),
            (-1.94, 0.04, 0.46, 1.11),
            (3.88, -0.08, -0.92, -2.22),
        ),
        usual=(
            0.7325,
            0.9997,
            0,
        ),
    ),
    "wrong_credentials": Card(
        edges=(
            0.15,
            0.4,
            0.8,
        ),
        weights=(
            (1.55, 0.09, -1.59, -2.78),
            (-1.98, 0.43, 2.95, 3.42),
            (0.43, -0.51, -1.36, -0.65),
        ),
        usual=(
            0.05639,
            0.9084,
            0.07358,
        ),
    ),
    "released": Card(
        edges=(0.5,),
        weights=(
            (-0.00, 0.00),
            (-0.00, 0.00),
            (-0.00, 0.00),
        ),
        usual=(
            0,
            0,
            1,
        ),
    ),
    "attacked": Card(
        edges=(
            0.2,
            0.6,
            2,
        ),
        weights=(
            (1.36, -0.17, -0.53, -3.83),
            (-2.03, 1.40, 2.42, 4.82),
            (0.68, -1.24, -1.89, -0.99),
        ),
        usual=(
            0,
            2.586,
            0,
        ),
    ),
}

ATTACK_CARDS: dict[str, Card] = {
    "times": Card(
        edges=(
            2,
            4,
            10,
        ),
        weights=((-1.79, -1.40, 0.06, 0.95),),
        usual=(
            2.688,
            86.7,
        ),
    ),
    "households_there": Card(
        edges=(
            0.05,
            0.15,
            0.4,
        ),
        weights=((-0.00, 0.00, 0.00, 0.00),),
        usual=(
            0.3883,
            0.08201,
        ),
    ),
    "devices_per_network": Card(
        edges=(
            1.5,
            4,
            20,
        ),
        weights=((-2.51, -1.23, 0.39, 2.02),),
        usual=(
            1.047,
            499.2,
        ),
    ),
    "tries_each": Card(
        edges=(
            1.2,
            2.5,
        ),
        weights=((0.01, 0.36, -0.78),),
        usual=(
            1.317,
            1.373,
        ),
    ),
    "went_on": Card(
        edges=(
            0.1,
            0.5,
            0.85,
        ),
        weights=((1.36, 0.69, -0.78, -1.86),),
        usual=(
            0.9257,
            0.02612,
        ),
    ),
    "alike": Card(
        edges=(
            1.5,
            4,
        ),
        weights=((-2.74, -1.89, 1.17),),
        usual=(
            2.504,
            185.2,
        ),
    ),
}
