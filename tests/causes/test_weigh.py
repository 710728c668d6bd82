"""The table of weights is whole and readable, and what it says follows from it alone."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.causes import attacks, signs
from kickoff.causes.explain import WHO
from kickoff.causes.signs import Sign
from kickoff.causes.weigh import attack_chance, incident_chances, weighed
from kickoff.causes.weights import ATTACK_CARDS, ATTACK_PRIOR, CARDS, CAUSES
from kickoff.findings import Cause

NOTHING: tuple[Sign, ...] = ()


def sign(name: str, measure: float) -> Sign:
    """A sign without words."""
    return Sign(name=name, measure=measure, words="")


@pytest.mark.parametrize(("module", "cards"), [(signs, CARDS), (attacks, ATTACK_CARDS)])
def test_every_sign_that_is_read_has_a_card(module: object, cards: dict[str, object]) -> None:
    """One without could not be weighed, and a card whose sign nobody reads would never weigh."""
    path = getattr(module, "__file__", "")
    read = set(re.findall(r'name="(\w+)"', Path(path).read_text("utf-8")))

    assert read == set(cards)


@pytest.mark.parametrize(("name", "cards"), [
    *((name, CARDS) for name in CARDS), *((name, ATTACK_CARDS) for name in ATTACK_CARDS)
])  # fmt: skip
def test_every_card_weighs_something(name: str, cards: dict[str, object]) -> None:
    """A sign that weighs nothing would be told as evidence for a cause that it does not favour."""
    assert any(weight for row in getattr(cards[name], "weights", ()) for weight in row)


def test_who_is_at_work_is_told_by_signs_that_weigh() -> None:
    """Malice is said only with one of these: one that weighs nothing can never be it."""
    assert set(ATTACK_CARDS) >= WHO


@pytest.mark.parametrize(("name", "cards", "rows"), [
    *((name, CARDS, len(CAUSES)) for name in CARDS), *((name, ATTACK_CARDS, 1) for name in ATTACK_CARDS)
])  # fmt: skip
def test_a_card_has_a_weight_for_each_class_and_cause(name: str, cards: dict[str, object], rows: int) -> None:
    """Edges rise, and there is one class more than edges."""
    card = cards[name]
    edges, weights = getattr(card, "edges", ()), getattr(card, "weights", ())

    assert list(edges) == sorted(set(edges))
    assert [len(row) for row in weights] == [len(edges) + 1] * rows


@given(st.dictionaries(st.sampled_from(sorted(CARDS)), st.floats(0, 1e6), max_size=6))
def test_chances_add_up_whatever_was_seen(measures: dict[str, float]) -> None:
    """They are the probabilities of one incident's cause."""
    chances = incident_chances(sign(name, measure) for name, measure in measures.items())

    assert abs(sum(chances.values()) - 1) < 1e-9
    assert all(0 <= chance <= 1 for chance in chances.values())


def test_malice_starts_unlikely() -> None:
    """Nobody is accused before anything was read."""
    chances = incident_chances(NOTHING)

    assert chances[Cause.MALICE] < 0.1
    assert min(chances, key=lambda cause: chances[cause]) is Cause.MALICE


@pytest.mark.parametrize("kind", list(ATTACK_PRIOR))
def test_households_that_come_in_are_no_attack(kind: str) -> None:
    """A full house has many strangers, each from a network of its own, who all look different and come in."""
    people = (
        sign("times", 3.0), sign("devices_per_network", 1.1), sign("went_on", 0.95), sign("alike", 1.0),
    )  # fmt: skip
    machines = (
        sign("times", 30.0), sign("devices_per_network", 400.0), sign("went_on", 0.0), sign("alike", 20.0),
    )  # fmt: skip

    assert attack_chance(kind, people) < 0.2
    assert attack_chance(kind, machines) > 0.97


def test_a_weight_can_be_redone_by_hand() -> None:
    """The favoured cause's entry less the next one's, in its class; malice has the overload's and is left out."""
    card = CARDS["queue_ms"]
    entries = sorted((row[-1] for row in card.weights), reverse=True)

    assert weighed(sign("queue_ms", 1e9)).weight == pytest.approx(entries[0] - entries[-1])
    assert weighed(sign("queue_ms", 1e9)).favours is Cause.CAPACITY
