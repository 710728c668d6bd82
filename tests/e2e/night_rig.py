"""A small night with a real door and a real back end, as processes, for the real browser."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from kickoff.accounts.roster import login_of, offer_of
from kickoff.accounts.sessions import (
    OPERATOR_PURPOSE,
    SESSION_PURPOSE,
    OperatorClaims,
    session_claims,
)
from kickoff.aftermath.journal import JournalView
from kickoff.clock import WallClock
from kickoff.night import Night
from kickoff.night_folder import write_start
from kickoff.plumbing.key_files import load_or_create
from kickoff.run_folder import RunFolder
from kickoff.seals import Seals
from kickoff.units import US_PER_S, AtUs

TOML = """
name = "small"
title = "PSG – Juventus"
time_zone = "Europe/Paris"

[schedule]
doors = 0
kick_off = 2
half_time = 100
second_half = 110
whistle = 170
end = 180

[channels.main]
title = "Canal+"
bitrates_kbps = [200]

[channels.foot]
title = "Canal+ Foot"
bitrates_kbps = [200]

[offers.essential]
title = "Canal+"
channels = ["main"]
streams_max = 1
price_cents = 2299
share = 0.5

[offers.sport]
title = "Canal+ Sport"
channels = ["main", "foot"]
streams_max = 2
price_cents = 3499
share = 0.5

[cdns]
north = 0.5
south = 0.5

[door]
call_s = 15
poll_s = [0.3, 0.5]
beat_s = 1
beat_s_max = 4
safe_rate_per_s = 20

[crowd]
subscribers = 60

[crowd.arrivals]
file = "arrivals.csv"
kick_off_minute = "1998-06-30 14:30:00"

[notices]
service = "Canal+"

[[alternatives]]
fr = "Canal+ reste disponible par la TNT, canal 4."
en = "Canal+ remains available over the air on channel 4."
"""


class Rig:
    """The night while it runs."""

    def __init__(self, folder: RunFolder, night: Night, door: str, console: str = "") -> None:
        self.night = night
        self.door = door
        self.console = console
        self.page = f"{door}/{night.name}"
        self.folder = folder
        self._seals = Seals(load_or_create(folder.root).seals)
        self._clock = WallClock()
        self._used: set[int] = set()

    def now(self) -> AtUs:
        """The night's own time."""
        return self._clock.now()

    def operate(self, act: str, value: object = None) -> None:
        """An act of the operator."""
        claims = OperatorClaims(name="test", expires_at=self._clock.now() + 60 * US_PER_S)
        token = self._seals.seal(OPERATOR_PURPOSE, claims)
        self._post("operator", {"act": act, "value": value, "by": "test"}, Authorization=f"Bearer {token}")

    def others_join(self, count: int) -> None:
        """So many other devices take their places first."""
        for _ in range(count):
            self._post("tickets", {})

    def _post(self, part: str, body: dict[str, object], **headers: str) -> None:
        told = {"Content-Type": "application/json", **headers}
        url = f"{self.door}/v1/{self.night.name}/{part}"
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), told), timeout=10):
            pass

    def subscriber(self, offer: str) -> int:
        """An account of this offer that no test has used yet."""
        assert self.night.crowd
        numbers = range(1, self.night.crowd.subscribers + 1)
        found = next(one for one in numbers if one not in self._used and offer_of(self.night, one) == offer)
        self._used.add(found)
        return found

    def login(self, account: int) -> str:
        """What the account types to sign in."""
        return login_of(account)

    def session(self, account: int) -> str:
        """As a device keeps it from an earlier sign-in."""
        offer = offer_of(self.night, account)
        streams = self.night.offers[offer].streams_max
        return self._seals.seal(SESSION_PURPOSE, session_claims(account, offer, streams, at_us=self._clock.now()))

    def audience(self) -> dict[str, Any]:
        """What `kickoff audience` says of the night so far."""
        command = [sys.executable, "-m", "kickoff", "audience", str(self.folder.journals), "--night", self.night.name]
        done = subprocess.run([*command, "--json"], check=True, capture_output=True, timeout=60)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def facts(self, *names: str) -> list[dict[str, object]]:
        """The facts of these kinds, as rows."""
        return [
            row
            for row in JournalView(self.folder.journals, self.night.name).facts().to_pylist()
            if row["fact"] in names
        ]


@contextmanager
def running(root: Path, *, text: str = TOML, with_console: bool = False) -> Iterator[Rig]:
    """Lay out, start the back end, the door and, if wished, the console on ports given by the system; stop them."""
    folder = RunFolder(root, "small")
    for part in (folder.journal, folder.state, folder.logs):
        part.mkdir(parents=True)
    (folder.journal / "arrivals.csv").write_text("minute_utc,requests\n1998-06-30 14:30:00,1\n", "utf-8")
    load_or_create(root)
    with ExitStack() as stack:
        # The films first: a night that starts while they are being made would have no beginning.
        write_start(folder, text, starts_at=WallClock().now())
        _run(folder, "backend", str(root), "--prepare")
        night = write_start(folder, text, starts_at=AtUs(WallClock().now() + 1 * US_PER_S))
        backend = stack.enter_context(_process(folder, "backend", {}))
        door = stack.enter_context(_process(folder, "door", {"KICKOFF_BACKEND_PORT": backend.rpartition(":")[2]}))
        console = ""
        if with_console:
            ports = {"KICKOFF_DOOR_PORT": door.rpartition(":")[2]}
            console = stack.enter_context(_process(folder, "console", ports))
        yield Rig(folder, night, door, console)


def _run(folder: RunFolder, *arguments: str) -> None:
    with (folder.logs / "prepare.log").open("wb") as log:
        subprocess.run([sys.executable, "-m", "kickoff", *arguments], check=True, stdout=log, stderr=log, timeout=100)


@contextmanager
def _process(folder: RunFolder, name: str, environment: dict[str, str]) -> Iterator[str]:
    """A server of the house; its address, once it says that it is ready."""
    with (folder.logs / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "kickoff", name, str(folder.root)],
            env={**os.environ, f"KICKOFF_{name.upper()}_PORT": "0", **environment},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert process.stdout
            said = next((line for line in process.stdout if " ready on " in line), "")
            assert said, (folder.logs / f"{name}.log").read_text("utf-8")
            yield said.split()[-1]
        finally:
            process.terminate()
            process.wait(timeout=30)
