"""The places that may have been given, kept in SQLite: written before the first place of a block is given.

What is reserved ahead is written by a thread of its own, one block at a time, while the line goes on.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from sqlite3 import Connection, Error

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
        self._durable: dict[str, int] = {}
        self._writing = threading.Lock()
        """One connection carries one transaction at a time."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reserve")

    def reserve(self, lane: str, *, upto: int) -> None:
        """Make durable that places up to `upto` may have been given. Raises `sqlite3.Error` when the disk refuses."""
        with self._writing:
            if upto <= self.durable(lane):
                return
            with self._connection:
                self._connection.execute(_RESERVE, (self._night, lane, upto, self._boot))
            self._durable[lane] = upto

    def reserve_ahead(self, lane: str, *, upto: int) -> None:
        """The same in the thread. The connection must allow it (`check_same_thread=False`)."""
        # A book asks again only after half a block more: few requests wait here.
        self._thread.submit(self._try_to_reserve, lane, upto)

    def _try_to_reserve(self, lane: str, upto: int) -> None:
        # A disk that refuses is met again by whoever then has to wait.
        with suppress(Error):
            self.reserve(lane, upto=upto)

    def durable(self, lane: str) -> int:
        """The highest place that this process has reserved; 0: none yet."""
        return self._durable.get(lane, 0)

    def close(self) -> None:
        """Finish what is being written, and close the connection."""
        self._thread.shutdown()
        self._connection.close()

    def before(self, lane: str) -> tuple[int, bool]:
        """(the highest place reserved so far, whether that was on this machine's present run)."""
        row = self._connection.execute(
            "SELECT upto, boot FROM reserved WHERE night = ? AND lane = ?", (self._night, lane)
        ).fetchone()
        return (int(row[0]), row[1] == self._boot) if row else (0, True)
