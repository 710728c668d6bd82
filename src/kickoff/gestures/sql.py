"""Where are the promises kept? In an SQL database: SQLite by default, PostgreSQL by its address.

A list is posted in batches of subscribers, one transaction each. Killed anywhere, it is posted again: `ledger.due`
writes only what is missing. Two who post for one scope at once take turns, batch by batch. `tables/sql.py` holds the
tables, which are never edited.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
from psycopg import Connection as PostgresConnection
from sqlalchemy import Connection, Engine, create_engine, event, func, insert, select, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError

from kickoff.gestures.audit.sql import wrong
from kickoff.gestures.ledger import (
    APPROVALS_BY_PEOPLE,
    PAYABLE,
    Approval,
    Audit,
    Entry,
    ListSuperseded,
    NoLedger,
    NotApproved,
    Posted,
    StaleRule,
    Standing,
    batches,
    digest_of,
    due,
)
from kickoff.gestures.outbox.sql import Outbox
from kickoff.gestures.policy import Allotment
from kickoff.gestures.tables.sql import APPROVALS, ENTRIES, LISTS, METADATA, READS
from kickoff.units import AtUs, Cents, Subject

BATCH = 10_000
"""Subscribers a transaction."""


class Ledger:
    """The ledger in one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        METADATA.create_all(engine)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def approve(self, allotment: Allotment, *, by: str, at: AtUs, rule: bool = False) -> int:
        """Record that `by` says yes to exactly this list; said again, it counts once. Returns how many have."""
        key = {"scope": allotment.scope, "digest": digest_of(allotment.granted)}
        with self._locked(allotment.scope) as database:
            names = set(database.scalars(select(APPROVALS.c.by).filter_by(**key)))
            if by not in names:
                row = {**key, "by": by, "rule": int(rule), "total_cents": allotment.total_cents, "at": at}
                database.execute(insert(APPROVALS), row)
        return len({*names, by})

    def approvals(self, scope: str, digest: str) -> tuple[Approval, ...]:
        """Who said yes to a list, the first one first."""
        column = APPROVALS.c
        query = select(column.by, column.rule, column.total_cents, column.at).filter_by(scope=scope, digest=digest)
        with self._reading() as database:
            return tuple(
                Approval(by=row.by, is_rule=bool(row.rule), total_cents=row.total_cents, at=row.at)
                for row in database.execute(query.order_by(column.at, column.by))
            )

    def post(self, allotment: Allotment, *, at: AtUs, batch: int = BATCH) -> Posted:
        """Bring the ledger to what an approved list says. Raises `NotApproved`, `StaleRule`, `ListSuperseded`."""
        wanted = digest_of(allotment.granted)
        with self._locked(allotment.scope) as database:
            _check_approved(database, allotment.scope, wanted)
            number = _begin(database, allotment, wanted, at)
        new = revised = moved = same = 0
        for after, upto, grants in batches(allotment.granted, batch):
            part = msgspec.structs.replace(allotment, granted=tuple(grants))
            entries = self._post_batch(part, after, upto, number, at)
            new += sum(entry.number == 1 for entry in entries)
            revised += sum(entry.number > 1 for entry in entries)
            moved += sum(entry.amount_cents for entry in entries)
            touched = {entry.subject for entry in entries}
            same += sum(grant.subject not in touched for grant in grants)
        return Posted(list_number=number, new=new, revised=revised, unchanged=same, moved_cents=Cents(moved))

    def outbox(self, scope: str) -> Outbox:
        """The entries of a scope on their way to the billing system."""
        return Outbox(self._engine, scope)

    def entries(self, scope: str, subject: Subject | None = None) -> tuple[Entry, ...]:
        """All that was ever promised for a scope, to one subscriber or to all, in order."""
        whose: dict[str, object] = {"scope": scope} if subject is None else {"scope": scope, "subject": subject}
        order = (ENTRIES.c.subject, ENTRIES.c.number)
        with self._reading() as database:
            rows = database.execute(select(ENTRIES).filter_by(**whose).order_by(*order)).mappings()
            return tuple(Entry(**{str(name): value for name, value in row.items()}) for row in rows)

    def standing(self, scope: str) -> tuple[Standing, ...]:
        """What stands for everybody; who ended at nothing stands with 0."""
        with self._reading() as database:
            return tuple(_standing(database, scope, None, None))

    def audit(self, scope: str) -> Audit:
        """Check everything of a scope against everything else."""
        with self._reading() as database:
            stands = [one for one in _standing(database, scope, None, None) if one.amount_cents]
            entries = database.scalar(select(func.count()).select_from(ENTRIES).filter_by(scope=scope)) or 0
            lists = database.scalar(select(func.count()).select_from(LISTS).filter_by(scope=scope)) or 0
            found = tuple(wrong(database, scope, stands))
        by_offer: dict[str, tuple[int, int]] = {}
        for one in stands:
            count, cents = by_offer.get(one.offer, (0, 0))
            by_offer[one.offer] = (count + 1, cents + one.amount_cents)
        return Audit(
            gestures=len({one.subject for one in stands}),
            total_cents=Cents(sum(one.amount_cents for one in stands)),
            by_offer=dict(sorted(by_offer.items())),
            entries=entries,
            lists=lists,
            wrong=found,
        )

    def _post_batch(self, part: Allotment, after: int | None, upto: int | None, number: int, at: AtUs) -> list[Entry]:
        with self._locked(part.scope) as database:
            _check_latest(database, part.scope, number)
            standing = _standing(database, part.scope, after, upto)
            entries = list(
                due(part.granted, standing, scope=part.scope, version=part.version, list_number=number, at=at)
            )
            _write(database, entries)
        return entries

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A transaction that keeps nobody from writing."""
        with self._engine.connect().execution_options(**{READS: True}) as database:
            yield database

    @contextlib.contextmanager
    def _locked(self, scope: str) -> Iterator[Connection]:
        """A transaction that has the scope to itself: what it reads stays true until what it writes is there."""
        with self._engine.begin() as database:
            # SQLite's transactions begin IMMEDIATE: there the whole file is ours already.
            if database.dialect.name == "postgresql":
                database.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(scope, 0))))
            yield database


def open_ledger(where: Path | str) -> Ledger:
    """The ledger in an SQLite file, made where there is none, or at an SQLAlchemy address. Raises `NoLedger`."""
    if isinstance(where, Path):
        where.parent.mkdir(parents=True, exist_ok=True)
        where = f"sqlite:///{where}"
    try:
        # Errors are logged: without anybody's number in them.
        engine = create_engine(where, hide_parameters=True)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _set_up_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        return Ledger(engine)
    except (SQLAlchemyError, ImportError) as error:
        reason = str(error).split("\n", 1)[0]
        raise NoLedger(
            f"{where}: cannot be opened ({reason}); write an address like sqlite:///ledger.sqlite"
        ) from error


def _set_up_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # The driver would begin transactions at its own times; here SQLAlchemy says when.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(database: Connection) -> None:
    # IMMEDIATE: who reads in order to write holds the right to write from the start.
    database.exec_driver_sql("BEGIN" if database.get_execution_options().get(READS) else "BEGIN IMMEDIATE")


def _check_approved(database: Connection, scope: str, wanted: str) -> None:
    rows = list(database.execute(select(APPROVALS.c.rule).filter_by(scope=scope, digest=wanted)))
    if not any(row.rule for row in rows) and len(rows) < APPROVALS_BY_PEOPLE:
        raise NotApproved(
            f"{scope}: list {wanted[:12]} has {len(rows)} of {APPROVALS_BY_PEOPLE} approvals; "
            "have it approved by different people, or let the policy's rule approve it"
        )


def _begin(database: Connection, allotment: Allotment, wanted: str, at: AtUs) -> int:
    """The number of this list: the latest one's where it says the same, else the next."""
    latest = database.execute(
        select(LISTS).filter_by(scope=allotment.scope).order_by(LISTS.c.number.desc()).limit(1)
    ).first()
    if latest and latest.version > allotment.version:
        raise StaleRule(
            f"{allotment.scope}: version {latest.version} of the policy has been posted; "
            f"this list was made by version {allotment.version}: make it anew"
        )
    if latest and latest.digest == wanted and latest.version == allotment.version:
        return int(latest.number)
    number = int(latest.number) + 1 if latest else 1
    database.execute(
        insert(LISTS),
        {
            "scope": allotment.scope,
            "number": number,
            "digest": wanted,
            "version": allotment.version,
            "gestures": len(allotment.granted),
            "total_cents": allotment.total_cents,
            "at": at,
        },
    )
    return number


def _check_latest(database: Connection, scope: str, number: int) -> None:
    latest = database.scalar(select(func.max(LISTS.c.number)).filter_by(scope=scope))
    if latest != number:
        raise ListSuperseded(
            f"{scope}: list {latest} was begun while list {number} was being posted; post the one meant"
        )


def _standing(database: Connection, scope: str, after: int | None, upto: int | None) -> Iterator[Standing]:
    column = ENTRIES.c
    query = select(
        column.subject, column.offer, column.kind, func.sum(column.amount_cents), func.max(column.number)
    ).filter_by(scope=scope)
    if after is not None:
        query = query.where(column.subject > after)
    if upto is not None:
        query = query.where(column.subject <= upto)
    for subject, offer, kind, cents, number in database.execute(
        query.group_by(column.subject, column.offer, column.kind)
    ):
        # PostgreSQL sums into a decimal.
        yield Standing(subject=subject, offer=offer, kind=kind, amount_cents=Cents(int(cents)), number=number)


_COLUMNS = Entry.__struct_fields__
_PUT = f"INSERT INTO entries ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - names of ours
_COPY = f"COPY entries ({', '.join(_COLUMNS)}) FROM STDIN"
# Both halves of what was written just now; another poster's entries in between have theirs already.
_HALVES = text(
    """INSERT INTO postings (scope, subject, number, account, amount_cents)
    SELECT scope, subject, number, 'expense:' || offer, amount_cents FROM entries
    WHERE scope = :scope AND subject BETWEEN :first AND :last AND list_number = :list
    UNION ALL SELECT scope, subject, number, :payable, -amount_cents FROM entries
    WHERE scope = :scope AND subject BETWEEN :first AND :last AND list_number = :list
    ON CONFLICT DO NOTHING"""
)


def _write(database: Connection, entries: list[Entry]) -> None:
    """Entries of one scope and list, by subject; the database itself writes their halves."""
    if not entries:
        return
    rows = [msgspec.structs.astuple(entry) for entry in entries]
    driver = database.connection.driver_connection
    # PERF: the rows go to the driver as they are, on PostgreSQL by COPY; halves made by the database are never sent
    # (`make bench-gestures`).
    if isinstance(driver, PostgresConnection):
        with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)
    else:
        database.exec_driver_sql(_PUT, rows)
    first, last = entries[0], entries[-1]
    told = {"scope": first.scope, "list": first.list_number, "payable": PAYABLE}
    database.execute(_HALVES, {"first": first.subject, "last": last.subject, **told})
