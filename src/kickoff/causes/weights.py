"""What is each sign worth? Fitted, not judged: written by `make bench-explain ARGS=--fit`.

Learnt from 1,200 statements on made-up nights (`bench/nights/laws.py` says from which laws), none of which is
ever judged. A logit with a ridge on the differences between neighbouring classes (`bench/explain_fit.py`). Rows of
weights: capacity, malice, fault; of an attack's: malice against people. `usual` is the median measure where each cause
is at work, and for an attack's signs that of people and that of attacks.
"""

from kickoff.causes.cards import Card
from kickoff.findings import Cause

CAUSES = (Cause.CAPACITY, Cause.MALICE, Cause.FAULT)

UNNOTICED = {Cause.CAPACITY: 0.0010, Cause.MALICE: 0.0010, Cause.FAULT: 0.0060}
"""Where nothing was noticed: how often each cause is at work all the same."""
PRIOR = {Cause.CAPACITY: 1.26, Cause.MALICE: -1.24, Cause.FAULT: -0.02}
ATTACK_PRIOR = {"strangers": 1.35, "passwords": -0.13, "refusals": 0.46}

CARDS: dict[str, Card] = {
    "silent": Card(
        edges=(0.5,),
        weights=(
            (0.19, -2.93),
            (0.19, -2.93),
            (-0.38, 5.86),
        ),
        usual=(
            0,
            0,
            0.1844,
        ),
    ),
    "queue_ms": Card(
        edges=(
            30,
            200,
            1000,
        ),
        weights=(
            (-0.57, -0.57, -0.29, 0.47),
            (-0.57, -0.57, -0.29, 0.47),
            (1.13, 1.13, 0.58, -0.94),
        ),
        usual=(
            3575,
            2370,
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
            (-1.24, -0.48, 0.28, 1.03),
            (-1.24, -0.48, 0.28, 1.03),
            (2.48, 0.96, -0.55, -2.07),
        ),
        usual=(
            1,
            1,
            0.161,
        ),
    ),
    "surge": Card(
        edges=(
            1.5,
            3,
        ),
        weights=(
            (-0.04, 0.38, 0.38),
            (-0.04, 0.38, 0.38),
            (0.07, -0.76, -0.76),
        ),
        usual=(
            0.9751,
            0.8103,
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
            (-0.55, 0.52, 0.60, 0.60),
            (-0.55, 0.52, 0.60, 0.60),
            (1.11, -1.04, -1.20, -1.20),
        ),
        usual=(
            5.41,
            37.28,
            1.027,
        ),
    ),
    "says_overloaded": Card(
        edges=(
            0.1,
            0.5,
            0.9,
        ),
        weights=(
            (-2.51, 0.01, 0.54, 1.36),
            (-2.51, 0.01, 0.54, 1.36),
            (5.02, -0.01, -1.08, -2.72),
        ),
        usual=(
            0.7511,
            0.994,
            0,
        ),
    ),
    "wrong_credentials": Card(
        edges=(
            0.8,
            0.97,
        ),
        weights=(
            (0.87, 0.68, -0.59),
            (2.79, 2.14, -1.85),
            (-3.66, -2.82, 2.43),
        ),
        usual=(
            0,
            0.9037,
            1,
        ),
    ),
    "released": Card(
        edges=(0.5,),
        weights=(
            (0.02, -0.34),
            (0.02, -0.34),
            (-0.04, 0.69),
        ),
        usual=(
            0,
            0,
            0.1768,
        ),
    ),
    "attacked": Card(
        edges=(
            0.2,
            0.6,
            2,
            5,
        ),
        weights=(
            (0.60, -0.96, -1.14, -1.14, -1.14),
            (-2.22, 2.86, 4.29, 4.29, 4.30),
            (1.72, -1.80, -3.05, -3.45, -4.05),
        ),
        usual=(
            0,
            2.021,
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
        weights=((-1.79, -1.51, -0.18, 1.07),),
        usual=(
            2.568,
            80.18,
        ),
    ),
    "devices_per_network": Card(
        edges=(
            1.5,
            4,
            20,
            100,
        ),
        weights=((-3.14, -1.38, 0.55, 2.49, 3.04),),
        usual=(
            1.048,
            499.2,
        ),
    ),
    "tries_each": Card(
        edges=(
            1.2,
            2.5,
        ),
        weights=((0.44, -0.32, -0.40),),
        usual=(
            1.315,
            1,
        ),
    ),
    "went_on": Card(
        edges=(
            0.1,
            0.5,
            0.85,
        ),
        weights=((1.03, 0.76, -0.39, -1.52),),
        usual=(
            0.9422,
            0.01644,
        ),
    ),
    "alike": Card(
        edges=(
            1.5,
            4,
            10,
            25,
        ),
        weights=((-4.02, -3.08, -0.22, 1.63, 3.30),),
        usual=(
            1.535,
            180.8,
        ),
    ),
    "households": Card(
        edges=(
            0.1,
            0.3,
            0.7,
        ),
        weights=((-2.02, -1.04, -0.14, 0.48),),
        usual=(
            0.9751,
            0.9598,
        ),
    ),
}
