"""nginx as deploy/nginx/ sets it up, as a process of its own: only ports, paths and the account are the test's."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def configuration(folder: Path, *, port: int, doors: Sequence[int], origin: int) -> str:
    """nginx.conf of deploy/ on this machine. Each change must fit exactly once, or the file has changed."""
    text = (DEPLOY / "nginx" / "nginx.conf").read_text("utf-8")
    ways = ("max_fails=3 fail_timeout=1s;", "max_fails=0 backup;")
    servers = "\n".join(f"    server 127.0.0.1:{door} {way}" for way in ways for door in doors)
    temporary = "\n".join(f"  {name}_temp_path {folder}/{name};" for name in TEMPORARY)
    account = pwd.getpwuid(os.getuid()).pw_name if os.geteuid() == 0 else ""
    changes = {
        r"user www-data;": f"user {account};" if account else "",
        r"worker_processes auto;": "worker_processes 1;",
        r"/var/log/nginx/error\.log": f"{folder}/error.log",
        r"/run/nginx\.pid": f"{folder}/nginx.pid",
        r"(?m)^http \{$": f"http {{\n{temporary}",
        r"(    server 127\.0\.0\.1:80[89]0 [^\n]*\n?)+": f"{servers}\n",
        r"127\.0\.0\.1:8081": f"127.0.0.1:{origin}",
        r"/var/cache/nginx/kickoff levels": f"{folder}/cache levels",
        r"/var/cache/nginx/kickoff-streams": f"{folder}/streams",
        r"listen 80 ": f"listen 127.0.0.1:{port} ",
        r"root /etc/nginx/kickoff;": f"root {folder}/kickoff;",
    }
    for pattern, replacement in changes.items():
        text, count = re.subn(pattern, replacement, text)
        assert count == 1, f"nginx.conf has {count} × {pattern}"
    return text


def with_night(text: str, name: str, door: int) -> str:
    """As the file says of a second night: another upstream, and the map's two lines, which stand there as comments."""
    upstream = f"upstream kickoff_doors_other {{ server 127.0.0.1:{door}; }}"
    changes = {
        r"# ~\^/\(\?:v1/\)\?tottenham-om": f"~^/(?:v1/)?{name}",
        r"# ~\^/live/\(\?:lane\|seven-sisters\)/": "~^/live/(?:far|farther)/",
    }
    for pattern, replacement in changes.items():
        text, count = re.subn(pattern, replacement, text)
        assert count == 1, f"nginx.conf has {count} × {pattern}"
    return text.replace("kickoff_doors_tottenham_om", "kickoff_doors_other").replace(
        "  map $request_uri", f"  {upstream}\n  map $request_uri", 1
    )


@contextmanager
def nginx(
    folder: Path, *, doors: Sequence[int], origin: int = 9, other: tuple[str, int] | None = None
) -> Iterator[int]:
    """The port of an nginx before these doors until the end of the block. `other`: a second night and its one door."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(DEPLOY / "nginx" / "kickoff", folder / "kickoff")
    server = folder / "kickoff" / "server.conf"
    text, count = re.subn(r"/var/log/nginx/kickoff-origin\.log", f"{folder}/origin.log", server.read_text("utf-8"))
    assert count == 1, "the log that is a signal has another name"
    server.write_text(text, "utf-8")
    # nginx takes over a socket that listens already: nobody waits for it, and nobody else can take the port.
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        port = int(listener.getsockname()[1])
        text = configuration(folder, port=port, doors=doors, origin=origin)
        (folder / "nginx.conf").write_text(with_night(text, *other) if other else text, "utf-8")
        process = subprocess.Popen(
            [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"],
            env={**os.environ, "NGINX": f"{listener.fileno()};"},
            pass_fds=[listener.fileno()],
        )
    try:
        yield port
    finally:
        process.send_signal(signal.SIGQUIT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
