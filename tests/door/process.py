"""The door as a process of its own: started on a run folder, killed, started again."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from kickoff.facts import read_records
from kickoff.plumbing.record_log import log_files
from tests.door.rig import NIGHT_FILE

NIGHT = "psg-juventus"


class DoorProcess:
    """`kickoff door FOLDER`."""

    def __init__(self, folder: Path, *, changes: str = "", settings: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.settings = settings or {}
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        journal = folder / "journal" / NIGHT
        journal.mkdir(parents=True)
        text = (
            NIGHT_FILE.read_text("utf-8").replace("[door]\n", f"[door]\n{changes}").replace("doors = 20", "doors = 0")
        )
        text = text.replace("safe_rate_per_s = 10", "safe_rate_per_s = 5000")
        (journal / "night.toml").write_text(f'starts_at = "{datetime.now(UTC).isoformat()}"\n{text}', "utf-8")

    def start(self) -> None:
        """Start it and read its address from the line that says it is ready."""
        environment = {**os.environ, "KICKOFF_DOOR_PORT": "0", "KICKOFF_BACKEND_PORT": "1", **self.settings}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kickoff", "door", str(self.folder)], env=environment, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode()
        assert line.startswith("door ready on http://127.0.0.1:"), line
        self.port = int(line.rpartition(":")[2])

    def kill(self) -> None:
        """SIGKILL: no farewell."""
        self._end(signal.SIGKILL)

    @property
    def runs(self) -> bool:
        """Whether it was started, and not ended since."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> int:
        """SIGTERM; its exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(number)
        assert process.stdout is not None
        process.stdout.close()
        return process.wait(30)

    def facts(self, number: int) -> list[tuple[int, int]]:
        """(subject, place) of each fact of this kind in the journal, in order."""
        found = []
        for path in log_files(self.folder / "journal" / NIGHT / "log"):
            facts = read_records(path.read_bytes()).facts
            found += [(int(fact["subject"]), int(fact["place"])) for fact in facts if fact["fact"] == number]
        return found


class Caller:
    """One keep-alive connection to the door; every call is answered or raises."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=20)

    def call(self, method: str, path: str, body: object = None, *, session: str = "") -> tuple[int, Any]:
        """(status, JSON)."""
        headers = {"Authorization": f"Bearer {session}"} if session else {}
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = self._connection.getresponse()
        raw = response.read()
        return response.status, json.loads(raw) if raw else None
