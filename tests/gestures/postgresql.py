"""A real PostgreSQL server of one's own, in a folder, on a Unix socket, gone afterwards."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

ACCOUNT = "postgres"
"""Debian's account of the server, which refuses to run as root."""


@contextlib.contextmanager
def server(*, durable: bool) -> Iterator[str]:
    """The SQLAlchemy address of a fresh database. `durable`: every commit reaches the disk, as in production."""
    user = ACCOUNT if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="kickoff-postgresql-"))
    if user:
        shutil.chown(folder, user)
    data, log = folder / "data", folder / "log"
    try:
        run("initdb", "--pgdata", data, "--auth=trust", "--encoding=UTF8", "--no-sync", "--username=kickoff", user=user)
        sync = "on" if durable else "off"
        options = (
            f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync={sync} -c synchronous_commit={sync}"
        )
        run("pg_ctl", "--pgdata", data, "--log", log, "--wait", "--options", options, "start", user=user)
        try:
            yield f"postgresql+psycopg://kickoff@/postgres?host={folder}"
        finally:
            run("pg_ctl", "--pgdata", data, "--mode=immediate", "--wait", "stop", user=user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fresh(address: str, name: str) -> str:
    """The address of an empty corner of the server: a schema of its own."""
    engine = sa.create_engine(address)
    with engine.begin() as database:
        database.execute(sa.schema.CreateSchema(name))
    engine.dispose()
    return f"{address}&options=-csearch_path%3D{name}"


def run(name: str, *arguments: str | Path, user: str | None) -> None:
    """Run one of the server's programs; its output is shown when it fails."""
    done = subprocess.run(
        [program(name), *map(str, arguments)],
        user=user,
        cwd="/",
        stdin=subprocess.DEVNULL,
        # Not a pipe: the server would keep its end open.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{name} ended with {done.returncode}"


def program(name: str) -> str:
    """Where Debian keeps it, or where the path finds it."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(kept[-1]) if kept else shutil.which(name)
    assert found, f"{name} is missing; `make setup-test` installs PostgreSQL"
    return found
