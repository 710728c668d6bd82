import itertools
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from bench.gestures import killed_at, statements_of
from kickoff.findings import Case
from kickoff.gestures import sql
from kickoff.gestures.ledger import Entry, ListSuperseded, NotApproved, StaleRule
from kickoff.gestures.policy import Allotment, allot
from kickoff.gestures.sql import Ledger, open_ledger
from kickoff.units import AtUs, Subject
from tests.gestures.nights import case, cases, night_with
from tests.gestures.postgresql import fresh, server


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The address of a real server."""
    with server(durable=False) as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """A fresh ledger in each kind of database: one suite, every implementation."""
    if request.param == "sqlite":
        where: Path | str = tmp_path / "ledger.sqlite"
    else:
        name = f"ledger{next(_NUMBERS)}"
        where = fresh(request.getfixturevalue("postgresql"), name)
    made = open_ledger(where)
    yield made
    made.close()


@pytest.fixture
def ledger_file(tmp_path: Path) -> Iterator[Ledger]:
    """A fresh ledger in a file."""
    made = open_ledger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


_NUMBERS = itertools.count()


def approved(ledger: Ledger, found: list[Case], *, version: int = 1) -> Allotment:
    """The list of these cases, approved by the rule."""
    allotment = allot(found, night_with(version=version))
    ledger.approve(allotment, by="rule", at=AtUs(1), rule=True)
    return allotment


def test_a_list_is_posted_once_however_often(ledger: Ledger) -> None:
    """The night's closing may run again at any time."""
    allotment = approved(ledger, cases(50, seed=1))
    first = ledger.post(allotment, at=AtUs(2))
    again = ledger.post(allotment, at=AtUs(3))
    assert (first.new, first.moved_cents) == (50, allotment.total_cents)
    assert (again.new, again.revised, again.unchanged, again.moved_cents) == (0, 0, 50, 0)
    found = ledger.audit(allotment.scope)
    assert (found.entries, found.lists, found.total_cents, found.wrong) == (50, 1, allotment.total_cents, ())


def test_revised_lists_pay_only_the_difference(ledger: Ledger) -> None:
    """Five revisions up and down: each subscriber ends at what the last list says."""
    dice = random.Random(8)
    revisions = [
        [
            msgspec.structs.replace(one, lost_ms=dice.randrange(1, 60_000))
            for one in dice.sample(cases(80, seed=2), k=dice.randrange(40, 80))
        ]
        for _ in range(5)
    ]
    for people in revisions:
        allotment = approved(ledger, people)
        ledger.post(allotment, at=AtUs(2), batch=7)
        stands = [one for one in ledger.standing(allotment.scope) if one.amount_cents]
        assert {one.subject: one.amount_cents for one in stands} == {
            one.subject: one.amount_cents for one in allotment.granted
        }
    allotment = allot(revisions[-1], night_with())
    found = ledger.audit(allotment.scope)
    assert (found.lists, found.wrong) == (5, ())
    assert found.by_offer == allotment.by_offer()


def test_killed_at_any_statement_and_run_again_the_ledger_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing doubled, nothing lost, at every single place where a transaction can be cut."""
    people = cases(23, seed=4)
    for cut in range(1, 9):
        ledger = open_ledger(tmp_path / f"{cut}.sqlite")
        allotment = approved(ledger, people)
        monkeypatch.setattr(sql, "_write", _write_until(cut))
        with pytest.raises(KeyboardInterrupt):
            ledger.post(allotment, at=AtUs(2), batch=3)
        monkeypatch.undo()
        assert ledger.audit(allotment.scope).wrong
        ledger.post(allotment, at=AtUs(3), batch=5)
        found = ledger.audit(allotment.scope)
        assert (found.wrong, found.entries, found.total_cents) == ((), 23, allotment.total_cents)
        ledger.close()


def _write_until(cut: int) -> object:
    """The real write, until the cut-th batch: then half of it is written and the process ends."""
    write, left = sql._write, [cut]

    def cut_short(database: sa.Connection, entries: list[Entry]) -> None:
        left[0] -= 1
        if not left[0]:
            write(database, entries[: len(entries) // 2])
            raise KeyboardInterrupt
        write(database, entries)

    return cut_short


def test_a_list_needs_two_different_people_or_a_rule(ledger: Ledger) -> None:
    """One person saying yes twice is one person."""
    allotment = allot(cases(3, seed=5), night_with(approval="people"))
    assert ledger.approve(allotment, by="ana", at=AtUs(1)) == 1
    assert ledger.approve(allotment, by="ana", at=AtUs(2)) == 1
    with pytest.raises(NotApproved, match="1 of 2"):
        ledger.post(allotment, at=AtUs(3))
    assert ledger.approve(allotment, by="ben", at=AtUs(2)) == 2
    assert ledger.post(allotment, at=AtUs(3)).new == 3


def test_an_approval_is_of_exactly_one_list(ledger: Ledger) -> None:
    """Who approved 500 cents did not approve 600."""
    approved(ledger, [case(1, minutes=10)])
    with pytest.raises(NotApproved):
        ledger.post(allot([case(1, minutes=11)], night_with()), at=AtUs(2))


def test_a_new_version_of_the_policy_pays_the_difference_and_the_old_one_is_refused(ledger: Ledger) -> None:
    """A subscriber is compensated once for a night, by the newest rule."""
    old = approved(ledger, [case(1, minutes=10)])
    ledger.post(old, at=AtUs(2))
    new = approved(ledger, [case(1, minutes=12)], version=2)
    assert ledger.post(new, at=AtUs(3)).moved_cents == 80
    with pytest.raises(StaleRule, match="version 2"):
        ledger.post(old, at=AtUs(4))


def test_posting_stops_when_another_list_is_begun(ledger: Ledger) -> None:
    """Two people posting two lists do not mix them."""
    first = approved(ledger, cases(4, seed=6))
    second = approved(ledger, cases(5, seed=7))
    ledger.post(first, at=AtUs(2))
    ledger.post(second, at=AtUs(2))
    with pytest.raises(ListSuperseded):
        ledger._post_batch(first, None, None, 1, AtUs(3))


@pytest.mark.parametrize("table", ["approvals", "lists", "entries", "postings"])
@pytest.mark.parametrize("act", ["UPDATE {} SET scope = 'x'", "DELETE FROM {}"])
def test_the_database_itself_refuses_edits(ledger: Ledger, table: str, act: str) -> None:
    """A correction is an opposite entry, also for whoever opens the file by hand."""
    ledger.post(approved(ledger, cases(2, seed=9)), at=AtUs(2))
    with pytest.raises(sa.exc.DBAPIError, match="never edited"), ledger._engine.begin() as database:
        database.exec_driver_sql(act.format(table))


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        ("DELETE FROM postings WHERE account = 'payable'", "two halves"),
        ("UPDATE postings SET amount_cents = amount_cents + 1 WHERE account = 'payable'", "two halves"),
        ("UPDATE entries SET number = 5", "taken out"),
        ("UPDATE entries SET amount_cents = -amount_cents", "less than nothing"),
        ("UPDATE entries SET kind = 'film'", "does not say what list"),
        ("DELETE FROM approvals", "nobody approved"),
    ],
)
def test_the_audit_finds_each_damage(ledger_file: Ledger, damage: str, complaint: str) -> None:
    """An audit that cannot fail proves nothing."""
    allotment = approved(ledger_file, cases(2, seed=9))
    ledger_file.post(allotment, at=AtUs(2))
    with ledger_file._engine.connect() as database:
        database.exec_driver_sql("ROLLBACK")
        database.exec_driver_sql("PRAGMA foreign_keys = OFF")
        for (name,) in database.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.exec_driver_sql(f"DROP TRIGGER {name}")
        database.exec_driver_sql(damage)
    assert any(complaint in wrong for wrong in ledger_file.audit(allotment.scope).wrong)


def test_one_subscribers_promises_read_in_order(ledger: Ledger) -> None:
    """Care sees each promise, its correction and the reason."""
    first, second = (approved(ledger, [case(1, minutes=minutes)]) for minutes in (10, 5))
    ledger.post(first, at=AtUs(2))
    ledger.post(second, at=AtUs(3))
    assert [entry.amount_cents for entry in ledger.entries(first.scope, Subject(1))] == [400, -200]


def test_two_who_post_at_once_promise_everything_once(ledger: Ledger) -> None:
    """The same list started on two machines: who comes second writes only what is missing."""
    allotment = approved(ledger, cases(400, seed=11))
    with ThreadPoolExecutor(2) as both:
        done = list(both.map(lambda _: ledger.post(allotment, at=AtUs(2), batch=20), range(2)))
    found = ledger.audit(allotment.scope)
    assert (found.wrong, found.entries, found.total_cents) == ((), 400, allotment.total_cents)
    assert sum(one.new for one in done) == 400


@pytest.mark.parametrize("share", [0.05, 0.3, 0.55, 0.8, 0.97])
def test_a_process_killed_with_sigkill_doubles_and_loses_nothing(tmp_path: Path, share: float) -> None:
    """Not an exception that is cleaned up after: the process is gone between two of its statements."""
    allotment = allot(cases(600, seed=12), night_with())
    statements = statements_of(allotment, tmp_path / "whole.sqlite")
    found = killed_at(allotment, tmp_path / "killed.sqlite", round(share * statements))
    assert (found["doubled"], found["lost"]) == (0, 0)
