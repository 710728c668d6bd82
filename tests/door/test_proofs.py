"""Challenges: made anew each time, the same as before."""

from itertools import pairwise

import pytest
from altcha import Challenge, Payload, solve_challenge, verify_solution

from kickoff.door.networks import Networks
from kickoff.door.proofs import CHALLENGE_S, Proofs
from kickoff.units import US_PER_S

NETWORK = Networks(b"key", places_per_s=9).of("203.0.113.1", 0)


def test_the_library_takes_a_challenge_for_one_of_its_own() -> None:
    """It is signed as the library signs: whoever solves ALTCHA solves it."""
    proofs = Proofs(b"k" * 32, cost=1)
    challenge = Challenge.from_dict(proofs.challenge(7, NETWORK, 5 * US_PER_S, since_us=0))
    solution = solve_challenge(challenge, timeout=30)
    assert solution
    payload = Payload(challenge, solution)
    assert verify_solution(payload, proofs._secret).verified
    shown = proofs.shown(payload.to_base64(), 7, NETWORK, 6 * US_PER_S)
    assert shown is not None
    assert shown.asked_at == 0


def test_a_challenge_is_each_subjects_own_and_lives_on_for_half_its_life() -> None:
    """Whoever asks again at its end has as long again; others have another."""
    proofs = Proofs(b"k" * 32, cost=1)
    half_us = CHALLENGE_S // 2 * US_PER_S
    first = proofs.challenge(7, NETWORK, 0, since_us=0)
    assert proofs.challenge(7, NETWORK, half_us - 1, since_us=0) == first
    assert proofs.challenge(7, NETWORK, half_us, since_us=0) != first
    assert proofs.challenge(8, NETWORK, 0, since_us=0) != first
    assert Proofs(b"l" * 32, cost=1).challenge(7, NETWORK, 0, since_us=0) != first


@pytest.mark.parametrize(
    ("proved", "cost"), [(0, 1), (15, 1), (16, 2), (64, 8), (128, 16), (255, 16), (256, 32), (2048, 256), (9999, 256)]
)
def test_the_price_is_as_high_as_so_many_have_shown_lately(proved: int, cost: int) -> None:
    """The first of a network pay a thirty-second; thousands pay eight times as much, and no more than that."""
    network = Networks(b"key", places_per_s=9).of("203.0.113.1", 0)
    for _ in range(proved):
        network.prove(0)
    asked = Proofs(b"k" * 32, cost=32).challenge(7, network, 0, since_us=0)
    parameters = Challenge.from_dict(asked).parameters
    assert parameters.cost * 16 ** len(parameters.key_prefix) / 256 == cost


def test_what_is_cheap_takes_few_tries() -> None:
    """Each try is two calls of a browser: 256 of them took an old phone longer than what was asked for."""
    network = Networks(b"key", places_per_s=9).of("203.0.113.1", 0)
    proofs = Proofs(b"k" * 32, cost=1000)
    cheap = proofs.challenge(7, network, 0, since_us=0)
    for _ in range(100):
        network.prove(0)
    dear = proofs.challenge(7, network, 0, since_us=0)
    assert [Challenge.from_dict(one).parameters.key_prefix for one in (cheap, dear)] == ["0", "00"]


@pytest.mark.parametrize(("proved", "is_taken"), [(31, True), (32, False)])
def test_a_cheap_proof_is_good_while_the_price_is_one_step_above_its_own(proved: int, *, is_taken: bool) -> None:
    """By all of its work, not by that of one try: who asks for thousands while they are cheap cannot show them all."""
    network = Networks(b"key", places_per_s=9).of("203.0.113.3", 0)
    proofs = Proofs(b"k" * 32, cost=32)
    challenge = Challenge.from_dict(proofs.challenge(7, network, 0, since_us=0))
    solution = solve_challenge(challenge, timeout=30)
    assert solution
    for _ in range(proved):
        network.prove(0)
    shown = proofs.shown(Payload(challenge, solution).to_base64(), 7, network, 0)
    assert (shown is not None) == is_taken


@pytest.mark.parametrize("cost", [1, 7, 999, 1000])
def test_a_step_of_the_price_is_never_more_than_twice_the_one_below(cost: int) -> None:
    """Else the work for a challenge of one step ago was refused: 62 rounds where 125 were due."""
    network = Networks(b"key", places_per_s=9).of("203.0.113.2", 0)
    proofs = Proofs(b"k" * 32, cost=cost)
    prices = []
    for _ in range(3_000):
        network.prove(0)
        prices.append(proofs._price(network, 0))
    assert prices[-1] > prices[0]
    assert all(now <= 2 * before for before, now in pairwise(prices))
