"""Several doors and conductors of one night as processes: on one folder, on one line."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from kickoff.facts import FACT_NUMBER, Fact
from tests.door.process import Caller, DoorProcess
from tests.door.rig import N
from tests.valkey import ValkeyServer


class BesideDoor(DoorProcess):
    """Another door on the folder of one that is there."""

    def __init__(self, other: DoorProcess) -> None:
        self.folder = other.folder
        self.settings = other.settings
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None


class ConductorProcess:
    """`kickoff conduct FOLDER`."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        environment = {**os.environ, "KICKOFF_BACKEND_PORT": "1", **settings}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kickoff", "conduct", str(folder)], env=environment, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode()
        assert line.startswith("conduct ready as "), line
        self.name = line.split()[-1]

    @property
    def runs(self) -> bool:
        """Whether it was not ended."""
        return self._process.poll() is None

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Its exit status."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return self._process.wait(30)


class Night:
    """One line, two doors, and as many conductors as a test wants."""

    def __init__(self, folder: Path, *, conductors: int = 0, changes: str = "") -> None:
        self.valkey = ValkeyServer(folder / "valkey")
        self.settings = {"KICKOFF_VALKEY_URL": self.valkey.url}
        first = DoorProcess(folder / "run", changes=changes, settings=self.settings)
        self.doors = [first, BesideDoor(first)]
        self.conductors: list[ConductorProcess] = []
        self._wanted = conductors

    def start(self) -> None:
        """Start everything."""
        for door in self.doors:
            door.start()
        for _ in range(self._wanted):
            self.add_conductor()

    def add_conductor(self) -> ConductorProcess:
        """One more."""
        self.conductors.append(ConductorProcess(self.doors[0].folder, self.settings))
        return self.conductors[-1]

    def end(self) -> None:
        """End everything, whatever happened."""
        for door in self.doors:
            door.kill()
        for conductor in self.conductors:
            conductor.end(signal.SIGKILL)
        self.valkey.kill()

    def leader(self) -> str:
        """Who leads now; nobody: empty."""
        return (self.valkey.client.get("kickoff:{psg-juventus}:leader") or b"").decode()  # type: ignore[union-attr]

    def facts(self, fact: Fact) -> Counter[tuple[int, int]]:
        """(subject, place) → how often the logs of all doors tell this fact of them."""
        return Counter(self.doors[0].facts(FACT_NUMBER[fact]))


def status(door: DoorProcess) -> dict[str, object]:
    """The status object of a door."""
    code, body = Caller(door.port).call("GET", f"{N}/status")
    assert code == 200
    return dict(body)


def serving(door: DoorProcess, lane: str = "known") -> int:
    """Everyone up to this place was called, as this door says."""
    lanes = status(door)["lanes"]
    assert isinstance(lanes, dict)
    return int(lanes[lane]["serving"])
