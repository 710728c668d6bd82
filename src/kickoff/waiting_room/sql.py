"""The places that may have been given, kept in SQLite: written before the first place of a block is given."""

from sqlite3 import Connection

_SCHEMA = """
CREATE TABLE IF NOT EXISTS reserved (
    night TEXT NOT NULL, lane TEXT NOT NULL, upto INTEGER NOT NULL, boot TEXT NOT NULL, PRIMARY KEY (night, lane)
) WITHOUT ROWID
"""
_RESERVE = """
INSERT INTO reserved (night, lane, upto, boot) VALUES (?, ?, ?, ?)
ON CONFLICT (night, lane) DO UPDATE SET upto = max(upto, excluded.upto), boot = excluded.boot
"""


class SqlBlocks:
    """Reservations of one night. `boot` names the machine's present run: another one means that it went down."""

    def __init__(self, connection: Connection, *, night: str, boot: str) -> None:
        self._connection = connection
        self._night = night
        self._boot = boot
        connection.execute("PRAGMA journal_mode = WAL")
        # A reservation outlives a power cut: that is what it is for.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(_SCHEMA)
        connection.commit()

    def reserve(self, lane: str, *, upto: int) -> None:
        """Make durable that places up to `upto` may have been given. Raises `sqlite3.Error` when the disk refuses."""
        with self._connection:
            self._connection.execute(_RESERVE, (self._night, lane, upto, self._boot))

    def before(self, lane: str) -> tuple[int, bool]:
        """(the highest place reserved so far, whether that was on this machine's present run)."""
        row = self._connection.execute(
            "SELECT upto, boot FROM reserved WHERE night = ? AND lane = ?", (self._night, lane)
        ).fetchone()
        return (int(row[0]), row[1] == self._boot) if row else (0, True)
