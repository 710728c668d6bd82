"""The sets that explain an excess are found, and what cannot be told is not told."""

import numpy as np
import pytest

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


def test_nothing_in_excess_and_nothing_recorded_are_answered() -> None:
    """Live, the first seconds of a night hold next to nothing."""
    none = np.zeros(0)
    empty = group((), (), (), tried=none, failed=none, is_now=np.zeros(0, np.bool_))

    assert locate(empty) == Located(candidates=(), verdict="outside")
    assert locate(leaves()).verdict == "outside"


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
