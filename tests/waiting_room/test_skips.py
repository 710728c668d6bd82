"""Numbers that nobody has: counted out, and never waited for."""

from hypothesis import given
from hypothesis import strategies as st

from kickoff.waiting_room.skips import Skips, advanced, ahead, at_rank, held, rank

LAST = 400


@st.composite
def skips_strategy(draw: st.DrawFn) -> Skips:
    """Ranges in order, apart from each other."""
    edges = sorted(draw(st.sets(st.integers(1, LAST), max_size=8)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    return tuple((first, last) for first, last in pairs if first < last)


def real(skips: Skips) -> list[int]:
    """The numbers that somebody has."""
    return [number for number in range(1, LAST + 50) if not any(first <= number <= last for first, last in skips)]


@given(skips_strategy(), st.integers(0, LAST))
def test_those_who_hold_a_place_are_counted_and_nobody_else(skips: Skips, place: int) -> None:
    """A gap of 65,536 numbers is not a crowd: capacity would be kept free for nobody."""
    assert held(place, skips) == sum(number <= place for number in real(skips))


@given(skips_strategy(), st.integers(0, 60), st.integers(0, 60))
def test_calling_goes_over_every_gap_and_calls_as_many_as_ordered(skips: Skips, before: int, count: int) -> None:
    """A gap in the way calls nobody and costs no time: who stands behind it is next."""
    numbers = real(skips)
    serving = advanced(0, before, skips)
    reached = advanced(serving, count, skips)
    assert held(serving, skips) == before
    assert held(reached, skips) == before + count
    assert not any(first - 1 <= reached < last for first, last in skips)
    assert [number for number in numbers if number <= reached] == numbers[: before + count]


@given(skips_strategy(), st.integers(1, LAST), st.integers(0, LAST))
def test_who_waits_is_told_of_people_not_of_numbers(skips: Skips, place: int, serving: int) -> None:
    """Ahead of someone behind a gap stand those before the gap, and not the gap."""
    assert ahead(place, serving, skips) == sum(serving < number <= place for number in real(skips))


@given(gaps=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=4), count=st.integers(1, 40))
def test_every_number_that_somebody_has_has_a_rank(gaps: list[tuple[int, int]], count: int) -> None:
    """Ranks go from 1 on without a gap, and lead back to the numbers; a number of nobody has none."""
    skips: list[tuple[int, int]] = []
    for apart, long in gaps:
        first = (skips[-1][1] if skips else 0) + apart + 1
        skips.append((first, first + long - 1))
    nobodys = {number for first, last in skips for number in range(first, last + 1)}
    had = [number for number in range(1, count + 100) if number not in nobodys][:count]
    assert [rank(number, tuple(skips)) for number in had] == list(range(1, count + 1))
    assert [at_rank(number, tuple(skips)) for number in range(1, count + 1)] == had
    assert {rank(number, tuple(skips)) for number in nobodys} <= {0}
