"""Those who come with another version are not missing, and those of a version who do not come are."""

import numpy as np
import pytest
from msgspec import structs

from kickoff.findings import Metric
from kickoff.incidents import notice
from tests.evenings import STARTS_AT, Row, second, table
from tests.incidents.test_lull import NIGHT

EVENING = structs.replace(NIGHT, starts_at=STARTS_AT)
ENDS_S, CHANGES_S = 2_400, 1_200
A_SECOND = 3.0
OLD = {"tv 3.2": 0.4, "phone 3.2": 0.35, "web 5.1": 0.25}
NEW = {"tv 3.3": 0.4, "phone 3.2": 0.35, "web 5.1": 0.25}
TV_AWAY = {"": 0.4, "phone 3.2": 0.35, "web 5.1": 0.25}
"""Nobody is written who has no version."""


def silences(
    before: dict[str, float], after: dict[str, float], *, by_degrees_s: float = 1.0, seed: int = 1
) -> list[str]:
    """The versions that are told to be silent, of households that bring these shares before and after a change."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for number, at in enumerate(np.sort(rng.uniform(0, ENDS_S, round(A_SECOND * ENDS_S))).tolist()):
        has_changed = rng.random() < (at - CHANGES_S) / by_degrees_s
        shares = after if has_changed else before
        app = str(rng.choice(list(shares), p=list(shares.values())))
        if app:
            rows.append({"at": second(at), "fact": "joined", "code": "session", "subject": number + 1, "app": app})
    found = notice(table(rows), EVENING, second(ENDS_S))
    return [cause["app"] for one in found if one.metric is Metric.SILENCE for cause in one.scope.causes]


@pytest.mark.parametrize(
    ("before", "after", "by_degrees_s"),
    [
        (OLD, NEW, 1.0),
        (OLD, NEW, 600.0),
        ({"8.0": 0.3, "8.1": 0.55, "7.9": 0.15}, {"8.1": 0.85, "7.9": 0.15}, 1.0),
        ({"1.0": 1.0}, {"1.1": 1.0}, 1.0),
    ],
    ids=["at once", "by degrees", "by one that many have", "the only one there is"],
)
def test_a_version_that_is_replaced_is_not_silent(
    before: dict[str, float], after: dict[str, float], by_degrees_s: float
) -> None:
    """Its people would be counted as shut out, who sit before the new one. No journal has to say that it came out."""
    assert silences(before, after, by_degrees_s=by_degrees_s) == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OLD, TV_AWAY),
        ({"8.0": 0.15, "8.1": 0.6, "7.9": 0.25}, {"": 0.15, "8.1": 0.6, "7.9": 0.25}),
        ({"8.0": 0.5, "8.1": 0.5}, {"": 0.5, "8.1": 0.5}),
    ],
    ids=["a large one", "a small one", "one of two"],
)
def test_a_version_whose_people_stay_away_is_silent(
    before: dict[str, float], after: dict[str, float], seed: int
) -> None:
    """The others then have a larger share each, and among themselves what they had."""
    assert silences(before, after, seed=seed) == [next(iter(before))]


def test_a_new_version_that_was_seen_once_replaces_nothing() -> None:
    """A tester's build comes in on any evening, also on one on which an old version is shut out."""
    away = {"": 0.399, "tv 9.0": 0.001, "phone 3.2": 0.35, "web 5.1": 0.25}

    assert silences(OLD, away) == ["tv 3.2"]
