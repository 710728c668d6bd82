"""Who may operate this night? Local accounts; only the hash of a password is kept.

The person who starts the night is shown a password once. Starting it again makes a new one: whoever can start processes
here may operate them.
"""

import secrets
from pathlib import Path

import sqlalchemy as sql
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

OPERATOR = "operator"
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""argon2id with OWASP's first choice of parameters (Password Storage Cheat Sheet)."""
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters and digits that are taken for each other."""
_GROUPS, _GROUP = 4, 4
"""16 characters of 31: 79 bits."""

_TABLES = sql.MetaData()
_OPERATORS = sql.Table(
    "operators",
    _TABLES,
    sql.Column("name", sql.Text, primary_key=True),
    sql.Column("hash", sql.Text, nullable=False),
)


def ensure_operator(folder: Path) -> tuple[str, str]:
    """The operator's name and a new password, shown to whoever starts the night; only its hash is kept."""
    password = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    engine = _engine(folder)
    with engine.begin() as transaction:
        _TABLES.create_all(transaction)
        transaction.execute(sql.delete(_OPERATORS).where(_OPERATORS.c.name == OPERATOR))
        transaction.execute(sql.insert(_OPERATORS), {"name": OPERATOR, "hash": _HASHER.hash(password)})
    engine.dispose()
    return OPERATOR, password


class Operators:
    """Checks names and passwords; 21 ms of a core each, so call it from a thread."""

    def __init__(self, folder: Path) -> None:
        self._engine = _engine(folder)
        # A name that nobody has costs as much as one that somebody has.
        self._nobody = _HASHER.hash(secrets.token_hex())
        with self._engine.begin() as transaction:
            _TABLES.create_all(transaction)

    def is_right(self, name: str, password: str) -> bool:
        """Whether this is the password of this operator."""
        wanted = sql.select(_OPERATORS.c.hash).where(_OPERATORS.c.name == name)
        with self._engine.connect() as connection:
            kept = connection.execute(wanted).scalar_one_or_none()
        try:
            _HASHER.verify(kept or self._nobody, password)
        except VerificationError:
            return False
        return kept is not None

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def _engine(folder: Path) -> sql.Engine:
    state = folder / "state"
    state.mkdir(parents=True, exist_ok=True)
    return sql.create_engine(f"sqlite:///{state / 'console.sqlite'}")
