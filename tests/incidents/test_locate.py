"""The sets that explain an excess are found, and what cannot be told is not told."""

import numpy as np
import pytest
from msgspec import structs

from kickoff.findings import Candidate
from kickoff.incidents import locate
from kickoff.incidents.leaves import LEAVES_MAX, Leaves, group
from kickoff.incidents.locate import Located

NAMES = ("network", "line", "model")
VALUES = (("n1", "n2", "n3"), ("l1", "l2"), ("m1", "m2", "m3", "m4"))


def leaves(*causes: dict[str, str], seed: int = 1, failing: float = 0.2, crowd: int = 40_000) -> Leaves:
    """Ten normal minutes at 1 %, and one in which those of the causes fail more often."""
    rng = np.random.default_rng(seed)
    codes = [rng.integers(0, len(values), 11 * 200) for values in VALUES]
    now = np.repeat(np.arange(11), 200) == 10
    tried = rng.poisson(crowd / 200, 11 * 200).astype(np.float64)
    hit = np.zeros(len(now), np.bool_)
    for cause in causes:
        hit |= np.logical_and.reduce(
            [codes[NAMES.index(name)] == VALUES[NAMES.index(name)].index(value) for name, value in cause.items()]
        )
    failed = rng.binomial(tried.astype(np.int64), np.where(now & hit, failing, 0.01)).astype(np.float64)
    return group(NAMES, codes, VALUES, tried=tried, failed=failed, is_now=now)


def first(located: Located) -> tuple[dict[str, str], ...]:
    """The causes of the best candidate, in a fixed order."""
    return tuple(sorted(located.candidates[0].causes, key=str))


@pytest.mark.parametrize(
    "causes",
    [
        ({"network": "n2"},),
        ({"network": "n2", "line": "l1"},),
        ({"network": "n1", "line": "l2", "model": "m3"},),
        ({"network": "n2"}, {"network": "n3"}),
    ],
)
def test_the_smallest_sets_that_explain_the_excess_come_first(causes: tuple[dict[str, str], ...]) -> None:
    """Neither a part of what failed nor more than what failed."""
    located = locate(leaves(*causes))

    assert first(located) == causes
    assert located.verdict == "located"
    assert len(located.candidates) >= 5


def test_confidence_is_a_chance_and_falls_from_the_first_candidate_on() -> None:
    """Who acts on it must know what it is worth."""
    chances = [candidate.confidence for candidate in locate(leaves({"network": "n2"})).candidates]

    assert chances == sorted(chances, reverse=True)
    assert 0 < sum(chances) <= 1.0001


def test_failures_of_everybody_lie_outside_the_recorded_dimensions() -> None:
    """To name the largest cohort then would send people to mend what is whole. Candidates stand there all the same."""
    located = locate(leaves({}))

    assert located.verdict == "outside"
    assert located.scope().causes == ()
    assert len(located.candidates) >= 5


def two_offers(*failed: float) -> Leaves:
    """Two cohorts of one size, in which chance made five and fifteen of some thousand attempts fail before."""
    return Leaves(
        dimensions=("offer",),
        values=(("silver", "gold"),),
        codes=np.array([[0], [1]]),
        tried_before=np.full(2, 5_000.0),
        failed_before=np.array([5.0, 15.0]),
        tried=np.full(2, 1_000.0),
        failed=np.array(failed),
    )


def test_what_hits_everybody_alike_has_no_place_whatever_failed_before() -> None:
    """Four sign-ins in ten fail in both. That is 400 times as many as ever in one, and 130 times in the other."""
    located = locate(two_offers(402, 398))

    assert located.verdict == "outside"
    assert located.scope().causes == ()


def test_what_hits_one_of_two_has_its_place() -> None:
    """Whichever had failed less before: half as many more in one than in the other is where it is."""
    for failed in ((400.0, 15.0), (5.0, 400.0), (400.0, 200.0)):
        assert first(locate(two_offers(*failed))) == ({"offer": "silver" if failed[0] > failed[1] else "gold"},)
        assert locate(two_offers(*failed)).verdict == "located"


def test_nothing_in_excess_has_no_place() -> None:
    """A minute like those before it is no incident outside of what is recorded; nor is one of next to nothing."""
    none = np.zeros(0)
    empty = group((), (), (), tried=none, failed=none, is_now=np.zeros(0, np.bool_))
    quiet = locate(leaves())

    assert locate(empty) == Located(candidates=(), verdict="cannot_tell")
    assert quiet.verdict == "cannot_tell"
    assert len(quiet.candidates) >= 5
    assert quiet.scope().causes == ()


def test_where_nothing_failed_the_largest_sets_are_listed_and_none_is_believed() -> None:
    """Five candidates are promised whatever the verdict; the fewest conditions and the most attempts come first."""
    some = leaves()
    nothing = structs.replace(some, failed=np.zeros(len(some.failed)), failed_before=np.zeros(len(some.failed)))
    located = locate(nothing)
    lines = {value: some.tried[some.codes[:, 1] == number].sum() for number, value in enumerate(VALUES[1])}

    assert located.verdict == "cannot_tell"
    assert len(located.candidates) >= 5
    assert first(located) == ({"line": max(lines, key=lambda name: lines[name])},)
    assert {candidate.confidence for candidate in located.candidates} == {0.0}


def test_a_dimension_of_three_values_has_pairs_of_them_too() -> None:
    """Three values make six sets: three, and three pairs."""
    codes = [np.array([0, 1, 2, 0, 1, 2])]
    now = np.array([False, False, False, True, True, True])
    nothing = group(("a",), codes, [("x", "y", "z")], tried=np.full(6, 9.0), failed=np.zeros(6), is_now=now)

    assert len(locate(nothing).candidates) == 6


@pytest.mark.parametrize("columns", [2, 3])
def test_columns_that_say_the_same_leave_open_which_of_them_it_is(columns: int) -> None:
    """Two sets with the same rows are as likely, however strong the excess. The candidates stand there all the same."""
    one = leaves({"network": "n2"})
    several = structs.replace(
        one,
        dimensions=(*NAMES, *(f"same{number}" for number in range(1, columns))),
        values=(*VALUES, *[VALUES[0]] * (columns - 1)),
        codes=np.column_stack([one.codes, *[one.codes[:, 0]] * (columns - 1)]),
    )
    located = locate(several)

    assert locate(one).verdict == "located"
    assert located.verdict == "cannot_tell"
    assert {"network": "n2"} in [cause for candidate in located.candidates[:columns] for cause in candidate.causes]
    assert located.candidates[0].confidence == located.candidates[columns - 1].confidence


def test_what_cannot_be_told_is_still_followed_by_its_likeliest_candidate() -> None:
    """An incident's end shows soonest where its failures are thickest, told or not; a guess of no chance is no help."""
    causes = ({"isp": "a"},)
    for chance, followed in ((0.4, causes), (0.1, ())):
        unsure = Located(candidates=(Candidate(causes=causes, confidence=chance),), verdict="cannot_tell")
        assert (unsure.scope().verdict, unsure.scope().causes) == ("cannot_tell", followed)


def test_a_set_is_hardly_right_where_no_set_holds_the_excess() -> None:
    """Its confidence is the chance that it is exactly right; the ranking alone would add up to one."""
    located = locate(leaves({}))

    assert located.verdict == "outside"
    assert sum(candidate.confidence for candidate in located.candidates) <= 0.5


def test_the_names_of_dimensions_and_values_do_not_matter() -> None:
    """What is learnt from one service's incidents must hold at another: only counts may speak."""
    plain = leaves({"network": "n2", "line": "l1"})
    order = (2, 0, 1)
    renamed = Leaves(
        dimensions=tuple(f"d{number}" for number in order),
        values=tuple(tuple(f"v{value}" for value in plain.values[number]) for number in order),
        codes=plain.codes[:, order],
        tried_before=plain.tried_before,
        failed_before=plain.failed_before,
        tried=plain.tried,
        failed=plain.failed,
    )

    def shape(candidates: tuple[Candidate, ...]) -> list[tuple[int, float]]:
        return [(len(candidate.causes[0]), candidate.confidence) for candidate in candidates]

    assert shape(locate(renamed).candidates)[:3] == shape(locate(plain).candidates)[:3]


def test_more_combinations_than_can_be_compared_give_up_the_least_telling_dimension() -> None:
    """A night of millions has as many leaves as viewers; the answer must not take a minute, nor lose the cause."""
    rng = np.random.default_rng(4)
    rows = 60_000
    codes = [rng.integers(0, 3, rows), rng.integers(0, 400, rows), rng.integers(0, 300, rows)]
    now = rng.random(rows) < 0.3
    failed = (rng.random(rows) < np.where(now & (codes[0] == 1), 0.3, 0.01)).astype(np.float64)
    names = [tuple(str(value) for value in range(size)) for size in (3, 400, 300)]
    found = group(("a", "b", "c"), codes, names, tried=np.ones(rows), failed=failed, is_now=now)

    assert len(found.tried) <= LEAVES_MAX
    assert found.tried.sum() == now.sum()
    assert first(locate(found)) == ({"a": "1"},)
