"""What did this one subscriber live through? A row for each account that was hit, kept so that one is found at once.

Whoever answers a subscriber the morning after has no time to read a night's journal: `keep` writes the cases down when
the night is closed, whole, and `evening_of` finds one in a fraction of a millisecond.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from kickoff.findings import Case
from kickoff.run_folder import RunFolder
from kickoff.units import AtUs, Subject

FILE = "evenings.sqlite"
_TABLE = """CREATE TABLE IF NOT EXISTS evenings (
    scope TEXT NOT NULL, subject INTEGER NOT NULL, offer TEXT NOT NULL, lost_ms INTEGER NOT NULL,
    met TEXT NOT NULL, first_at INTEGER NOT NULL, PRIMARY KEY (scope, subject)) WITHOUT ROWID"""


_WRITTEN = "CREATE TABLE IF NOT EXISTS written (scope TEXT PRIMARY KEY) WITHOUT ROWID"
"""The nights whose cases stand here: a night may have hit nobody."""


def keep(folder: RunFolder, scope: str, cases: Sequence[Case]) -> None:
    """Write the cases of a night in the place of those that were kept before, all or none."""
    rows = [(scope, case.subject, case.offer, case.lost_ms, case.met, case.first_at) for case in cases]
    with _database(folder) as database, database:
        database.execute("DELETE FROM evenings WHERE scope = ?", (scope,))
        database.execute("INSERT OR IGNORE INTO written VALUES (?)", (scope,))
        database.executemany("INSERT INTO evenings VALUES (?, ?, ?, ?, ?, ?)", rows)


def evening_of(folder: RunFolder, scope: str, subject: Subject) -> Case | None:
    """The case of one subscriber; None: not among those who were hit, or the night is not closed yet."""
    with _database(folder) as database:
        row = database.execute(
            "SELECT offer, lost_ms, met, first_at FROM evenings WHERE scope = ? AND subject = ?", (scope, subject)
        ).fetchone()
    if row is None:
        return None
    return Case(subject=subject, offer=row[0], lost_ms=row[1], met=row[2], first_at=AtUs(row[3]))


def is_written(folder: RunFolder, scope: str) -> bool:
    """Whether the cases of a night have been written down. Before that nobody can say that someone was not hit."""
    with _database(folder) as database:
        found = database.execute(
            "SELECT EXISTS (SELECT 1 FROM written WHERE scope = ?) OR EXISTS (SELECT 1 FROM evenings WHERE scope = ?)",
            (scope, scope),
        ).fetchone()
    return bool(found[0])


def forget(folder: RunFolder, subject: Subject) -> None:
    """Take one subscriber out, of every night. Their entries in the ledger stay: they are the house's accounts."""
    with _database(folder) as database, database:
        database.execute("PRAGMA secure_delete = ON")
        database.execute("DELETE FROM evenings WHERE subject = ?", (subject,))


@contextmanager
def _database(folder: RunFolder) -> Iterator[sqlite3.Connection]:
    folder.state.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder.state / FILE, timeout=30)) as database:
        database.execute(_TABLE)
        database.execute(_WRITTEN)
        yield database
