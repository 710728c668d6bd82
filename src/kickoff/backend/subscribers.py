"""Who has an account? The subscribers' database, made from the roster of the night.

All simulated subscribers share one password and one hash of it: checking costs what it costs, making 20,000 different
hashes would cost seven minutes.
"""

from pathlib import Path

import sqlalchemy as sql
from argon2 import PasswordHasher
from argon2.low_level import Type
from msgspec import Struct

from kickoff.accounts.roster import PASSWORD, crowd_of, login_of, offer_of
from kickoff.night import Night
from kickoff.units import Account

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
"""argon2id with OWASP's first choice of parameters (Password Storage Cheat Sheet): 19 MiB, t = 2, p = 1."""

_TABLES = sql.MetaData()
_SUBSCRIBERS = sql.Table(
    "subscribers",
    _TABLES,
    sql.Column("account", sql.Integer, primary_key=True),
    sql.Column("login", sql.Text, nullable=False, unique=True),
    sql.Column("offer", sql.Text, nullable=False),
    sql.Column("password", sql.Integer, nullable=False),
)
_PASSWORDS = sql.Table(
    "passwords",
    _TABLES,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("hash", sql.Text, nullable=False),
)


class Subscriber(Struct, frozen=True, kw_only=True):
    """One household account. `password_hash` is in argon2's own encoding."""

    account: Account
    offer: str
    password_hash: str


def make_subscribers(path: Path, night: Night) -> int:
    """Write the database anew, whole or not at all; how many subscribers it holds."""
    fresh = path.with_suffix(".fresh")
    fresh.unlink(missing_ok=True)
    count = crowd_of(night).subscribers
    engine = sql.create_engine(f"sqlite:///{fresh}")
    with engine.begin() as transaction:
        _TABLES.create_all(transaction)
        transaction.execute(sql.insert(_PASSWORDS), [{"id": 1, "hash": HASHER.hash(PASSWORD)}])
        transaction.execute(
            sql.insert(_SUBSCRIBERS),
            [
                {"account": number, "login": login_of(number), "offer": offer_of(night, number), "password": 1}
                for number in range(1, count + 1)
            ],
        )
    engine.dispose()
    fresh.replace(path)
    return count


class Subscribers:
    """Reads the database; one connection a thread."""

    def __init__(self, path: Path) -> None:
        self._engine = sql.create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
        self._by_login = (
            sql.select(_SUBSCRIBERS.c.account, _SUBSCRIBERS.c.offer, _PASSWORDS.c.hash)
            .join(_PASSWORDS, _PASSWORDS.c.id == _SUBSCRIBERS.c.password)
            .where(_SUBSCRIBERS.c.login == sql.bindparam("login"))
        )

    def find(self, login: str) -> Subscriber | None:
        """The account of a login, or None where there is none."""
        with self._engine.connect() as connection:
            row = connection.execute(self._by_login, {"login": login}).one_or_none()
        return None if row is None else Subscriber(account=Account(row[0]), offer=row[1], password_hash=row[2])

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()
