"""Who met no door tells so later: a silence that leaves no gap in the arrivals is noticed by it, and timed by it."""

import numpy as np
import pytest

from kickoff.findings import Incident, Metric
from kickoff.incidents import notice
from kickoff.incidents.columns import read_columns
from kickoff.incidents.turned_away import turned_away
from tests.evenings import Row, second, table
from tests.incidents.test_lull import NIGHT

BEGAN_S, ENDED_S, UNTIL_S = 2_000, 2_900, 5_000
ISPS = ("isp-a", "isp-b", "isp-c")


def played(seed: int, share: float, *, where: str = "", stray: float = 0.0, tells: float = 0.5) -> list[Row]:
    """One household a second; `share` of them, of those of one provider, meet no door and try again after minutes."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for number, first in enumerate(np.sort(rng.uniform(0, UNTIL_S, UNTIL_S)).tolist()):
        at, vain, isp = first, [], ISPS[int(rng.integers(3))]
        while BEGAN_S <= at < ENDED_S and where in {"", isp} and rng.random() < share:
            vain.append(at)
            at += rng.exponential(200)
        if rng.random() < stray:
            vain.append(at)
            at += 20.0
        if at < UNTIL_S:
            client: Row = {"subject": number + 1, "isp": isp, "device": "tv" if number % 2 else "web"}
            rows.append({"at": second(at), "fact": "joined", "code": "session", **client})
            if rng.random() < tells:
                rows += [{"at": second(then), "fact": "refused", "code": "unreachable", **client} for then in vain]
    return sorted(rows, key=lambda row: int(row["at"] or 0))


def incidents(rows: list[Row], until_s: float = UNTIL_S) -> tuple[Incident, ...]:
    """As a console says it: on a night without earlier ones."""
    return notice(table(rows), NIGHT_OF_ROWS, second(until_s))


NIGHT_OF_ROWS = NIGHT.__class__(
    name=NIGHT.name, title=NIGHT.title, starts_at="2022-09-06T19:00:00Z", schedule=NIGHT.schedule,
    channels=NIGHT.channels, offers=NIGHT.offers,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_a_silence_of_everybody_that_lets_four_in_ten_through_is_noticed_and_timed(seed: int) -> None:
    """Arrivals fall by less than an evening may by itself; those who come tell."""
    (found,) = incidents(played(seed, 0.6))

    assert found.metric is Metric.SILENCE
    assert found.scope.causes == ()
    assert BEGAN_S <= (found.noticed_at - second(0)) / 1e6 <= BEGAN_S + 300
    assert abs(found.began_at - second(BEGAN_S)) <= 30e6
    assert found.ended_at is not None
    assert abs(found.ended_at - second(ENDED_S)) <= 30e6


def test_it_is_noticed_when_it_is_told_and_not_when_it_was() -> None:
    """A statement of that minute must not know what was told later."""
    rows = played(1, 0.6)
    (found,) = incidents(rows)
    came = {row["subject"]: int(row["at"] or 0) for row in rows if row["fact"] == "joined"}
    # What the journal held a moment before: those who had not come had not told.
    known = [row for row in rows if came[row["subject"]] <= found.noticed_at - 2_000_000]

    assert incidents(known, (found.noticed_at - second(0)) / 1e6 - 2) == ()


def test_those_of_one_provider_who_tell_name_it() -> None:
    """Where it was stands in what they tell."""
    (found,) = incidents(played(2, 0.9, where="isp-b"))

    assert found.scope.causes == ({"isp": "isp-b"},)
    assert found.ended_at is not None
    assert abs(found.ended_at - second(ENDED_S)) <= 45e6


@pytest.mark.parametrize("seed", range(3))
def test_somebodys_own_line_is_always_broken(seed: int) -> None:
    """One in fifty tells of an attempt in vain on any evening: that is learnt, and is no silence."""
    assert incidents(played(seed, 0.0, stray=0.02, tells=1.0)) == ()


def test_an_arrival_tells_of_its_own_attempts_alone() -> None:
    """Each attempt in vain is told by the next arrival of the same household; a machine's claim is nobody's."""
    rows: list[Row] = [
        {"at": second(10), "fact": "joined", "code": "session", "subject": 1},
        {"at": second(20), "fact": "refused", "code": "unreachable", "subject": 1},
        {"at": second(30), "fact": "refused", "code": "unreachable", "subject": 1},
        {"at": second(40), "fact": "readmitted", "subject": 1},
        {"at": second(41), "fact": "leased", "subject": 1},
        {"at": second(35), "fact": "refused", "code": "unreachable", "subject": 2},
        {"at": second(45), "fact": "joined", "code": "device", "subject": 2},
        {"at": second(50), "fact": "joined", "code": "session", "subject": 3},
    ]
    turned = turned_away(read_columns(table(sorted(rows, key=lambda row: int(row["at"] or 0))), second(60)))

    assert [int(at - second(0)) // 1_000_000 for at in turned.attempts.at] == [10, 40, 50]
    assert turned.attempts.failed.tolist() == [False, True, False]
    assert (turned.first[1], turned.last[1]) == (second(20), second(30))


@pytest.mark.parametrize("where", ["", "isp-c"])
def test_what_is_said_to_have_been_noticed_at_an_instant_was_said_then(where: str) -> None:
    """Where it was may be clear only later; that something is wrong is said at once."""
    rows = played(6, 0.7, where=where)
    (found,) = incidents(rows)
    came = {row["subject"]: int(row["at"] or 0) for row in rows if row["fact"] == "joined"}
    known = [row for row in rows if came[row["subject"]] <= found.noticed_at]
    (then,) = incidents(known, (found.noticed_at - second(0)) / 1e6 + 1)

    assert then.noticed_at == found.noticed_at
    assert then.metric is Metric.SILENCE
