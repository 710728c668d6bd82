"""The conditional logit finds the weights by which choices were made, and is never judged by what it has learnt."""

import numpy as np

from bench.logit import Choice, chances, fit, fit_with_ridge

TRUE = np.array([2.0, -1.0, 0.0])


def choices(count: int) -> list[Choice]:
    """Choices among five, made with known weights."""
    rng = np.random.default_rng(5)
    found = []
    for number in range(count):
        features = rng.normal(size=(5, 3))
        chance = chances(Choice(features=features, right=None, group=""), TRUE)
        found.append(Choice(features=features, right=int(rng.choice(5, p=chance)), group=f"g{number % 40}"))
    return found


def test_the_weights_behind_choices_are_found() -> None:
    """Maximum likelihood with a mild ridge: near the truth, and drawn a little towards nought."""
    weights = fit(choices(2_000), 1.0)

    assert np.abs(weights - TRUE).max() < 0.25


def test_with_little_to_learn_from_the_ridge_is_strong() -> None:
    """What cannot be told apart is not learnt."""
    _, few = fit_with_ridge(choices(40))
    weights, _ = fit_with_ridge(choices(400))

    assert few == 3.0
    assert weights[0] > 1.0 > abs(weights[2])


def test_chances_add_up() -> None:
    """Confidence is a probability over the candidates."""
    choice = choices(1)[0]
    assert np.isclose(chances(choice, TRUE).sum(), 1.0)
