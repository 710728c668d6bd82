"""A door that says what a test tells it to, with the real pages in front: HTTP on loopback, one thread a request.

Only the JSON API is scripted; pages, assets, headers and forms are those of the house.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kickoff.door.pages import Pages
from kickoff.door.seam import Forward, Reply, Request, SignInAnswer, SignInOutcome
from kickoff.night import Night

Script = Callable[[Request], Reply | Forward]
_LIVE_TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".m4s": "video/iso.segment", ".mp4": "video/mp4"}


def answer(status: int, body: object = None, *headers: tuple[str, str]) -> Reply:
    """A JSON answer."""
    return Reply(status=status, body=b"" if body is None else json.dumps(body).encode(), headers=headers)


def problem(status: int, code: str, **more: object) -> Reply:
    """A refusal of the door, whatever its status."""
    body = json.dumps({"code": code, **more}).encode()
    return Reply(status=status, body=body, content_type="application/problem+json", headers=(("Retry-After", "1"),))


class FakeDoor:
    """The scripted API. Tests change its fields while the browser waits."""

    def __init__(self, night: Night, live: Path | None = None) -> None:
        self.night = night
        self.live = live
        self.origin = ""
        self.pages = Pages(night)
        self.calls: list[tuple[str, str, Any]] = []
        self._called = threading.Condition()
        self.is_down = False
        self.place, self.serving, self.rate_per_s = 400, 100, 1.0
        self.state, self.reason = "queueing", "filling"
        self.notice: dict[str, str] = {}
        self.skips: list[tuple[int, int]] = []
        self.draw: dict[str, object] = {}
        self.appointment_s: tuple[float, float] | None = None
        self.doors_at: int | None = None
        self.refusal: Reply | None = None
        """Instead of every place and pass."""
        self.signed_in = False
        self.sign_ins: list[SignInOutcome] = []
        self.dead_cdns: set[str] = set()
        self.challenge: dict[str, object] | None = None
        """What a phone is asked to work at for a television; None: at nothing."""
        self.streams: list[dict[str, object]] = []
        self.held = tuple(night.channels)
        self.token = "token-1"

    def said(self, method: str, ending: str) -> list[Any]:
        """The bodies of the calls so far whose path ends so."""
        return [body for called, path, body in list(self.calls) if called == method and path.endswith(ending)]

    def heard(self, method: str, ending: str, count: int = 1) -> list[Any]:
        """As `said`, once there are `count` of them; what is not said within 20 s is not said."""
        with self._called:
            self._called.wait_for(lambda: len(self.said(method, ending)) >= count, timeout=20)
        return self.said(method, ending)

    def status(self) -> dict[str, object]:
        """The status object."""
        at = time.time_ns() // 1000
        per_place = 1 / self.rate_per_s if self.rate_per_s else None
        eta = {"p10": 0.8, "p50": 1.0, "p90": 1.6}
        return {
            "state": self.state,
            "epoch": 1,
            "at": at,
            "times": {"doors": self.doors_at, "ends": None},
            "appointment": self.appointment_s and [at + round(each * 1e6) for each in self.appointment_s],
            "lanes": {
                "main": {
                    "serving": self.serving,
                    "skips": self.skips,
                    "rate_per_s": self.rate_per_s,
                    "eta": {name: per_place and per_place * factor for name, factor in eta.items()},
                }
            },
            "draw": self.draw,
            "poll_s": [0.2, 0.3],
            "beat_s": 0.5,
            "call_s": 15,
            "reason": self.reason,
            "notice": self.notice,
        }

    def api(self, request: Request) -> Reply | Forward:
        """The viewer API of the fake."""
        is_json = request.headers.get("content-type", "application/json").startswith("application/json")
        body: Any = json.loads(request.body or b"null") if is_json else None
        with self._called:
            self.calls.append((request.method, request.path, body))
            self._called.notify_all()
        base = f"/v1/{self.night.name}"
        exact: dict[str, Callable[[Any], Reply | Forward]] = {
            f"{base}/status": lambda _: answer(200, self.status(), ("Cache-Control", "no-store")),
            f"{base}/tickets": lambda _: answer(
                201,
                {
                    "ticket": "t1",
                    "lane": "main",
                    "place": self.place,
                    "number": self.place,
                    "joined_at": 1,
                    "known": self.signed_in,
                },
            ),
            f"{base}/passes": self._pass,
            f"{base}/sessions": self._sign_in,
            f"{base}/leases": self._lease,
            f"{base}/devices": lambda _: answer(200, self._pairing()),
            f"{base}/devices/proof": self._proof,
            f"{base}/devices/token": lambda _: answer(400, {"error": "authorization_pending", "interval": 5}),
            f"{base}/reports": lambda _: answer(202),
            f"{base}/beacons": lambda _: answer(202),
        }
        if self.refusal is not None and request.path.endswith(("/tickets", "/passes")):
            return self.refusal
        if request.path in exact:
            return exact[request.path](body)
        if request.path.endswith("/beats"):
            return answer(200, {"next_s": 0.5, "playback_token": self.token})
        if request.method == "PUT":
            return answer(200, self._stream(body["channel"]))
        return answer(204) if request.method == "DELETE" else answer(404, {"code": "not_found"})

    def _proof(self, body: dict[str, str]) -> Reply:
        return answer(200, {"challenge": self.challenge}) if self.challenge and not body.get("proof") else answer(204)

    def _pass(self, _: object) -> Reply:
        if self.place > self.serving:
            told = {"code": "not_yet", "place": self.place, "serving": self.serving, "eta_s": None, "ask_again_s": 1}
            return answer(429, told, ("Retry-After", "1"))
        return answer(201, {"pass": "p1", "expires_at": 1, "sign_in": not self.signed_in})

    def _pairing(self) -> dict[str, object]:
        address = f"{self.origin}/{self.night.name}/tv"
        return {"device_code": "d", "user_code": "BCDF-GHJK", "verification_uri": address, "interval": 5}

    def _sign_in(self, body: dict[str, str]) -> Forward:
        outcome = self.sign_ins.pop(0) if self.sign_ins else SignInOutcome.OK

        def finish(told: SignInAnswer, at_us: int) -> Reply:
            del at_us
            if told.outcome is SignInOutcome.OK:
                self.signed_in = True
                return answer(201, {"session": "s"}, ("Set-Cookie", "kickoff_session=s; Path=/; HttpOnly"))
            if told.outcome is SignInOutcome.WRONG_PASSWORD:
                return answer(401, {"code": "wrong_login"})
            return answer(429, {"code": "sign_in_busy"}, ("Retry-After", "1"))

        def made(answered: SignInAnswer, at_us: int) -> Reply:
            return finish(SignInAnswer(outcome=outcome, duration_ms=answered.duration_ms), at_us)

        return Forward(login=body["login"], password=body["password"], deadline_us=None, finish=made)

    def _lease(self, body: dict[str, Any]) -> Reply:
        if not self.signed_in:
            return answer(401, {"code": "no_session"})
        if body["channel"] not in self.held:
            return answer(403, {"code": "not_in_offer", "channels": self.held, "alternatives": []})
        if self.streams and "end" not in body:
            return answer(409, {"code": "too_many_streams", "streams": self.streams})
        self.streams = []
        return answer(201, self._stream(body["channel"]))

    def _stream(self, channel: str) -> dict[str, object]:
        cdns = list(self.night.cdns)
        urls = {cdn: f"{self.origin}/live/{cdn}/{self.token}/CHANNEL/master.m3u8" for cdn in cdns}
        channels = {
            name: {
                "title": self.night.channels[name].title,
                "urls": {cdn: url.replace("CHANNEL", name) for cdn, url in urls.items()},
            }
            for name in self.held
        }
        return {
            "lease": "l1",
            "stream": 1,
            "playback_token": self.token,
            "channel": channel,
            "channels": channels,
            "cdn": cdns[0],
            "cdns": cdns,
            "beat_s": 0.5,
            "bitrate_cap_kbps": None,
        }

    def picture(self, path: str) -> Reply:
        """A file of the film, unless the network is dead."""
        _, _, cdn, token, _, name = path.split("/", 5)
        self.calls.append(("GET", path, token))
        if cdn in self.dead_cdns or self.live is None:
            return answer(503)
        file = self.live / Path(name).name
        return Reply(status=200, body=file.read_bytes(), content_type=_LIVE_TYPES[file.suffix])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A page asks for all that it is made of at once, and on a busy machine nobody takes the calls for a while.
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away in mid-answer is no news."""


@contextmanager
def open_door(door: FakeDoor) -> Iterator[FakeDoor]:
    """Serve the fake on a port given by the system until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            if door.is_down:
                self.close_connection = True
                self.connection.close()
                return
            reply = _reply(door, self)
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Type", reply.content_type)
            if reply.status not in {204, 304}:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if reply.status not in {204, 304}:
                self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    door.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()


def _reply(door: FakeDoor, handler: BaseHTTPRequestHandler) -> Reply:
    parts = urlsplit(handler.path)
    if parts.path.startswith("/live/"):
        return door.picture(parts.path)
    length = int(handler.headers.get("Content-Length") or 0)
    request = Request(
        method=handler.command,
        path=parts.path,
        query=parts.query,
        headers={name.lower(): value for name, value in handler.headers.items()},
        body=handler.rfile.read(length),
        at_us=time.time_ns() // 1000,
    )
    found = door.pages.answer(request, door.api) or door.api(request)
    if isinstance(found, Forward):
        return found.finish(SignInAnswer(outcome=SignInOutcome.OK, duration_ms=20, account=1), request.at_us)
    return found
