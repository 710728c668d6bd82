"""How many were turned away: who comes back tells by when, and what is unknown widens the range."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from kickoff.impact.away import Evidence, ShutOut, shut_out, unseen_of

SILENT = np.array([False, False, True, True, True, False, False, False, False])
USUAL = np.array([400.0, 400.0, 100.0, 200.0, 300.0, 100.0, 200.0, 300.0, 600.0])
BACK = np.array([0.0, 0.0, 5.0, 40.0, 90.0, 100.0, 60.0, 20.0, 4.0])
"""Those who had been turned away, as they come back within the silence and after it."""


def told_by(tells: float, *, silent: float = 0.7, level: float = 2.0, known: float = 0.05) -> Evidence:
    """Everything as it is expected, no more and no less: `silent` of those who come are turned away.

    known: how far, relatively, the level of an interval lies from that of the others
    """
    new = USUAL * level * (1 - silent * SILENT)
    return Evidence(
        came=np.round(new + BACK * (1 - tells)), told=np.round(BACK * tells), silent=SILENT, usual=USUAL,
        level=float(np.log(level)), unsure=4.0 + known**2 * np.eye(len(USUAL)),
    )  # fmt: skip


@pytest.mark.parametrize("tells", [0.25, 0.5, 0.85])
def test_whoever_comes_back_when_it_is_over_shows_how_many_tell(tells: float) -> None:
    """Nothing is said of it beforehand: one in four tell or six in seven, and those shut out are as many."""
    found = shut_out(told_by(tells))

    assert found.mean == pytest.approx(0.7 * 1_200, rel=0.04)
    assert found.expected == pytest.approx(1_200, rel=0.03)
    assert found.spread < 0.1 * found.mean


def test_while_it_lasts_few_know_who_comes_back() -> None:
    """Without the intervals after it the range is wider, and still holds the truth."""
    whole, until = told_by(0.3), 5
    begun = structs.replace(
        whole, came=whole.came[:until], told=whole.told[:until], silent=SILENT[:until], usual=USUAL[:until],
        unsure=whole.unsure[:until, :until],
    )  # fmt: skip
    found = shut_out(begun)

    assert found.spread > 1.1 * shut_out(whole).spread
    assert abs(found.mean - 0.7 * 1_200) < 1.645 * found.spread


@pytest.mark.parametrize("known", [0.1, 0.2])
def test_the_less_is_known_of_an_interval_the_wider_is_the_range(known: float) -> None:
    """How people come between other intervals is not how they come in this one."""
    assert shut_out(told_by(0.5, known=known)).spread > 1.2 * shut_out(told_by(0.5)).spread


def test_who_is_turned_away_is_as_much_by_chance_as_who_comes() -> None:
    """With everything else known, their number is still Poisson."""
    known = structs.replace(told_by(0.5, known=0.001), tells=(0.0, 0.001), steady=0.001)

    assert shut_out(known).spread > np.sqrt(shut_out(known).mean)


@given(
    came=st.lists(st.integers(0, 5_000), min_size=9, max_size=9),
    told=st.lists(st.integers(0, 500), min_size=9, max_size=9),
)
def test_whatever_came_there_is_a_range(came: list[int], told: list[int]) -> None:
    """Evidence that fits nothing is no reason to fall over: the ends are finite, in order and not below nobody."""
    odd = structs.replace(told_by(0.5), came=np.array(came, float), told=np.array(told, float))
    found = unseen_of(shut_out(odd), sum(told))

    assert 0 <= found.low <= found.mid <= found.high


def test_who_never_told_is_never_fewer_than_nobody() -> None:
    """More told than are held to be shut out: the range stands at nought, as far as chance allows."""
    found = unseen_of(ShutOut(expected=200.0, mean=100.0, spread=20.0), 120)

    assert 0 <= found.low < 3 < found.mid < found.high < 50
