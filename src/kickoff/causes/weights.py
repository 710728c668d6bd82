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
PRIOR = {Cause.CAPACITY: 1.18, Cause.MALICE: -1.19, Cause.FAULT: 0.01}
ATTACK_PRIOR = {"strangers": 1.35, "passwords": -0.13, "refusals": 0.46}

CARDS: dict[str, Card] = {
    "silent": Card(
        edges=(0.5,),
        weights=(
            (0.19, -2.97),
            (0.19, -2.97),
            (-0.39, 5.94),
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
            (-0.51, -0.51, -0.28, 0.51),
            (-0.51, -0.51, -0.28, 0.51),
            (1.02, 1.02, 0.55, -1.03),
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
            (-1.18, -0.39, 0.40, 1.19),
            (-1.18, -0.39, 0.40, 1.19),
            (2.35, 0.78, -0.80, -2.38),
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
            (-0.03, 0.39, 0.39),
            (-0.03, 0.39, 0.39),
            (0.06, -0.78, -0.78),
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
            (-0.52, 0.61, 0.67, 0.67),
            (-0.52, 0.61, 0.67, 0.67),
            (1.05, -1.22, -1.34, -1.34),
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
            (-2.57, -0.01, 0.52, 1.36),
            (-2.57, -0.01, 0.52, 1.36),
            (5.14, 0.03, -1.04, -2.73),
        ),
        usual=(
            0.7511,
            0.9997,
            0,
        ),
    ),
    "wrong_credentials": Card(
        edges=(
            0.8,
            0.97,
        ),
        weights=(
            (0.87, 0.66, -0.57),
            (2.67, 2.06, -1.78),
            (-3.54, -2.72, 2.35),
        ),
        usual=(
            0,
            0.9039,
            1,
        ),
    ),
    "released": Card(
        edges=(0.5,),
        weights=(
            (0.02, -0.33),
            (0.02, -0.33),
            (-0.04, 0.65),
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
            (0.63, -1.09, -1.19, -1.19, -1.19),
            (-2.29, 3.10, 4.41, 4.41, 4.41),
            (1.75, -1.92, -3.13, -3.53, -4.01),
        ),
        usual=(
            0,
            1.846,
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
        weights=((-1.79, -1.51, -0.18, 1.08),),
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
        weights=((-3.13, -1.38, 0.56, 2.49, 3.03),),
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
        weights=((0.45, -0.32, -0.40),),
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
        weights=((1.04, 0.76, -0.39, -1.52),),
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
        weights=((-4.02, -3.07, -0.22, 1.62, 3.29),),
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
        weights=((-2.05, -1.08, -0.19, 0.48),),
        usual=(
            0.9751,
            0.9776,
        ),
    ),
}
