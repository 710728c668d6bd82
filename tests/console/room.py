"""A console whose door and journal say what a test wants: a real HTTP server, a real process, values of our own."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from kickoff.accounts.sessions import OPERATOR_DECODER, OPERATOR_PURPOSE
from kickoff.clock import ManualClock
from kickoff.console.answers import Answerer, Answers, Clerk
from kickoff.console.cases import Answer
from kickoff.console.curves import Curves
from kickoff.console.reports import Reported
from kickoff.console.room import Room
from kickoff.console.service import room_of
from kickoff.console.statuspage import Announcements
from kickoff.door.networks import Proxies
from kickoff.findings import (
    Audience,
    Cause,
    ChannelAudience,
    Evidence,
    Findings,
    Impact,
    Incident,
    Metric,
    Range,
    Scope,
    Verdict,
)
from kickoff.night import Night
from kickoff.notices.html import tongues
from kickoff.notices.words import notice
from kickoff.run_folder import RunFolder
from kickoff.seals import Key, SealError, Seals
from tests.evenings import night, second

SEALS = Seals((Key(id="k1", secret=b"s" * 32),))
SUBJECT_KEY = b"j" * 32
NIGHT = night()
AT_S = 100.0
"""Seconds from the start at which the tests look: half an hour into the match."""

HOUSE: dict[str, Any] = {
    "at": second(AT_S),
    "state": "queueing",
    "inside": 5210.4,
    "leases": 5312,
    "line": 4203,
    "joined": 11_934,
    "called": 7731,
    "passed": 7402,
    "admitted": 7402,
    "lapsed": 120,
    "signed_in": 1804,
    "sign_in_failed": 73,
    "refused": {"not_in_offer": 41, "something_new": 2},
    "started": 5290,
    "start_failed": 214,
    "rate_per_s": 38.25,
    "binding": "sign_in",
    "terms": ["38.3 called a second; sign-in binds", "playlist: 210/s of 2,400; <b>allows</b> 1,900/s"],
    "reason": "filling",
    "health": [
        {
            "dependency": "sign_in",
            "at": second(AT_S),
            "utilisation": 0.91,
            "queue_ms": 12.5,
            "errors": 0,
            "capacity_per_s": 45.2,
        },
        {
            "dependency": "playlist",
            "at": second(AT_S),
            "utilisation": 0.2,
            "queue_ms": 0.4,
            "errors": 3,
            "capacity_per_s": 0.0,
        },
    ],
    "eta": [0.02, 0.03, 0.05],
    "beat_s": 10.0,
    "open": False,
    "lanes": {
        "main": {"waiting": 2903, "share": 0.2},
        "known": {"waiting": 1200, "share": 0.2},
        "slow": {"waiting": 100, "share": 0.01},
        "operator": {"waiting": 0, "share": 0.2},
        "grace": {"waiting": 3, "share": 0.2},
    },
}


class FakeDoor:
    """Says what `house` holds, keeps the acts that a valid token brought, or refuses them, or breaks off."""

    def __init__(self) -> None:
        self.house: dict[str, Any] = dict(HOUSE)
        self.raw: bytes | None = None
        self.acts: list[dict[str, Any]] = []
        self.told: dict[str, Any] = {"notice": {}, "incident": ""}
        """What all may read: the notice and the incident that stand."""
        self.refusal = ""
        self.silent = False
        self.address = ""

    @contextmanager
    def serving(self) -> Iterator["FakeDoor"]:
        """Listen on loopback until the block ends."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        self.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def take(self, asked: dict[str, Any]) -> None:
        """Keep the act; notice and incident are told to all from now on."""
        self.acts.append(asked)
        if asked["act"] == "notice":
            self.told["notice"] = asked["value"] or {}
        elif asked["act"] == "incident":
            self.told["incident"] = asked["value"] or ""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                told = self.path.endswith("/status")
                body = door.raw or json.dumps(door.told if told else door.house).encode()
                self._answer(200, body, f"/v1/{NIGHT.name}/{'status' if told else 'house'}")

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if door.refusal:
                    self._answer(400, json.dumps({"detail": door.refusal}).encode(), f"/v1/{NIGHT.name}/operator")
                    return
                if not door.silent:
                    door.take(asked)
                self._answer(200, b"{}", f"/v1/{NIGHT.name}/operator")

            def _answer(self, status: int, body: bytes, path: str) -> None:
                if door.silent:
                    self.connection.close()
                    return
                try:
                    token = self.headers["authorization"].removeprefix("Bearer ")
                    SEALS.open(OPERATOR_PURPOSE, token, OPERATOR_DECODER, at_us=0)
                except SealError:
                    status = 403
                self.send_response(status if self.path == path else 404)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Tests read nothing of it."""

        return Handler


def answers(*, calm: bool = False) -> Answers:
    """What the journal says at `AT_S`: one delivery network fails, or nothing does."""
    seconds = tuple(min(5200, 52 * number) for number in range(int(AT_S)))
    audience = Audience(
        unit="account", average=4410, peak=5210, peak_at=second(97), reach=6021, reach_threshold_s=10.0,
        by_channel={"canal-plus": ChannelAudience(average=4000, peak=4800, reach=5500)}, streams_peak=5400,
        seconds=seconds, seconds_by_channel={"canal-plus": seconds},
    )  # fmt: skip
    incident = Incident(
        metric=Metric.START_FAILURES, noticed_at=second(93), began_at=second(88), ended_at=None,
        scope=Scope(verdict="located", causes=({"cdn": "south"},), confidence=0.97),
    )  # fmt: skip
    evidence = Evidence(
        fact="82 % of starts by south failed, 0.3 % of those by north",
        value=0.82, expected=0.003, favours=Cause.FAULT, weight=9.1,
    )  # fmt: skip
    verdict = Verdict(
        verdict=Cause.NONE if calm else Cause.FAULT,
        probabilities={"capacity": 0.02, "malice": 0.03, "fault": 0.94, "none": 0.01},
        evidence=() if calm else (evidence,),
        settles="the delivery network's own error log between 20:04 and 20:06",
        next_statement_at=None,
    )
    none = Range(low=0, mid=0, high=0)
    impact = Impact(
        seen=0 if calm else 812,
        unseen=none if calm else Range(low=40, mid=65, high=90),
        total=none if calm else Range(low=852, mid=877, high=902),
        user_hours=0.0, by={}, how="Counted from starts that failed. The unseen are estimated. 90 % range.",
    )  # fmt: skip
    findings = Findings(
        night=NIGHT.name, until=second(AT_S), audience=audience, incidents=() if calm else (incident,),
        verdict=verdict, impact=impact,
    )  # fmt: skip
    line = tuple(max(0, 60 * number - 1800) for number in range(int(AT_S)))
    return Answers(
        at=second(AT_S), findings=findings, said=notice(findings, NIGHT, tongues()),
        reports=() if calm else (
            Reported(code="black_screen", count=31, devices=(("tv", 20), ("phone", 11)), regions=(("north", 19),)),
            Reported(code="buffering", count=4),
        ),
        curves=Curves(line=line, rate_per_s=tuple(38.0 if number > 20 else 0.0 for number in range(int(AT_S)))),
    )  # fmt: skip


def answering(folder: Path, *said: Answer) -> Clerk:
    """A clerk that answers these one after the other, the last one again and again."""
    return Clerk(_script(folder / "clerk", [msgspec.json.encode(one) for one in said], for_ever=True))


def page_of(folder: Path, night: Night) -> Announcements:
    """The public page, as the desk writes it."""
    return Announcements(RunFolder(folder, night.name), night)


def furnished(
    folder: Path,
    door: str,
    *,
    clock: ManualClock,
    night: Night = NIGHT,
    answerer: Answerer | None = None,
    clerk: Clerk | None = None,
    proxies: str = "",
) -> Room:
    """A room whose door, journal and clerk say what the test wants."""
    return room_of(
        folder,
        night,
        seals=SEALS,
        subject_key=SUBJECT_KEY,
        door=door,
        session_s=3600,
        clock=clock,
        answerer=answerer or saying(folder, answers()),
        clerk=clerk or answering(folder),
        proxies=Proxies(proxies),
    )


def saying(folder: Path, *said: Answers | bytes) -> Answerer:
    """A process that answers these one after the other, then ends."""
    lines = [one if isinstance(one, bytes) else msgspec.json.encode(one) for one in said]
    return Answerer(_script(folder / "answers", lines, for_ever=False))


def _script(path: Path, lines: list[bytes], *, for_ever: bool) -> list[str]:
    """The command of a process that prints a line of a file for each line that it is told."""
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    script = (
        "import sys\nlines = open(sys.argv[1]).readlines()\nfor number, _ in enumerate(sys.stdin):\n"
        " if number >= len(lines) and not int(sys.argv[2]): break\n"
        " print(end=lines[min(number, len(lines) - 1)], flush=True)"
    )
    return [sys.executable, "-c", script, str(path), str(int(for_ever))]
