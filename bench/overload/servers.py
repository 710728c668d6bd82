"""The servers of the bench: the back end alone on core 0; door, nginx and Envoy beside the load on core 1."""

import os
import re
import shutil
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.houses import ROOT, Served, running
from bench.ports import free_port
from kickoff.plumbing.key_files import load_or_create

NIGHT = "overload"
BACKEND_CORE = 0
OTHERS_CORE = 1 if (os.cpu_count() or 1) > 1 else 0
SCHEDULE = "doors = 0\nkick_off = 1\ngoals = []\nhalf_time = 40\nsecond_half = 50\nwhistle = 119\nend = 120\n"
FILMS_S = 120.0
DOOR = "beat_s = 30\nbeat_s_max = 120\nsafe_rate_per_s = 10\nline_max = 1_000_000\n"
"""What the operator wrote down; the capacity is not in it."""


def lay_out(folder: Path) -> None:
    """The short night, from now on, without its faults: the bench makes its own."""
    text = (ROOT / "examples" / "psg-juventus.toml").read_text("utf-8")
    text = re.sub(r'(?m)^name = ".*"$', f'name = "{NIGHT}"', text, count=1)
    text = re.sub(r"(?ms)^\[schedule\].*?(?=^\[)", f"[schedule]\n{SCHEDULE}\n", text)
    text = re.sub(r"(?ms)^\[\[faults\]\].*?(?=^\[)", "", text)
    text = re.sub(r"(?m)^(beat_s|beat_s_max|safe_rate_per_s) = .*\n", "", text)
    text = text.replace("[door]\n", f"[door]\n{DOOR}")
    # One small picture a channel: players ask for playlists, and what they show is not the matter here.
    text = re.sub(r"(?m)^(\[channels\..*\])$", r"\1\nbitrates_kbps = [200]", text)
    journal = folder / "journal" / NIGHT
    shutil.rmtree(journal, ignore_errors=True)
    journal.mkdir(parents=True)
    shutil.copy(ROOT / "examples" / "arrivals-1998-06-30.csv", journal)
    (journal / "night.toml").write_text(f'starts_at = "{datetime.now(UTC).isoformat()}"\n{text}', "utf-8")
    load_or_create(folder)


@contextmanager
def backend(folder: Path) -> Iterator[Served]:
    """The sample streaming service, argon2 and all, alone on its core."""
    port = free_port()
    command = [sys.executable, "-m", "kickoff", "backend", str(folder)]
    environment = {**os.environ, "KICKOFF_BACKEND_PORT": str(port)}
    log = folder / "backend.log"
    with running(command, core=BACKEND_CORE, environment=environment, port=port, log=log) as process:
        # It listens before it has encoded its films, which takes a while the first time.
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=FILMS_S) as answer:
            answer.read()
        yield Served(port=port, process=process, folder=folder)


@contextmanager
def door(folder: Path, *, behind: int) -> Iterator[int]:
    """A door before the back end at the port `behind`."""
    port = free_port()
    command = [sys.executable, "-m", "kickoff", "door", str(folder)]
    environment = {**os.environ, "KICKOFF_DOOR_PORT": str(port), "KICKOFF_BACKEND_PORT": str(behind)}
    with running(command, core=OTHERS_CORE, environment=environment, port=port, log=folder / "door.log"):
        yield port


@contextmanager
def limit_req(folder: Path, *, behind: int, per_minute: int, burst: int) -> Iterator[int]:
    """An nginx with `limit_req` for all callers together: so many a minute, so many kept waiting, the rest refused."""
    port, own = free_port(), folder / "nginx"
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(parents=True)
    paths = " ".join(f"{name}_temp_path {own}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (own / "nginx.conf").write_text(
        f"""
daemon off; master_process off; worker_processes 1; pid {own}/pid; error_log {own}/error.log crit;
events {{ worker_connections 16384; }}
http {{
  access_log off; {paths} keepalive_requests 1000000; keepalive_timeout 75s;
  limit_req_zone $server_name zone=all:1m rate={per_minute}r/m; limit_req_status 429;
  upstream backend {{ server 127.0.0.1:{behind}; keepalive 256; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096; server_name all;
    location / {{
      limit_req zone=all burst={burst};
      proxy_http_version 1.1; proxy_set_header Connection ""; proxy_read_timeout 60s; proxy_pass http://backend;
    }}
  }}
}}
""",
        "utf-8",
    )
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    command = [program, "-p", str(own), "-c", str(own / "nginx.conf")]
    with running(command, core=OTHERS_CORE, environment=dict(os.environ), port=port, log=own / "log"):
        yield port


@contextmanager
def envoy(folder: Path, *, behind: int) -> Iterator[int]:
    """Envoy with adaptive concurrency, its window long enough for a service of some 45 calls a second."""
    port, own = free_port(), folder / "envoy"
    own.mkdir(parents=True, exist_ok=True)
    text = Path(__file__).with_name("envoy.yaml").read_text("utf-8")
    (own / "envoy.yaml").write_text(text.replace("10000", str(port)).replace("10001", str(behind)), "utf-8")
    command = [str(Path(sys.executable).parent / "envoy"), "--config-path", str(own / "envoy.yaml")]
    command += ["--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warning"]
    with running(command, core=OTHERS_CORE, environment=dict(os.environ), port=port, log=own / "log"):
        yield port
