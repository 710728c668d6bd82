"""The servers under measurement: a door and an nginx, each a process on core 0, in a folder that is thrown away."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from kickoff.plumbing.key_files import Keys, load, load_or_create

ROOT = Path(__file__).parents[1]
NIGHT = "psg-juventus"
READY_S = 20.0


class Served(Struct, frozen=True, kw_only=True):
    """A server that answers: its port, and the process that does the work."""

    port: int
    process: int
    folder: Path


@contextmanager
def door(folder: Path, *, core: int = 0, server: str = "protocol", changes: str = "") -> Iterator[Served]:
    """`kickoff door` on the short night. `changes`: `key = value` lines put into its [door] table."""
    journal = folder / "journal" / NIGHT
    journal.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "examples" / f"{NIGHT}.toml").read_text("utf-8")
    # The night lasts as long as the bench: nobody is sent away at its end.
    text = re.sub(r"(?m)^(whistle|end) = .*$", r"\1 = 86000", text)
    text = text.replace("[door]\n", f"[door]\n{changes}")
    (journal / "night.toml").write_text(f'starts_at = "{datetime.now(UTC).isoformat()}"\n{text}', "utf-8")
    load_or_create(folder)
    port = free_port()
    environment = {**os.environ, "KICKOFF_DOOR_PORT": str(port), "KICKOFF_BACKEND_PORT": str(free_port())}
    environment["KICKOFF_DOOR_SERVER"] = server
    command = [sys.executable, "-m", "kickoff", "door", str(folder)]
    with running(command, core=core, environment=environment, port=port, log=folder / "door.log") as process:
        yield Served(port=port, process=process, folder=folder)


def keys_of(served: Served) -> Keys:
    """The keys of a door that runs."""
    return load(served.folder)


@contextmanager
def nginx(folder: Path, *, location: str, core: int = 0) -> Iterator[Served]:
    """One nginx worker with this location; its own process, no master beside it."""
    program = shutil.which("nginx")
    if program is None:
        raise RuntimeError("nginx is not installed: `make setup-test` brings it")
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
def running(command: list[str], *, core: int, environment: dict[str, str], port: int, log: Path) -> Iterator[int]:
    """A process bound to a core, from the moment it listens until the end of the block; its id."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    os.sched_setaffinity(process.pid, {core})
    try:
        _await_port(process, port, log)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(READY_S)
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


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
