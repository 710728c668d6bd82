"""What the viewers of a rush meet: the door with its conductor on core 0 (`bench.houses.nginx_before` is on core 1)."""

import http.client
import json
import re
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.houses import NIGHT, ROOT, environment_of, kickoff, started, stop
from bench.ports import free_port
from kickoff.accounts.sessions import OPERATOR_PURPOSE, OperatorClaims
from kickoff.plumbing.key_files import load, load_or_create
from kickoff.seals import Seals

READY_S = 60.0
SCHEDULE = (("doors", 0), ("half_time", 40_000), ("second_half", 41_000), ("whistle", 86_000), ("end", 86_000))
"""Seconds: the match lasts all day, so that nobody is sent away at its end."""
ALL_DAY_US = 86_400_000_000
RULES = (
    "call_s = 60", "poll_s = [1, 1]", "beat_s = 600", "beat_s_max = 600", "line_max = 4_000_000",
)  # fmt: skip
"""Nodes look once a second. Whoever enters stays: no second beat is due before the end."""


class Door:
    """`kickoff door` on a night that lasts all day; it can be killed and started again."""

    def __init__(self, folder: Path, *, safe_rate_per_s: float) -> None:
        self.folder, self.port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None
        journal = folder / "journal" / NIGHT
        journal.mkdir(parents=True)
        text = (ROOT / "examples" / f"{NIGHT}.toml").read_text("utf-8")
        for when, seconds in SCHEDULE:
            text = re.sub(rf"(?m)^{when} = .*$", f"{when} = {seconds}", text)
        for rule in (*RULES, f"safe_rate_per_s = {safe_rate_per_s}"):
            name = rule.partition(" ")[0]
            text = re.sub(rf"(?m)^{name} = .*\n", "", text).replace("[door]\n", f"[door]\n{rule}\n", 1)
        (journal / "night.toml").write_text(f'starts_at = "{datetime.now(UTC).isoformat()}"\n{text}', "utf-8")
        load_or_create(folder)
        claims = OperatorClaims(name="bench", expires_at=time.time_ns() // 1000 + ALL_DAY_US)
        self._operator = Seals(load(folder).seals).seal(OPERATOR_PURPOSE, claims)

    @property
    def process(self) -> int:
        """Its number."""
        assert self._process is not None, "it has been started"
        return self._process.pid

    def start(self) -> float:
        """Start it; seconds until it says that it is ready."""
        began_s = time.monotonic()
        log = self.folder / "door.log"
        self._process = started(
            kickoff("door", self.folder), core=0, environment=environment_of(self.port), log=log, again=True
        )
        while time.monotonic() - began_s < READY_S and self._process.poll() is None:
            try:
                if self.call("GET", "/readyz")[0] == 200:
                    return time.monotonic() - began_s
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"the door is not ready: {log.read_text('utf-8')[-2000:]}")

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """SIGTERM, and wait."""
        if self._process is not None and self._process.poll() is None:
            stop(self._process, within_s=READY_S)

    def operate(self, act: str) -> None:
        """The operator acts."""
        body = json.dumps({"act": act, "by": "bench"}).encode()
        status, answer = self.call("POST", f"/v1/{NIGHT}/operator", body, token=self._operator)
        if status != 200:
            raise RuntimeError(f"{act}: {status} {answer[:300]!r}")

    def call(self, method: str, path: str, body: bytes = b"", *, token: str = "") -> tuple[int, bytes]:
        """One request of our own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=READY_S)
        try:
            connection.request(method, path, body or None, {"Authorization": f"Bearer {token}"} if token else {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()
