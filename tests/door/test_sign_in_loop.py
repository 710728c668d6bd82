"""Permit, meter and controller together at ten times sign-in's capacity: the back end has work, and never too much."""

import pytest

from tests.door.sign_in_loop import DEADLINE_S, Loop

BEST = 42.0
LOST_S, BACK_S, END_S = 25.0, 35.0, 45.0
SEEDS = range(3)


def halved(at_s: float) -> float:
    """Half of the capacity is gone for ten seconds."""
    return BEST / 2 if LOST_S <= at_s < BACK_S else BEST


@pytest.mark.parametrize("seed", SEEDS)
def test_the_back_end_is_at_work_all_the_time(seed: int) -> None:
    """People come at random and late: a back end that is sent exactly what it carries idles a tenth of the time."""
    loop = Loop(lambda _: BEST, seed=seed).played(LOST_S)
    assert loop.good_per_s(10.0, LOST_S) >= 0.98 * BEST


@pytest.mark.parametrize("seed", SEEDS)
def test_half_the_capacity_is_lost_and_is_used_at_once_when_it_returns(seed: int) -> None:
    """Whoever is called at the return comes seconds later: others stand by. All who are taken are answered in time."""
    loop = Loop(halved, seed=seed).played(END_S)
    assert loop.good_per_s(LOST_S + 1, BACK_S) >= 0.97 * BEST / 2
    assert loop.good_per_s(BACK_S, END_S) >= 0.92 * BEST
    assert loop.in_hand_most <= DEADLINE_S * BEST / 2


@pytest.mark.parametrize("seed", SEEDS)
def test_half_of_those_called_never_come_and_the_back_end_is_at_work(seed: int) -> None:
    """Others are called in their stead."""
    loop = Loop(lambda _: BEST, seed=seed, come_share=0.5).played(LOST_S)
    assert loop.good_per_s(12.0, LOST_S) >= 0.95 * BEST


def test_few_are_sent_away_while_nothing_is_lost() -> None:
    """A second's work stands in hand, not at the door."""
    loop = Loop(lambda _: BEST, seed=1).played(LOST_S)
    assert loop.sent_away <= 0.05 * len(loop.good_s)
