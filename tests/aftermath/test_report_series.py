from typing import Any

import numpy as np
import pyarrow as pa

from kickoff.aftermath.fact_tables import SCHEMA
from kickoff.aftermath.report_series import curves
from tests.gestures.nights import night_with

NIGHT = night_with()
SECONDS = round(NIGHT.schedule.end) + 1


def table(*rows: dict[str, Any]) -> pa.Table:
    """Facts; instants in seconds from the start."""
    return pa.Table.from_pylist([{**row, "at": NIGHT.at(row["at"])} for row in rows], schema=SCHEMA)


def line(joins: dict[float, int], calls: dict[float, int]) -> pa.Table:
    """(joined at → place) and (called at → up to which place)."""
    rows = [
        {"at": at, "fact": "joined", "subject": place, "lane": "main", "place": place} for at, place in joins.items()
    ]
    rows += [{"at": at, "fact": "called", "lane": "main", "place": place} for at, place in calls.items()]
    return table(*rows)


def test_who_has_joined_and_is_not_called_stands_in_line() -> None:
    """The curve that a director asks for: how long was the line."""
    found = curves(line({1.5: 1, 2.5: 2, 2.7: 3}, {5.0: 2, 9.0: 3}), NIGHT)
    assert found.joined[[0, 1, 2, 9]].tolist() == [0, 1, 3, 3]
    assert found.waiting[[1, 2, 4, 5, 8, 9]].tolist() == [1, 3, 3, 1, 1, 0]


def test_places_called_ahead_of_anybody_leave_no_negative_line() -> None:
    """A step may call places that nobody has taken yet."""
    found = curves(line({10.0: 1}, {1.0: 500}), NIGHT)
    assert found.waiting.min() == 0


def test_failures_leave_out_what_is_not_ours() -> None:
    """A wrong password is no failure of the service; a failure without a code is."""
    codes = ["wrong_password", "unknown_account", "timeout", None]
    found = curves(table(*({"at": 4, "fact": "sign_in_failed", "subject": 1, "code": code} for code in codes)), NIGHT)
    assert found.failed_sign_ins[4] == 2


def test_health_holds_until_the_next_word() -> None:
    """A dependency that says nothing for a second has not vanished."""
    rows = [
        {"at": at, "fact": "health", "dependency": "sign_in", "utilisation": used, "capacity_per_s": 45_000}
        for at, used in ((2, 500_000), (5, 900_000))
    ]
    found = curves(table(*rows), NIGHT)
    assert found.utilisation["sign_in"][[1, 2, 4, 5, 100]].tolist() == [0, 50, 50, 90, 90]
    assert found.capacity_per_s == {"sign_in": 45.0}


def test_waits_are_told_by_the_time_of_joining() -> None:
    """Who comes at kick-off wants to know how long those waited who came at kick-off."""
    rows = [
        {"at": 60 + wait, "fact": "passed", "subject": wait, "place": wait, "lane": "main", "wait_ms": 1000 * wait}
        for wait in (10, 20, 30)
    ]
    found = curves(table(*rows), NIGHT)
    assert found.waits[0.5][[0, 60, 64, 100]].tolist() == [0, 20, 20, 20]
    assert found.waits[0.9][60] > found.waits[0.5][60]


def test_an_empty_night_has_curves_of_zeros() -> None:
    """Before the doors open there is nothing, and no error."""
    found = curves(table(), NIGHT)
    assert len(found.joined) == SECONDS
    assert not np.any(found.waiting)
    assert found.utilisation == {}


def test_what_came_after_the_end_counts_into_the_last_second() -> None:
    """The curve ends with the night; nobody is lost from the totals."""
    found = curves(line({NIGHT.schedule.end + 90: 1}, {}), NIGHT)
    assert found.joined[-1] == 1
