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
PRIOR = {Cause.CAPACITY: 2.85, Cause.MALICE: -2.88, Cause.FAULT: 0.03}
ATTACK_PRIOR = {"strangers": 0.92, "passwords": -0.93, "refusals": -0.55}

CARDS: dict[str, Card] = {
    "confined": Card(
        edges=(
            0.2,
            0.5,
            0.8,
        ),
        weights=(
            (-2.27, -2.03, -1.78, -1.54),
            (-0.48, -1.18, -1.88, -2.58),
            (2.75, 3.21, 3.66, 4.12),
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
            (-0.30, -0.60),
            (-0.35, -0.69),
            (0.65, 1.29),
        ),
        usual=(
            1,
            0,
            1,
        ),
    ),
    "queue_ms": Card(
        edges=(
            30,
            200,
            1000,
        ),
        weights=(
            (-0.78, -0.64, -0.21, 0.43),
            (0.14, 0.16, 0.22, 0.29),
            (0.63, 0.48, -0.00, -0.72),
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
            (-0.78, -0.14, 0.50, 1.14),
            (0.14, 0.22, 0.30, 0.38),
            (0.63, -0.08, -0.80, -1.52),
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
            (0.75, 1.07, 1.00),
            (-0.34, -0.37, -0.37),
            (-0.41, -0.70, -0.62),
        ),
        usual=(
            0.9846,
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
            (-0.45, 0.64, 1.31, 1.43),
            (-0.13, -0.02, 0.16, 0.43),
            (0.58, -0.63, -1.47, -1.87),
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
            (-0.31, 1.48, 2.20, 2.62),
            (-0.16, -0.04, 0.18, 0.43),
            (0.47, -1.44, -2.37, -3.05),
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
            (-2.27, -3.01, -3.86, -4.67),
            (0.76, 1.60, 2.53, 2.87),
            (1.51, 1.41, 1.33, 1.80),
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
            (-0.19, -0.38),
            (-0.00, -0.00),
            (0.19, 0.38),
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
            (-0.94, -1.89, -2.71, -3.60),
            (1.82, 3.65, 4.83, 5.69),
            (-0.88, -1.76, -2.12, -2.09),
        ),
        usual=(
            1.512,
            2.637,
            3.491,
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
        weights=((-0.57, -0.71, 0.46, 1.24),),
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
        weights=((-1.51, -1.64, -1.24, -1.77),),
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
        weights=((-1.51, -0.43, 1.14, 2.71),),
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
        weights=((-0.57, -0.57, -1.38),),
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
        weights=((0.95, 0.52, -0.59, -1.49),),
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
        weights=((-0.57, 0.02, 2.33),),
        usual=(
            2.504,
            185.2,
        ),
    ),
}
