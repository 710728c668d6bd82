"""Does the ledger of a scope hold what it must? Everything of it is checked against everything else."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, func, select

from kickoff.gestures.ledger import Standing, digest
from kickoff.gestures.tables.sql import APPROVALS, ENTRIES, LISTS, POSTINGS


def wrong(database: Connection, scope: str, stands: Sequence[Standing]) -> Iterator[str]:
    """Each thing that must not be."""
    yield from _unbalanced(database, scope)
    for one in stands:
        if one.amount_cents < 0:
            yield f"subscriber {one.subject} stands at {one.amount_cents} cents of {one.offer}: less than nothing"
    column = ENTRIES.c
    gaps = (
        select(column.subject)
        .filter_by(scope=scope)
        .group_by(column.subject)
        .having((func.max(column.number) != func.count()) | (func.min(column.number) != 1))
    )
    for (subject,) in database.execute(gaps):
        yield f"subscriber {subject}: the entries are not numbered 1, 2, 3 …: one was taken out"
    latest = database.execute(select(LISTS).filter_by(scope=scope).order_by(LISTS.c.number.desc()).limit(1)).first()
    if latest is None:
        return
    if digest((one.subject, one.offer, one.kind, one.amount_cents) for one in stands) != latest.digest:
        yield f"the ledger does not say what list {latest.number} says: its posting was cut short; post it again"
    if not database.scalar(select(func.count()).select_from(APPROVALS).filter_by(scope=scope, digest=latest.digest)):
        yield f"list {latest.number} was posted and nobody approved it"


def _unbalanced(database: Connection, scope: str) -> Iterator[str]:
    half, column = POSTINGS.c, ENTRIES.c
    same = (half.scope == column.scope) & (half.subject == column.subject) & (half.number == column.number)
    sums = (
        select(column.subject, column.number)
        .select_from(ENTRIES.outerjoin(POSTINGS, same))
        .where(column.scope == scope)
        .group_by(column.subject, column.number, column.amount_cents)
        .having(
            (func.count(half.account) != 2)
            | (func.coalesce(func.sum(half.amount_cents), 1) != 0)
            | (func.max(half.amount_cents) != func.abs(column.amount_cents))
        )
    )
    for subject, number in database.execute(sums):
        yield f"subscriber {subject}, entry {number}: its postings are not two halves whose sum is zero"
