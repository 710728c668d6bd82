"""Envoy as deploy/envoy/envoy.yaml sets it up, as a process of its own: only its ports are the test's."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import msgspec

from tests.deploy.nginx import DEPLOY


def configuration(*, doors: tuple[int, int], origin: int, log: Path) -> str:
    """envoy.yaml of deploy/ on this machine. Each change must fit exactly once, or the file has changed."""
    text = (DEPLOY / "envoy" / "envoy.yaml").read_text("utf-8")
    changes = {
        "port_value: 9901": "port_value: 0",
        "address: 0.0.0.0, port_value: 8088": "address: 127.0.0.1, port_value: 0",
        "port_value: 8080": f"port_value: {doors[0]}",
        "port_value: 8090": f"port_value: {doors[1]}",
        "port_value: 8081": f"port_value: {origin}",
        "/var/log/envoy/kickoff-origin.log": str(log),
    }
    for found, replacement in changes.items():
        assert text.count(found) == 1, f"envoy.yaml has {text.count(found)} × {found}"
        text = text.replace(found, replacement)
    return text


@contextmanager
def envoy(folder: Path, *, text: str) -> Iterator[int]:
    """The port of an Envoy with this configuration until the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "envoy.yaml").write_text(text, "utf-8")
    process = subprocess.Popen(
        [
            Path(sys.executable).parent / "envoy",
            *("--config-path", folder / "envoy.yaml", "--admin-address-path", folder / "admin"),
            *("--use-dynamic-base-id", "--concurrency", "1", "--log-level", "info"),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        said = []
        for line in process.stderr:
            said.append(line)
            if re.search("starting workers", line):
                break
        else:
            raise AssertionError("".join(said[-10:]))
        yield _listening((folder / "admin").read_text("utf-8"))
    finally:
        process.send_signal(signal.SIGTERM)
        process.stderr.close()
        process.wait(20)


def _listening(admin: str) -> int:
    """The port of the one listener, by the admin's word."""
    connection = HTTPConnection(admin, timeout=10)
    connection.request("GET", "/listeners?format=json")
    listeners = msgspec.json.decode(connection.getresponse().read())
    connection.close()
    (listener,) = listeners["listener_statuses"]
    return int(listener["local_address"]["socket_address"]["port_value"])
