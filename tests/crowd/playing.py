"""A made-up door and back end, and a clock that jumps: a whole life is played in microseconds."""

import heapq
import json
import re
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from kickoff.crowd.acts import Act, Answer, Ask, Life, Pause
from kickoff.crowd.calls import Eta, Lane, Status
from kickoff.crowd.life import live
from kickoff.crowd.people import Person
from kickoff.crowd.viewer import Scene, Viewer
from kickoff.night import Night, parse_night

NIGHT = """
name = "test-night"
title = "A test"
starts_at = "2022-09-06T18:00:00Z"
schedule = { doors = 20, kick_off = 60, half_time = 110, second_half = 118, whistle = 170, end = 185 }
cdns = { north = 0.6, south = 0.4 }
[channels.one]
title = "One"
[channels.two]
title = "Two"
[offers.small]
title = "Small"
channels = ["one"]
streams_max = 1
price_cents = 1000
share = 0.5
[offers.large]
title = "Large"
channels = ["one", "two"]
streams_max = 2
price_cents = 2000
share = 0.5
[crowd]
subscribers = 100
[crowd.arrivals]
file = "curve.csv"
kick_off_minute = "1998-06-30 14:30:00"
"""

ANSWER_S = 0.01
"""How long the made-up servers take."""
UNTIL_S = 185.0

KINDS = (
    ("ticket", "POST", r"/v1/test-night/tickets"),
    ("pass", "POST", r"/v1/test-night/passes"),
    ("session", "POST", r"/v1/sessions"),
    ("report", "POST", r"/v1/test-night/reports"),
    ("lease", "POST", r"/v1/test-night/leases"),
    ("beat", "POST", r"/v1/test-night/leases/[^/]+/beats"),
    ("switch", "PUT", r"/v1/test-night/leases/[^/]+"),
    ("end", "DELETE", r"/v1/test-night/leases/[^/]+"),
    ("master", "GET", r"http://127\.0\.0\.1:1/live/.*/master\.m3u8\?.*"),
    ("media", "GET", r"http://127\.0\.0\.1:1/live/.*/(?:low|high)/index\.m3u8"),
    ("segment", "GET", r"http://127\.0\.0\.1:1/live/.*/(?:low|high)/7\.m4s"),
)


def night(**changes: object) -> Night:
    """The night that the tests play, with changed door rules."""
    rules = "".join(f"\n{key} = {value}" for key, value in changes.items())
    return parse_night(f"{NIGHT}\n[door]{rules}\n", source="test.toml")


class Heard(Struct, frozen=True):
    """One request as the made-up servers saw it."""

    at_s: float
    kind: str
    url: str
    body: dict[str, Any]


Rule = Callable[[Heard, int], Answer | None]
"""(request, how many of its kind came before) → an answer, or None for the usual one."""


class Door:
    """A door and back end that let everybody in, unless a rule says otherwise."""

    def __init__(
        self,
        *,
        calls_at_s: float = 30.0,
        beat_s: float = 10.0,
        channels: tuple[str, ...] = ("one",),
        eta: Eta = Eta(),  # noqa: B008 - a frozen value
        cap_kbps: int | None = None,
    ) -> None:
        self.channels, self.eta, self.cap_kbps = channels, eta, cap_kbps
        self.calls_at_s = calls_at_s
        self.beat_s = beat_s
        self.heard: list[Heard] = []
        self._counts: Counter[str] = Counter()
        self.rules: dict[str, Rule] = {}

    def status(self, at_s: float) -> Status:
        """Everybody is called at `calls_at_s`."""
        return Status(
            state="open",
            lanes={"main": Lane(serving=1_000 if at_s >= self.calls_at_s else 0, eta=self.eta)},
            poll_s=(2.0, 4.0),
        )

    def answer(self, ask: Ask, at_s: float) -> Answer:
        """The answer to one request, `ANSWER_S` later."""
        kind = next(kind for kind, method, path in KINDS if ask.method == method and re.fullmatch(path, ask.url))
        heard = Heard(at_s, kind, ask.url, json.loads(ask.body or b"{}"))
        before = self._counts[kind]
        self._counts[kind] += 1
        self.heard.append(heard)
        made = self.rules[kind](heard, before) if kind in self.rules else None
        return made or self._usual(heard)

    def kinds(self) -> list[str]:
        """What was asked for, in order."""
        return [heard.kind for heard in self.heard]

    def of(self, kind: str) -> list[Heard]:
        """The requests of one kind."""
        return [heard for heard in self.heard if heard.kind == kind]

    def _usual(self, heard: Heard) -> Answer:
        at_s = heard.at_s + ANSWER_S
        if heard.kind == "ticket":
            return say(at_s, 201, {"ticket": "t", "lane": "main", "place": 7, "known": False}, device="d")
        if heard.kind == "pass":
            return say(at_s, 201, {"pass": "p", "expires_at": 0, "sign_in": True})
        if heard.kind == "session":
            return say(at_s, 201, {"session": "s", "offer": "small", "channels": ["one"]})
        if heard.kind in ("lease", "switch"):
            return say(at_s, 201, self._stream(heard.body.get("channel", "one")))
        if heard.kind == "beat":
            return say(at_s, 200, {"next_s": self.beat_s, "bitrate_cap_kbps": self.cap_kbps})
        return Answer(at_s=at_s, status=200, body=PLAYLISTS.get(heard.kind, b"film"))

    def _stream(self, channel: str) -> dict[str, Any]:
        urls = {
            name: {
                "title": name,
                "urls": {cdn: f"http://127.0.0.1:1/live/{cdn}/tok/{name}/master.m3u8" for cdn in CDNS},
            }
            for name in self.channels
        }
        return {
            "lease": "l", "stream": 1, "playback_token": "tok", "channel": channel, "channels": urls,
            "cdn": "south", "cdns": ["south", "north"], "beat_s": self.beat_s,
            "bitrate_cap_kbps": self.cap_kbps,
        }  # fmt: skip


CDNS = ("north", "south")
PLAYLISTS = {
    "master": b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=366x206\nlow/index.m3u8\n"
    b"#EXT-X-STREAM-INF:BANDWIDTH=1200000,RESOLUTION=640x360\nhigh/index.m3u8\n",
    "media": b"#EXTM3U\n#EXTINF:2.000,\n6.m4s\n#EXTINF:2.000,\n7.m4s\n",
}


def say(at_s: float, status: int, body: object = None, *, retry_after_s: float = 0.0, device: str = "") -> Answer:
    """An answer with a JSON body."""
    return Answer(
        at_s=at_s, status=status, body=json.dumps(body or {}).encode(), retry_after_s=retry_after_s, device=device
    )


def unanswered(heard: Heard, *, after_s: float = 0.0) -> Answer:
    """Nobody there, or nobody in time."""
    return Answer(at_s=heard.at_s + after_s, late=after_s > 0)


def person(**changes: object) -> Person:
    """A patient subscriber of the small offer who comes early and stays until after the whistle."""
    usual: dict[str, object] = {
        "account": 3, "offer": "small", "device": "tv", "app": "7.2.0", "isp": "isp-a", "region": "north",
        "channel": "one", "holds_session": False, "wrong_passwords": 0, "arrives_s": 5.0, "patience_s": 90.0,
        "called_after_s": 0.0, "retry_s": 4.0, "tries_max": 6, "leaves_s": 172.0,
    }  # fmt: skip
    return msgspec.convert({**usual, **changes}, Person)


def viewer(who: Person, *, is_open: bool = False, session: str = "", on: Night | None = None, seed: int = 1) -> Viewer:
    """Somebody about to come."""
    return Viewer(who, Scene(on or night(), is_open=is_open), session=session, chance=np.random.default_rng(seed))


def play(viewers: list[Viewer], door: Door, *, until_s: float = UNTIL_S) -> None:
    """Play their lives in the order of time, until they are over or the night is."""
    numbers = count()
    due: list[tuple[float, int, Viewer, Life, Answer | None]] = [
        (who.person.arrives_s, next(numbers), who, live(who, at_s=who.person.arrives_s), None) for who in viewers
    ]
    heapq.heapify(due)
    while due and due[0][0] <= until_s:
        at_s, _, who, life, answer = heapq.heappop(due)
        who.scene.status = door.status(at_s)
        try:
            act: Act = next(life) if answer is None else life.send(answer)
        except StopIteration:
            continue
        then = Answer(at_s=at_s + max(0.0, act.seconds)) if isinstance(act, Pause) else door.answer(act, at_s)
        heapq.heappush(due, (then.at_s, next(numbers), who, life, then))
