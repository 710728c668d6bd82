"""People who try again and again are told as such; machines that do are not."""

import numpy as np
import pyarrow as pa

from kickoff.causes.evening import Evening, window_of
from kickoff.causes.storms import attack_rows, storm_of
from kickoff.findings import Incident, Metric, Scope
from tests.evenings import Row, second, table

UNTIL = second(185)
NOBODY = pa.table({"subject": pa.array([], pa.int64())})
FAILING = Incident(
    metric=Metric.SIGN_IN_FAILURES, noticed_at=second(61), began_at=second(60), ended_at=second(120),
    scope=Scope(verdict="outside"),
)  # fmt: skip
BOTS = 7_000_000


def tries(first: int, people: int, each: int) -> list[Row]:
    """So many devices that fail so often."""
    return [
        {"at": second(61 + number), "fact": "sign_in_failed", "code": "error", "subject": first + one}
        for one in range(people)
        for number in range(each)
    ]


def storms(rows: list[Row], *, bots: bool, subscribers: pa.Table = NOBODY) -> list[str]:
    """What is told; `bots`: the rows from `BOTS` on are a likely attack's."""
    evening = Evening(table(sorted(rows, key=lambda row: str(row["at"]))), UNTIL)
    own = np.flatnonzero(evening.integers("subject", 0) >= BOTS) if bots else np.zeros(0, np.int64)
    attack = attack_rows(evening, [own])
    return [one.fact for one in storm_of(evening, window_of(evening, FAILING), subscribers, attack=attack)]


def test_machines_that_try_again_are_no_storm() -> None:
    """A flood of bots was told as "3,210 failed 4.4 times each: a storm of retries, not a flood" beside "malice"."""
    assert storms(tries(BOTS, 300, 5), bots=True) == []


def test_people_beside_an_attack_are_a_storm_of_their_own_where_they_are_known() -> None:
    """Only they are counted, and only where most of them are known to belong here."""
    rows = [*tries(BOTS, 300, 5), *tries(1, 40, 3)]
    known = pa.table({"subject": pa.array(range(1, 31), pa.int64())})

    assert storms(rows, bots=True) == []
    (told,) = storms(rows, bots=True, subscribers=known)
    assert told.startswith(
        "40 who failed did so 3.0 times each: a storm of retries, not a flood; 75% of them are known"
    )


def test_who_comes_in_at_last_is_known_too() -> None:
    """By name, or by the place in line from which an account signed in."""
    rows: list[Row] = [{**row, "place": row["subject"]} for row in tries(1, 40, 3)]
    rows += [{"at": second(150), "fact": "signed_in", "subject": 90_000 + one, "place": one} for one in range(1, 41)]

    (told,) = storms([*rows, *tries(BOTS, 300, 5)], bots=True)
    assert "; 100% of them" in told


def test_nobody_is_doubted_where_nothing_looks_like_an_attack() -> None:
    """A house that stays full lets few in."""
    assert len(storms(tries(1, 40, 3), bots=False)) == 1
