"""A real Valkey or Redis for tests: on a port of its own, in the test's folder; killed and started again at will."""

import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import monotonic

import redis

READY_S = 20.0
LOOK_S = 0.02


class ValkeyServer:
    """One server. It keeps an append-only file: killed, it has forgotten nothing that it answered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """What a door is given."""
        return f"valkey://127.0.0.1:{self.port}"

    @property
    def client(self) -> "redis.Redis":
        """A connection."""
        return redis.Redis(port=self.port, socket_timeout=2)

    def goes_at(self, key: bytes | str) -> int:
        """When a key goes, in milliseconds UTC; -1: never."""
        return int(self.client.execute_command("PEXPIRETIME", key))  # type: ignore[no-untyped-call]

    def start(self) -> None:
        """Start it, and wait until it answers."""
        program = shutil.which("valkey-server") or shutil.which("redis-server")
        assert program, "make setup-test brings redis-server"
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        command += ["--save", "", "--appendonly", "yes"]
        with (self._folder / "server.log").open("ab") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        until(self._answers, READY_S)

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def forget_all(self) -> None:
        """Killed, and its disk lost with it."""
        self.kill()
        shutil.rmtree(self._folder / "appendonlydir", ignore_errors=True)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False


def until(is_so: Callable[[], bool], within_s: float = READY_S) -> None:
    """Look until it is so; a test that waits longer has failed."""
    end, pause = monotonic() + within_s, Event()
    while not is_so():
        assert monotonic() < end, f"not so after {within_s:g} s"
        pause.wait(LOOK_S)
