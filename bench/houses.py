"""The servers under measurement and those around them: processes bound to a core, in folders that are thrown away."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from msgspec import Struct

from bench.ports import free_port
from kickoff.plumbing.key_files import Keys, load, load_or_create

ROOT = Path(__file__).parents[1]
NIGHT = "psg-juventus"
READY_S = 20.0
OPEN_FOR_S = 100


class Served(Struct, frozen=True, kw_only=True):
    """A server that answers: its port, and the process that does the work."""

    port: int
    process: int
    folder: Path


@contextmanager
def door(
    folder: Path,
    *,
    core: int = 0,
    server: str = "protocol",
    changes: str = "",
    open_to_all: bool = False,
    more: Mapping[str, str] = {},
) -> Iterator[Served]:
    """`kickoff door` on the short night. `changes`: `key = value` lines put into its [door] table. `more`: settings."""
    lay_out(folder, changes=changes)
    settings = {"KICKOFF_DOOR_SERVER": server, **more}
    with serving(folder, core=core, more=settings, open_to_all=open_to_all) as served:
        yield served


def lay_out(folder: Path, *, changes: str = "") -> None:
    """The short night's folder, with keys, as a door expects it."""
    journal = folder / "journal" / NIGHT
    journal.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "examples" / f"{NIGHT}.toml").read_text("utf-8")
    # The night lasts as long as the bench: nobody is sent away at its end.
    text = re.sub(r"(?m)^(whistle|end) = .*$", r"\1 = 86000", text)
    text = text.replace("[door]\n", f"[door]\n{changes}")
    (journal / "night.toml").write_text(f'starts_at = "{_starts_at()}"\n{text}', "utf-8")
    load_or_create(folder)


@contextmanager
def serving(
    folder: Path, *, core: int = 0, more: Mapping[str, str] = {}, open_to_all: bool = False, log: str = "door.log"
) -> Iterator[Served]:
    """One more door on a folder that is laid out."""
    port = free_port()
    command = [*kickoff("door", folder), *(["--open"] if open_to_all else [])]
    environment = environment_of(port, more)
    with running(command, core=core, environment=environment, port=port, log=folder / log) as process:
        yield Served(port=port, process=process, folder=folder)


def kickoff(command: str, folder: Path) -> list[str]:
    """`kickoff COMMAND FOLDER`, by this Python."""
    return [sys.executable, "-m", "kickoff", command, str(folder)]


def environment_of(port: int, more: Mapping[str, str] = {}) -> dict[str, str]:
    """A door's on this port; its back end is nowhere, unless `more` says where."""
    return {**os.environ, "KICKOFF_DOOR_PORT": str(port), "KICKOFF_BACKEND_PORT": str(free_port()), **more}


@cache
def _starts_at() -> str:
    """The same for all doors of a bench: those that share a line must play one night.

    Its doors have been open for a while: who comes before them stands on a list for the draw besides.
    """
    return (datetime.now(UTC) - timedelta(seconds=OPEN_FOR_S)).isoformat()


def keys_of(served: Served) -> Keys:
    """The keys of a door that runs."""
    return load(served.folder)


@contextmanager
def nginx(folder: Path, *, location: str, core: int = 0) -> Iterator[Served]:
    """One nginx worker with this location; its own process, no master beside it."""
    program = _program("nginx")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    (folder / "nginx.conf").write_text(
        f"""
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 2048; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  default_type application/json; open_file_cache max=100 inactive=60s;
  server {{ listen 127.0.0.1:{port} backlog=4096; {location} }}
}}
""",
        "utf-8",
    )
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with running(command, core=core, environment=dict(os.environ), port=port, log=folder / "nginx.log") as process:
        yield Served(port=port, process=process, folder=folder)


@contextmanager
def nginx_before(folder: Path, *, door_port: int, port: int = 0, core: int = 0) -> Iterator[Served]:
    """One nginx worker as `deploy/nginx/kickoff/` sets it up, before one door; beside that, `/still/` serves files."""
    program = _program("nginx")
    folder.mkdir(parents=True, exist_ok=True)
    for path in (ROOT / "deploy" / "nginx" / "kickoff").iterdir():
        (folder / path.name).write_text(path.read_text("utf-8").replace("/var/log/nginx", str(folder)), "utf-8")
    port = port or free_port()
    # Whoever starts it as root must let its worker into a folder of root's.
    account = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"""
{account} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 2048; }}
http {{
  include http.conf;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream kickoff_doors {{ server 127.0.0.1:{door_port}; keepalive 16; }}
  map $request_uri $kickoff_doors {{ default kickoff_doors; }}
  upstream kickoff_origin {{ server 127.0.0.1:9; }}
  proxy_cache_path {folder}/cache levels=1:2 keys_zone=kickoff:8m use_temp_path=off;
  proxy_cache_path {folder}/streams levels=1:2 keys_zone=kickoff_streams:8m use_temp_path=off;
  geo $kickoff_operator {{ default 0; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096; root {folder}; access_log off;
    location /still/ {{ default_type application/json; }}
    include server.conf;
  }}
}}
""",
        "utf-8",
    )
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with running(command, core=core, environment=dict(os.environ), port=port, log=folder / "nginx.log") as master:
        yield Served(port=port, process=_only_child(master, core=core), folder=folder)


@contextmanager
def redis(folder: Path, *, core: int = 1) -> Iterator[Served]:
    """A Redis or Valkey that keeps nothing on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [_program("valkey-server", "redis-server"), "--port", str(port), "--save", "", "--appendonly", "no"]
    command += ["--bind", "127.0.0.1", "--dir", str(folder)]
    with running(command, core=core, environment=dict(os.environ), port=port, log=folder / "redis.log") as process:
        yield Served(port=port, process=process, folder=folder)


@contextmanager
def plain_room(folder: Path, *, redis: Served, secret: str, core: int = 0) -> Iterator[Served]:
    """The waiting room that most would write first: FastAPI on uvicorn before Redis (`bench/plain_room.py`)."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, "-m", "bench.plain_room", str(port), str(redis.port), secret]
    with running(command, core=core, environment=dict(os.environ), port=port, log=folder / "room.log") as process:
        yield Served(port=port, process=process, folder=folder)


def _program(*names: str) -> str:
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise RuntimeError(f"{' or '.join(names)} is not installed: `make setup-test` brings it")
    return found


def _only_child(process: int, *, core: int) -> int:
    """The worker of an nginx that has one."""
    [child] = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()[:1]
    os.sched_setaffinity(int(child), {core})
    return int(child)


@contextmanager
def running(
    command: list[str], *, core: int, environment: dict[str, str], log: Path, port: int | None = None
) -> Iterator[int]:
    """A process bound to a core, from the moment it listens (None: at once) until the end of the block; its id."""
    process = started(command, core=core, environment=environment, log=log)
    try:
        if port is not None:
            _await_port(process, port, log)
        yield process.pid
    finally:
        stop(process)


def started(
    command: list[str], *, core: int, environment: dict[str, str], log: Path, again: bool = False
) -> "subprocess.Popen[bytes]":
    """A process bound to a core; what it says stands in the log, `again`: after what it said before."""
    with log.open("ab" if again else "wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    os.sched_setaffinity(process.pid, {core})
    return process


def stop(process: "subprocess.Popen[bytes]", *, within_s: float = READY_S) -> None:
    """SIGTERM; SIGKILL for one that does not end by it."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_port(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{log}: {log.read_text('utf-8', 'replace').strip() or 'not ready in time'}")


@contextmanager
def undisturbed() -> Iterator[None]:
    """Until the end of the block this process and those that it starts come before all others, where that is allowed.

    Else a measured core is not the server's alone: a kernel's thread that samples memory took one for 90 ms at a time.
    """
    session = Path("/proc/self/autogroup")
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, -20)
    before = session.read_text("ascii").split()[-1] if session.exists() else ""
    # The kernel weighs sessions before it weighs their processes.
    with suppress(OSError):
        if before:
            session.write_text("-20", "ascii")
    try:
        yield
    finally:
        with suppress(OSError):
            if before:
                session.write_text(before, "ascii")
