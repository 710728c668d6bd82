"""Who did what, and when? Every act in this room, written down once and never changed.

Each line carries the hash of the one before it (SHA-256): a line that is changed, or taken out from between others,
breaks the chain from there on. The database refuses edits besides.

What the chain does not show: that the newest lines were taken out, for nothing after them names them; and that whoever
may write the file wrote all of it anew, for the hash has no key. Who must be able to show more sends the log of the
machine, or a copy of this file, to where those who operate the night cannot write.
"""

import hashlib
from pathlib import Path

import msgspec
import sqlalchemy as sql
from msgspec import Struct

from kickoff.units import AtUs

SHOWN_MAX = 200
TEXT_MAX = 500
"""Characters that are kept of what an act was about."""
READ_AT_ONCE = 500
"""Lines that are in memory while the chain is looked at."""
_FIRST = "0" * 64

_TABLES = sql.MetaData()
_TRAIL = sql.Table(
    "trail",
    _TABLES,
    sql.Column("number", sql.Integer, primary_key=True),
    sql.Column("at", sql.BigInteger, nullable=False),
    sql.Column("by", sql.Text, nullable=False),
    sql.Column("act", sql.Text, nullable=False),
    sql.Column("about", sql.Text, nullable=False),
    sql.Column("came", sql.Text, nullable=False),
    sql.Column("hash", sql.Text, nullable=False),
)
_GUARDS = tuple(
    f"CREATE TRIGGER IF NOT EXISTS trail_no_{act} BEFORE {act} ON trail "
    "BEGIN SELECT RAISE(ABORT, 'the trail is never edited'); END"
    for act in ("update", "delete")
)


class Step(Struct, frozen=True, kw_only=True):
    """One act."""

    number: int
    at: AtUs
    by: str
    act: str
    """A code: `pause`, `cap`, `publish`, `approve`, `look_up`, `sign_in` …"""
    about: str
    """What it was done to: a cap, a list, a subscriber."""
    came: str
    """`done`, or why not."""
    hash: str


class Trail:
    """The acts of one run folder."""

    def __init__(self, folder: Path) -> None:
        state = folder / "state"
        state.mkdir(parents=True, exist_ok=True)
        self._engine = sql.create_engine(f"sqlite:///{state / 'trail.sqlite'}")
        with self._engine.begin() as transaction:
            _TABLES.create_all(transaction)
            for guard in _GUARDS:
                transaction.exec_driver_sql(guard)

    def write(self, *, at: AtUs, by: str, act: str, about: str = "", came: str = "done") -> None:
        """One more act."""
        with self._engine.begin() as transaction:
            # The first statement writes: SQLite then has the file to itself until the next number is there.
            transaction.exec_driver_sql("UPDATE trail SET number = number WHERE 0")
            last = transaction.execute(sql.select(_TRAIL).order_by(_TRAIL.c.number.desc()).limit(1)).first()
            number, before = (last.number + 1, last.hash) if last else (1, _FIRST)
            told = {"at": at, "by": by[:TEXT_MAX], "act": act, "about": about[:TEXT_MAX], "came": came[:TEXT_MAX]}
            row = {"number": number, **told}
            transaction.execute(sql.insert(_TRAIL), {**row, "hash": _chained(before, row)})

    def newest(self, count: int = SHOWN_MAX) -> tuple[Step, ...]:
        """The last acts, the newest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(sql.select(_TRAIL).order_by(_TRAIL.c.number.desc()).limit(count)).mappings()
            return tuple(Step(**{str(name): value for name, value in row.items()}) for row in rows)

    def broken_at(self) -> int | None:
        """The number of the first act whose line is not what it was; None where the chain holds."""
        before, expected = _FIRST, 1
        with self._engine.connect() as connection:
            # Line by line: a trail of years is never in memory as a whole.
            lines = connection.execution_options(yield_per=READ_AT_ONCE).execute(
                sql.select(_TRAIL).order_by(_TRAIL.c.number)
            )
            for line in lines.mappings():
                row = {str(name): value for name, value in line.items()}
                kept = row.pop("hash")
                if row["number"] != expected or kept != _chained(before, row):
                    return expected
                before, expected = str(kept), expected + 1
        return None

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def _chained(before: str, row: dict[str, object]) -> str:
    return hashlib.sha256(before.encode() + msgspec.json.encode(row, order="deterministic")).hexdigest()
