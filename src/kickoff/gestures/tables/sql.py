"""The tables of the ledger, none of which is ever edited: the database itself refuses UPDATE and DELETE on them.

What they hold:

    approvals   who said yes to which list          lists        which list was begun when
    entries     one line a promise or correction    postings     both halves of each entry
    deliveries  each try to hand an entry on
"""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, MetaData, String, Table, event
from sqlalchemy.schema import DDL

READS = "kickoff_reads"
"""Execution option of a connection that only reads: its transactions keep nobody from writing."""

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
DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("scope", _NAME, primary_key=True),
    Column("subject", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("status", Integer, nullable=False),
    ForeignKeyConstraint(["scope", "subject", "number"], ["entries.scope", "entries.subject", "entries.number"]),
    sqlite_with_rowid=False,
)
"""`status`: what the receiver answered; 0 no answer. 2xx: it has the entry."""

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
