"""Which entries are not handed on yet? Asked of the ledger's own tables; each try is one more row, never edited."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Engine, Integer, Subquery, and_, case, cast, func, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from kickoff.gestures.ledger import Entry
from kickoff.gestures.outbox.delivery import ATTEMPTS_MAX, Came, Pending, came_of
from kickoff.gestures.tables.sql import DELIVERIES, ENTRIES, READS
from kickoff.units import AtUs, Cents, Subject

PAGE = 500
"""Entries that are read at once."""


class Try(Struct, frozen=True, kw_only=True):
    """One try to hand an entry on."""

    scope: str
    subject: Subject
    number: int
    attempt: int
    at: AtUs
    status: int


class Handed(Struct, frozen=True, kw_only=True):
    """How far the outbox is."""

    delivered: int
    waiting: int
    """Entries that are tried again."""
    stuck: int
    """Entries that were refused, or tried too often: a person looks why."""
    tries: int
    delivered_cents: Cents


class Outbox:
    """The entries of one scope on their way."""

    def __init__(self, engine: Engine, scope: str) -> None:
        self._engine = engine
        self.scope = scope

    def pending(self) -> Iterator[Sequence[Pending]]:
        """Everything that is not handed on, page by page; a subscriber's entries in order, within one page."""
        after: Subject | None = None
        while True:
            page = self._page(after)
            if not page:
                return
            yield page
            after = page[-1].entry.subject

    def note(self, tries: Sequence[Try]) -> None:
        """Write tries down; one that stands already stays."""
        if not tries:
            return
        rows = [{name: getattr(one, name) for name in Try.__struct_fields__} for one in tries]
        insert = insert_postgresql if self._engine.dialect.name == "postgresql" else insert_sqlite
        with self._engine.begin() as database:
            database.execute(insert(DELIVERIES).on_conflict_do_nothing(), rows)

    def handed(self) -> Handed:
        """How far it is."""
        said = _said(self.scope)
        rows = (
            select(
                func.coalesce(func.sum(cast(said.c.done, Integer)), 0),
                func.coalesce(func.sum(case((_is_stuck(said), 1), else_=0)), 0),
                func.count(),
                func.coalesce(func.sum(case((said.c.done == 1, ENTRIES.c.amount_cents), else_=0)), 0),
                func.coalesce(func.sum(said.c.attempts), 0),
            )
            .select_from(ENTRIES.outerjoin(said, _same(said)))
            .where(ENTRIES.c.scope == self.scope)
        )
        with self._engine.connect().execution_options(**{READS: True}) as database:
            done, stuck, count, cents, tries = (int(value) for value in database.execute(rows).one())
        return Handed(
            delivered=done, waiting=count - done - stuck, stuck=stuck, tries=tries, delivered_cents=Cents(cents)
        )

    def _page(self, after: Subject | None) -> list[Pending]:
        said = _said(self.scope)
        is_open = func.coalesce(said.c.done, 0) == 0
        if after is not None:
            is_open = and_(is_open, ENTRIES.c.subject > after)
        query = (
            select(
                *ENTRIES.columns,
                func.coalesce(said.c.attempts, 0),
                func.coalesce(said.c.last_at, 0),
                case((_is_stuck(said), 1), else_=0),
            )
            .select_from(ENTRIES.outerjoin(said, _same(said)))
            .where(ENTRIES.c.scope == self.scope, is_open)
            .order_by(ENTRIES.c.subject, ENTRIES.c.number)
            .limit(PAGE + 1)
        )
        with self._engine.connect().execution_options(**{READS: True}) as database:
            rows = database.execute(query).all()
        found = [_pending(tuple(row)) for row in rows]
        if len(found) <= PAGE:
            return found
        # A subscriber's entries are never torn apart; nobody has a page full of them.
        last = found[-1].entry.subject
        return [one for one in found if one.entry.subject != last] or found


def _pending(row: tuple[Any, ...]) -> Pending:
    *values, attempts, last_at, is_stuck = row
    names = [column.name for column in ENTRIES.columns]
    entry = Entry(**dict(zip(names, values, strict=True)))
    return Pending(entry=entry, attempts=attempts, last_at=last_at, is_stuck=bool(is_stuck))


def _said(scope: str) -> Subquery:
    """What was tried of each entry: how often, when last, whether it was taken or refused."""
    column = DELIVERIES.c
    is_done = column.status.between(200, 299)
    refusals = [status for status in range(400, 500) if came_of(status) is Came.REFUSED]
    return (
        select(
            column.subject,
            column.number,
            func.max(column.attempt).label("attempts"),
            func.max(column.at).label("last_at"),
            func.max(case((is_done, 1), else_=0)).label("done"),
            func.max(case((column.status.in_(refusals), 1), else_=0)).label("refused"),
        )
        .where(column.scope == scope)
        .group_by(column.subject, column.number)
        .subquery()
    )


def _same(said: Subquery) -> ColumnElement[bool]:
    return and_(said.c.subject == ENTRIES.c.subject, said.c.number == ENTRIES.c.number)


def _is_stuck(said: Subquery) -> ColumnElement[bool]:
    return and_(said.c.done == 0, or_(said.c.refused == 1, said.c.attempts >= ATTEMPTS_MAX))
