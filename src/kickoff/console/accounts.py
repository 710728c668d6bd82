"""Who may do what in this room? Local accounts in one file; only the hash of a password is kept.

The person who starts the night is shown the operator's password once. Starting it again makes a new one: whoever can
start processes here may operate them. Everybody else is added by `kickoff people`.

A `stamp` changes with the password, the roles and the second factor: sessions that began before are over.
"""

import secrets
from pathlib import Path

import sqlalchemy as sql
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from msgspec import Struct

from kickoff.commands import BadInput
from kickoff.console.roles import EVERY, Role, read_roles, write_roles
from kickoff.console.second_factor import SECRET_BYTES, step_matching
from kickoff.units import AtUs

OPERATOR = "operator"
PEOPLE_MAX = 1_000
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""argon2id with OWASP's first choice of parameters (Password Storage Cheat Sheet)."""
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters and digits that are taken for each other."""
_GROUPS, _GROUP = 4, 4
"""16 characters of 31: 79 bits."""

_TABLES = sql.MetaData()
_PEOPLE = sql.Table(
    "people",
    _TABLES,
    sql.Column("name", sql.Text, primary_key=True),
    sql.Column("hash", sql.Text, nullable=False),
    sql.Column("roles", sql.Text, nullable=False),
    sql.Column("stamp", sql.Text, nullable=False),
    sql.Column("factor", sql.LargeBinary, nullable=True),
    sql.Column("factor_step", sql.BigInteger, nullable=False, default=0),
)


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who may sign in."""

    name: str
    roles: frozenset[Role]
    stamp: str
    has_factor: bool

    def may(self, *roles: Role) -> bool:
        """Whether one of these roles is theirs."""
        return bool(self.roles & set(roles))


class TooManyPeople(Exception):
    """No further account is made: remove one first."""


def ensure_operator(folder: Path) -> tuple[str, str]:
    """The operator's name and a new password, shown to whoever starts the night. Their second factor stays."""
    people = People(folder)
    known = people.person(OPERATOR)
    password = people.add(OPERATOR, known.roles if known else EVERY)
    people.close()
    return OPERATOR, password


class People:
    """The accounts of one run folder. Checking a password takes 21 ms of a core: call it from a thread."""

    def __init__(self, folder: Path) -> None:
        """Raises `BadInput` where their file is damaged."""
        self._engine = _engine(folder)
        # A name that nobody has costs as much as one that somebody has.
        self._nobody = _HASHER.hash(secrets.token_hex())
        try:
            with self._engine.begin() as transaction:
                _TABLES.create_all(transaction)
        except sql.exc.DatabaseError as error:
            raise BadInput(
                f"{self._engine.url.database}: cannot be used ({error.orig}); move it away: the operator's account is "
                "made anew at the next start, others by `kickoff people add`"
            ) from error

    def is_right(self, name: str, password: str) -> bool:
        """Whether this is the password of this person."""
        kept = self._value(_PEOPLE.c.hash, name)
        try:
            _HASHER.verify(str(kept or self._nobody), password)
        except VerificationError:
            return False
        return kept is not None

    def person(self, name: str) -> Person | None:
        """Who has this name."""
        return next((one for one in self.everybody(name) if one.name == name), None)

    def everybody(self, name: str | None = None) -> tuple[Person, ...]:
        """All who may sign in, by name; or the one of this name."""
        query = sql.select(_PEOPLE).order_by(_PEOPLE.c.name)
        query = query if name is None else query.where(_PEOPLE.c.name == name)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return tuple(
            Person(name=row.name, roles=read_roles(row.roles), stamp=row.stamp, has_factor=bool(row.factor))
            for row in rows
        )

    def add(self, name: str, roles: frozenset[Role]) -> str:
        """Make an account, or give a known one new roles; the new password. Raises `TooManyPeople`."""
        password = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
        told = {"hash": _HASHER.hash(password), "roles": write_roles(roles), "stamp": secrets.token_hex(8)}
        with self._engine.begin() as transaction:
            changed = transaction.execute(sql.update(_PEOPLE).where(_PEOPLE.c.name == name).values(**told)).rowcount
            if not changed:
                count = transaction.scalar(sql.select(sql.func.count()).select_from(_PEOPLE)) or 0
                if count >= PEOPLE_MAX:
                    raise TooManyPeople(f"there are {count} accounts; remove one first")
                transaction.execute(sql.insert(_PEOPLE), {"name": name, "factor": None, "factor_step": 0, **told})
        return password

    def remove(self, name: str) -> bool:
        """Take an account away; whether there was one."""
        with self._engine.begin() as transaction:
            return bool(transaction.execute(sql.delete(_PEOPLE).where(_PEOPLE.c.name == name)).rowcount)

    def set_factor(self, name: str, secret: bytes | None, *, step: int = 0) -> None:
        """Keep a second factor, or none; `step`: the last whose code was used."""
        told = {"factor": secret, "factor_step": step, "stamp": secrets.token_hex(8)}
        with self._engine.begin() as transaction:
            transaction.execute(sql.update(_PEOPLE).where(_PEOPLE.c.name == name).values(**told))

    def holds_factor(self, name: str, code: str, *, at: AtUs) -> bool:
        """Whether this is a code of the person's second factor that was not used before; from now on it is used."""
        secret, last = self._value(_PEOPLE.c.factor, name), self._value(_PEOPLE.c.factor_step, name)
        if not isinstance(secret, bytes) or not isinstance(last, int):
            return False
        step = step_matching(secret, code, at=at, after=last)
        if step is None:
            return False
        # Compared and set in one statement: of two who send the same code at once one gets in.
        unused = (_PEOPLE.c.name == name) & (_PEOPLE.c.factor_step < step)
        with self._engine.begin() as transaction:
            return bool(transaction.execute(sql.update(_PEOPLE).where(unused).values(factor_step=step)).rowcount)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _value(self, column: sql.Column[object], name: str) -> object:
        with self._engine.connect() as connection:
            return connection.execute(sql.select(column).where(_PEOPLE.c.name == name)).scalar_one_or_none()


def new_factor() -> bytes:
    """The secret of a new second factor."""
    return secrets.token_bytes(SECRET_BYTES)


def _engine(folder: Path) -> sql.Engine:
    state = folder / "state"
    state.mkdir(parents=True, exist_ok=True)
    path = state / "console.sqlite"
    path.touch(mode=0o600)
    # Hashes and second factors are their owner's alone.
    path.chmod(0o600)
    return sql.create_engine(f"sqlite:///{path}")
