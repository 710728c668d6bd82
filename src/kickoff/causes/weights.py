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
PRIOR = {Cause.CAPACITY: 0.41, Cause.MALICE: -2.40, Cause.FAULT: 1.98}
ATTACK_PRIOR = {"strangers": 2.81, "passwords": 1.41, "refusals": 1.39}

CARDS: dict[str, Card] = {
    "confined": Card(
        edges=(
            0.2,
            0.5,
            0.8,
        ),
        weights=(
            (0.11, 0.04, -0.04, -0.11),
            (0.11, 0.04, -0.04, -0.11),
            (-0.23, -0.08, 0.07, 0.22),
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
            (0.00, -0.05),
            (0.00, -0.05),
            (-0.01, 0.09),
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
            (-0.47, -0.41, -0.05, 0.55),
            (-0.47, -0.41, -0.05, 0.55),
            (0.94, 0.82, 0.11, -1.09),
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
            (-0.83, -0.23, 0.37, 0.97),
            (-0.83, -0.23, 0.37, 0.97),
            (1.65, 0.45, -0.75, -1.95),
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
            (-0.02, 0.21, -0.01),
            (-0.02, 0.21, -0.01),
            (0.03, -0.41, 0.03),
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
            (-0.29, 0.42, 0.59, 0.41),
            (-0.29, 0.42, 0.59, 0.41),
            (0.57, -0.85, -1.19, -0.83),
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
            (-1.10, 0.05, 0.69, 1.26),
            (-1.10, 0.05, 0.69, 1.26),
            (2.20, -0.11, -1.38, -2.53),
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
            (1.02, 0.37, -0.44, -1.40),
            (-2.15, 0.06, 2.33, 2.76),
            (1.13, -0.43, -1.89, -1.36),
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
            (0.93, -1.02, -1.80, -4.11),
            (-1.05, 2.00, 3.00, 4.11),
            (0.13, -0.98, -1.20, -0.01),
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
        weights=((-1.70, -1.38, -0.31, 0.40),),
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
        weights=((-0.12, -0.13, 0.42, -0.12),),
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
        weights=((-4.26, -2.69, -0.89, 0.92),),
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
        weights=((0.10, 0.10, -0.44),),
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
        weights=((0.54, 0.14, -1.18, -2.26),),
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
        weights=((-3.11, -2.13, 0.40),),
        usual=(
            2.504,
            185.2,
        ),
    ),
}
