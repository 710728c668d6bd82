"""The draw: a permutation, uniform, known to nobody beforehand and checked by anybody afterwards."""

from collections import Counter
from hashlib import sha256
from io import StringIO
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kickoff.waiting_room.draw import (
    Ballot,
    Draw,
    TicketList,
    all_permuted,
    commitment_of,
    digest_of,
    draw_told,
    leaf_of,
    permuted,
    round_keys,
    seed_of,
)
from kickoff.waiting_room.draw_list import digest_in, write_list

SECRET = b"a secret of thirty-two bytes ..."
BALLOTS = [Ballot(lane="main", number=number, subject=number * 7919) for number in range(1, 501)]


@given(count=st.integers(1, 3000), seed=st.binary(min_size=32, max_size=32))
def test_the_drawn_places_are_a_permutation(count: int, seed: bytes) -> None:
    """No place is given twice and none is left out, whatever the count."""
    keys = round_keys(seed, "main")
    assert sorted(permuted(number, count, keys) for number in range(1, count + 1)) == list(range(1, count + 1))


@pytest.mark.parametrize("count", [7, 20])
def test_every_number_is_as_likely_at_every_place(count: int) -> None:
    """Whoever came first has no better chance than whoever came last."""
    seen = Counter(
        (number, permuted(number, count, round_keys(sha256(b"%d" % trial).digest(), "main")))
        for trial in range(4000)
        for number in (1, 2, count // 2, count)
    )
    for number in (1, 2, count // 2, count):
        places = [seen[number, place] for place in range(1, count + 1)]
        assert stats.chisquare(places).pvalue > 1e-4


def test_neighbours_are_drawn_apart() -> None:
    """A farm whose tickets come one after the other is not drawn in a row, nor in the order of coming."""
    count = 5000
    keys = round_keys(sha256(b"seed").digest(), "main")
    places = [permuted(number, count, keys) for number in range(1, count + 1)]
    correlation = stats.kendalltau(range(count), places).statistic
    assert abs(correlation) < 0.05
    assert abs(stats.kendalltau(places[:-1], places[1:]).statistic) < 0.05


def test_the_seed_depends_on_the_secret_and_on_every_ticket() -> None:
    """Neither who holds the secret before the list closes, nor who makes the list, knows the order."""
    seed = seed_of(SECRET, _digest(BALLOTS))
    assert seed != seed_of(SECRET[::-1], _digest(BALLOTS))
    assert seed != seed_of(SECRET, _digest(BALLOTS[:-1]))
    assert commitment_of(SECRET) == sha256(SECRET).hexdigest()


def test_lanes_are_drawn_apart() -> None:
    """The same number in two lanes of the same length is not bound to the same place."""
    draw = Draw(counts={"main": 500, "known": 500}, seed=seed_of(SECRET, _digest(BALLOTS)))
    assert [draw.place("main", number) for number in range(1, 501)] != [
        draw.place("known", number) for number in range(1, 501)
    ]


def test_who_comes_after_the_doors_keeps_the_order_of_coming() -> None:
    """The draw is among those who came before; behind them the line goes on in order."""
    draw = Draw(counts={"main": 500}, seed=seed_of(SECRET, _digest(BALLOTS)))
    assert [draw.place("main", number) for number in (501, 502, 9000)] == [501, 502, 9000]
    assert draw.place("known", 3) == 3


def test_the_leaves_have_separators() -> None:
    """Two different tickets never have one line in the list."""
    assert leaf_of("n", Ballot(lane="a", number=11, subject=1)) != leaf_of("n", Ballot(lane="a", number=1, subject=11))


@given(count=st.integers(0, 2000), seed=st.binary(min_size=32, max_size=32))
def test_all_at_once_are_drawn_as_one_by_one(count: int, seed: bytes) -> None:
    """Readers of a journal map millions of places; a door maps one."""
    keys = round_keys(seed, "known")
    assert all_permuted(count, keys).tolist() == [0, *(permuted(n, count, keys) for n in range(1, count + 1))]


def test_the_published_list_has_the_digest_that_grew_with_it() -> None:
    """Whoever recomputes it from the list, lane by lane, finds the same, a gap included; any change is seen."""
    ballots = [ballot for ballot in BALLOTS if ballot.number != 77]
    growing = TicketList("psg-juventus")
    for ballot in (*ballots, Ballot(lane="known", number=1, subject=5)):
        growing.add(ballot)
    leaves = {
        "main": [(ballot.number, leaf_of("psg-juventus", ballot)) for ballot in ballots],
        "known": [(1, leaf_of("psg-juventus", Ballot(lane="known", number=1, subject=5)))],
    }
    assert digest_of({**leaves}) == growing.digest()
    assert growing.counts == {"main": 500, "known": 1}
    leaves["main"][3], leaves["main"][4] = leaves["main"][4], leaves["main"][3]
    assert digest_of({**leaves}) != growing.digest()


def _digest(ballots: list[Ballot]) -> bytes:
    listed = TicketList("psg-juventus")
    for ballot in ballots:
        listed.add(ballot)
    return listed.digest()


GAPS = ((4, 6), (20, 50), (60, 61))


def test_numbers_that_nobody_has_are_neither_drawn_nor_stood_on() -> None:
    """A shared line went on beyond a gap: else the line would wait for nobody, or jump over who was drawn there."""
    draw = Draw(counts={"main": 30, "known": 3}, seed=seed_of(SECRET, _digest(BALLOTS)), skips={"main": GAPS})
    nobodys = {number for first, last in GAPS for number in range(first, last + 1)}
    order = draw.order("main")
    had = [number for number in range(1, order.last + 1) if number not in nobodys]
    assert len(had) == 30
    places = [order.place(number) for number in had]
    assert sorted(places) == had != places
    later = [*nobodys, order.last + 1, 900]
    assert [order.place(number) for number in later] == later
    assert order.places().tolist() == [0, *(order.place(number) for number in range(1, order.last + 1))]
    assert draw.order("known").last == 3


@given(
    counts=st.dictionaries(st.sampled_from(["main", "known", "slow"]), st.integers(0, 2**31), min_size=1),
    order=st.randoms(use_true_random=False),
)
def test_a_draw_is_read_from_its_facts_whoever_wrote_them(counts: dict[str, int], order: Random) -> None:
    """Each door of many writes them into its own log, and logs are read together."""
    draw = Draw(counts=counts, seed=SECRET, skips=dict.fromkeys(list(counts)[:1], GAPS))
    rows = 2 * list(draw.told())
    order.shuffle(rows)
    assert draw_told(rows) == draw
    assert draw_told([]) is None


def test_the_list_that_is_written_has_the_digest_of_the_one_that_grew() -> None:
    """Whoever led many doors writes it from the shared line; a door alone only ever kept its digest."""
    lanes: dict[str, list[tuple[int, int]]] = {}
    for ballot in BALLOTS:
        lanes.setdefault(ballot.lane, []).append((ballot.number, ballot.subject))
    file = StringIO()
    assert write_list(file, "psg-juventus", lanes) == _digest(BALLOTS) == digest_in(file.getvalue().splitlines())
    with pytest.raises(ValueError, match="unpack"):
        digest_in(["main 3"])
