"""What is each sign worth? Fitted, not judged: written by `make bench-explain ARGS=--fit`.

Learnt from 1,200 statements on made-up nights (`bench/nights/laws.py` says from which laws), none of which is
ever judged. A logit with a ridge on the differences between neighbouring classes (`bench/explain_fit.py`). Rows of
weights: capacity, malice, fault; of an attack's: malice against people. `usual` is the median measure where each cause
is at work, and for an attack's signs that of people and that of attacks.
"""

from kickoff.causes.cards import Card
from kickoff.findings import Cause

CAUSES = (Cause.CAPACITY, Cause.MALICE, Cause.FAULT)

UNNOTICED = {Cause.CAPACITY: 0.0010, Cause.MALICE: 0.0109, Cause.FAULT: 0.0059}
"""Where nothing was noticed: how often each cause is at work all the same."""
PRIOR = {Cause.CAPACITY: 0.66, Cause.MALICE: -1.45, Cause.FAULT: 0.79}
ATTACK_PRIOR = {"strangers": 0.21, "passwords": -0.00, "refusals": 0.29}

CARDS: dict[str, Card] = {
    "silent": Card(
        edges=(0.5,),
        weights=(
            (0.14, -2.15),
            (0.14, -2.15),
            (-0.28, 4.30),
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
            (-0.50, -0.50, -0.22, 0.50),
            (-0.50, -0.50, -0.22, 0.50),
            (1.00, 1.00, 0.44, -1.00),
        ),
        usual=(
            3575,
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
            (-1.07, -0.35, 0.37, 1.09),
            (-1.07, -0.35, 0.37, 1.09),
            (2.15, 0.71, -0.73, -2.17),
        ),
        usual=(
            1,
            0.2717,
            0.161,
        ),
    ),
    "surge": Card(
        edges=(
            1.5,
            3,
        ),
        weights=(
            (-0.03, 0.41, 0.41),
            (-0.03, 0.41, 0.41),
            (0.07, -0.83, -0.83),
        ),
        usual=(
            0.9751,
            0.8095,
            0.9655,
        ),
    ),
    "slower": Card(
        edges=(
            1.5,
            4,
            15,
        ),
        weights=(
            (-0.41, 0.52, 0.52, 0.52),
            (-0.41, 0.52, 0.52, 0.52),
            (0.82, -1.03, -1.03, -1.03),
        ),
        usual=(
            4.754,
            31.61,
            0.9992,
        ),
    ),
    "says_overloaded": Card(
        edges=(
            0.1,
            0.5,
            0.9,
        ),
        weights=(
            (-2.19, 0.17, 0.68, 0.88),
            (-2.19, 0.17, 0.68, 0.88),
            (4.38, -0.33, -1.37, -1.76),
        ),
        usual=(
            0.7511,
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
            (0.67, 0.41, -0.13, -1.23),
            (-1.04, 0.41, 1.91, 1.67),
            (0.37, -0.82, -1.78, -0.44),
        ),
        usual=(
            0.05639,
            0.9007,
            0.07358,
        ),
    ),
    "released": Card(
        edges=(0.5,),
        weights=(
            (0.03, -0.49),
            (0.03, -0.49),
            (-0.06, 0.97),
        ),
        usual=(
            0,
            0,
            0,
        ),
    ),
    "attacked": Card(
        edges=(
            0.2,
            0.6,
            2,
        ),
        weights=(
            (0.61, -1.13, -1.13, -1.13),
            (-1.83, 2.35, 3.27, 3.62),
            (1.42, -1.02, -2.55, -2.91),
        ),
        usual=(
            0,
            2.56,
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
        weights=((-1.48, -0.90, 0.76, 0.93),),
        usual=(
            2.385,
            80.29,
        ),
    ),
    "devices_per_network": Card(
        edges=(
            1.5,
            4,
            20,
        ),
        weights=((-2.43, -0.80, 0.63, 2.07),),
        usual=(
            1.048,
            500.2,
        ),
    ),
    "tries_each": Card(
        edges=(
            1.2,
            2.5,
        ),
        weights=((0.42, -0.44, -0.32),),
        usual=(
            1.258,
            1,
        ),
    ),
    "went_on": Card(
        edges=(
            0.1,
            0.5,
            0.85,
        ),
        weights=((1.26, 1.26, -0.36, -1.56),),
        usual=(
            0.9479,
            0.0269,
        ),
    ),
    "alike": Card(
        edges=(
            1.5,
            4,
        ),
        weights=((-2.41, -1.68, 1.02),),
        usual=(
            2.89,
            178.5,
        ),
    ),
}
