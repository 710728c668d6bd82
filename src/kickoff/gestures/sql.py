"""Where are the promises kept? In an SQL database: SQLite by default, PostgreSQL by its address.

Four tables, none of which is ever edited: the database itself refuses UPDATE and DELETE on them.

    approvals   who said yes to which list          lists     which list was begun when
    entries     one line a promise or correction    postings  both halves of each entry

A list is posted in batches of subscribers, one transaction each. Killed anywhere, it is posted again: `ledger.due`
writes only what is missing. Two who post for one scope at once take turns, batch by batch.
"""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Connection,
    Engine,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    create_engine,
    event,
    func,
    insert,
    select,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import DDL

from kickoff.gestures.ledger import (
    APPROVALS_BY_PEOPLE,
    Audit,
    Entry,
    ListSuperseded,
    NoLedger,
    NotApproved,
    Posted,
    StaleRule,
    Standing,
    batches,
    digest,
    digest_of,
    due,
    postings,
)
from kickoff.gestures.policy import Allotment
from kickoff.units import AtUs, Cents, Subject

BATCH = 5_000
"""Subscribers a transaction."""

METADATA = MetaData()
_NAME = String(200)

APPROVALS = Table(
    "approvals",
    METADATA,
    Column("scope", _NAME, primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("by", _NAME, primary_key=True),
    Column("rule", Integer, nullable=False),
    Column("total_cents", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)
LISTS = Table(
    "lists",
    METADATA,
    Column("scope", _NAME, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("gestures", Integer, nullable=False),
    Column("total_cents", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)
ENTRIES = Table(
    "entries",
    METADATA,
    Column("scope", _NAME, primary_key=True),
    Column("subject", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("offer", _NAME, nullable=False),
    Column("kind", String(500), nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("list_number", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("why", String, nullable=False),
    ForeignKeyConstraint(["scope", "list_number"], ["lists.scope", "lists.number"]),
    sqlite_with_rowid=False,
)
POSTINGS = Table(
    "postings",
    METADATA,
    Column("scope", _NAME, primary_key=True),
    Column("subject", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("account", _NAME, primary_key=True),
    Column("amount_cents", BigInteger, nullable=False),
    ForeignKeyConstraint(["scope", "subject", "number"], ["entries.scope", "entries.subject", "entries.number"]),
    sqlite_with_rowid=False,
)

_REFUSAL = "the ledger is never edited: write an opposite entry"
_REFUSE_ON_SQLITE = """CREATE TRIGGER %(table)s_no_{act} BEFORE {act} ON %(table)s
BEGIN SELECT RAISE(ABORT, '{refusal}'); END"""
_REFUSAL_ON_POSTGRESQL = """CREATE OR REPLACE FUNCTION kickoff_never_edited() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"""
_REFUSE_ON_POSTGRESQL = """CREATE TRIGGER %(table)s_never_edited BEFORE UPDATE OR DELETE OR TRUNCATE ON %(table)s
EXECUTE FUNCTION kickoff_never_edited()"""


def _forbid_edits(metadata: MetaData) -> None:
    """Have each table made with triggers that refuse UPDATE and DELETE, whoever sends them."""
    for table in metadata.sorted_tables:
        guards = [("sqlite", _REFUSE_ON_SQLITE.format(act=act, refusal=_REFUSAL)) for act in ("update", "delete")]
        guards += [("postgresql", _REFUSAL_ON_POSTGRESQL.format(refusal=_REFUSAL))]
        guards += [("postgresql", _REFUSE_ON_POSTGRESQL)]
        for dialect, text in guards:
            guard = DDL(text)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this one without types
            event.listen(table, "after_create", guard.execute_if(dialect=dialect))


_forbid_edits(METADATA)


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

    def entries(self, scope: str, subject: Subject | None = None) -> tuple[Entry, ...]:
        """All that was ever promised for a scope, to one subscriber or to all, in order."""
        whose: dict[str, object] = {"scope": scope} if subject is None else {"scope": scope, "subject": subject}
        order = (ENTRIES.c.subject, ENTRIES.c.number)
        with self._engine.connect() as database:
            rows = database.execute(select(ENTRIES).filter_by(**whose).order_by(*order)).mappings()
            return tuple(Entry(**{str(name): value for name, value in row.items()}) for row in rows)

    def standing(self, scope: str) -> tuple[Standing, ...]:
        """What stands for everybody; who ended at nothing stands with 0."""
        with self._engine.connect() as database:
            return tuple(_standing(database, scope, None, None))

    def audit(self, scope: str) -> Audit:
        """Check everything of a scope against everything else."""
        with self._engine.connect() as database:
            stands = [one for one in _standing(database, scope, None, None) if one.amount_cents]
            entries = database.scalar(select(func.count()).select_from(ENTRIES).filter_by(scope=scope)) or 0
            lists = database.scalar(select(func.count()).select_from(LISTS).filter_by(scope=scope)) or 0
            wrong = tuple(_wrong(database, scope, stands))
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
            wrong=wrong,
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
    database.exec_driver_sql("BEGIN IMMEDIATE")


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


def _write(database: Connection, entries: list[Entry]) -> None:
    if entries:
        _insert(database, ENTRIES, entries)
        _insert(database, POSTINGS, [half for entry in entries for half in postings(entry)])


def _insert(database: Connection, table: Table, rows: Sequence[Struct]) -> None:
    if database.dialect.name != "postgresql":
        database.execute(insert(table), [msgspec.structs.asdict(row) for row in rows])
        return
    # PERF: one statement with an array a column carries several times the rows of one execution a row
    # (`make bench-gestures`).
    columns = {column.name: [getattr(row, column.name) for row in rows] for column in table.columns}
    arrays = [bindparam(name, values, type_=ARRAY(table.c[name].type)) for name, values in columns.items()]
    given = func.unnest(*arrays).table_valued(*columns).render_derived()
    database.execute(insert(table).from_select(list(columns), select(*given.c)))


def _wrong(database: Connection, scope: str, stands: list[Standing]) -> Iterator[str]:
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
