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
PRIOR = {Cause.CAPACITY: 0.35, Cause.MALICE: -1.89, Cause.FAULT: 1.55}
ATTACK_PRIOR = {"strangers": 1.90, "passwords": -0.81, "refusals": -0.48}

CARDS: dict[str, Card] = {
    "confined": Card(
        edges=(
            0.2,
            0.5,
            0.8,
        ),
        weights=(
            (-0.00, 0.00, 0.00, 0.00),
            (-0.00, 0.00, 0.00, 0.00),
            (-0.00, 0.00, 0.00, 0.00),
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
            (0.08, -1.70),
            (0.08, -1.70),
            (-0.16, 3.40),
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
            (-0.56, -0.48, -0.09, 0.56),
            (-0.56, -0.48, -0.09, 0.56),
            (1.11, 0.96, 0.18, -1.12),
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
            (-0.97, -0.32, 0.34, 0.99),
            (-0.97, -0.32, 0.34, 0.99),
            (1.94, 0.63, -0.67, -1.98),
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
            (-0.06, 0.57, 0.57),
            (-0.06, 0.57, 0.57),
            (0.11, -1.13, -1.13),
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
            (-0.45, 0.54, 0.54, 0.54),
            (-0.45, 0.54, 0.54, 0.54),
            (0.91, -1.09, -1.09, -1.09),
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
            (-1.85, 0.05, 0.60, 0.86),
            (-1.85, 0.05, 0.60, 0.86),
            (3.70, -0.11, -1.20, -1.71),
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
            (1.17, 0.27, -0.96, -2.13),
            (-1.86, 0.48, 2.93, 3.19),
            (0.69, -0.75, -1.97, -1.06),
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
            (1.32, -0.40, -0.59, -3.65),
            (-1.96, 1.50, 2.47, 4.56),
            (0.85, -0.89, -1.67, -1.67),
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
