"""A billing system as they are: a real HTTP server that keeps each gesture once by its key, and has bad hours."""

import base64
import binascii
import hmac
import json
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = b"a secret of the billing system's"


class Billing:
    """What it was sent and what it keeps. `mood` draws how it treats a request."""

    def __init__(self, *, seed: int = 1, moods: dict[str, float] | None = None) -> None:
        self.kept: dict[str, int] = {}
        """key → cents: each key once."""
        self.order: list[str] = []
        self.came: Counter[str] = Counter()
        self.moods = moods or {}
        self.url = ""
        self._dice = random.Random(seed)
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self._let_go = threading.Event()

    @contextmanager
    def serving(self) -> Iterator["Billing"]:
        """There, until the block ends."""
        self.come_back()
        try:
            yield self
        finally:
            self.go_away()

    @property
    def is_away(self) -> bool:
        """Whether nobody listens."""
        return self._server is None

    def go_away(self) -> None:
        """Nobody listens any more."""
        self._let_go.set()
        if self._server and self._thread:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
        self._server = None

    def come_back(self) -> None:
        """Listen, on the same port as before."""
        port = int(self.url.rpartition(":")[2].partition("/")[0]) if self.url else 0
        self._let_go.clear()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/gestures"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def _mood(self) -> str:
        with self._lock:
            drawn = self._dice.random()
        for mood, share in self.moods.items():
            drawn -= share
            if drawn < 0:
                return mood
        return "well"

    def _take(self, key: str, cents: int) -> None:
        with self._lock:
            if key not in self.kept:
                self.order.append(key)
            self.kept.setdefault(key, cents)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        billing = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                mood = billing._mood() if is_genuine(self.headers, body) else "forged"
                billing.came[mood] += 1
                if mood in {"well", "error_after", "stall"}:
                    billing._take(self.headers["idempotency-key"], json.loads(body)["data"]["amount_cents"])
                if mood == "stall":
                    billing._let_go.wait(5)
                if mood == "hang_up":
                    self.close_connection = True
                    return
                status = {"well": 200, "forged": 401, "refuse": 422, "busy": 429}.get(mood, 500)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Tests read nothing of it."""

        return Handler


def is_genuine(headers: Message, body: bytes) -> bool:
    """Verify as a library of Standard Webhooks does, from its specification and not from our code."""
    key, at_s, told = (headers[name] or "" for name in ("webhook-id", "webhook-timestamp", "webhook-signature"))
    mac = hmac.new(SECRET, b".".join((key.encode(), at_s.encode(), body)), "sha256").digest()
    for one in told.split():
        version, _, raw = one.partition(",")
        try:
            if version == "v1" and hmac.compare_digest(base64.b64decode(raw), mac):
                return True
        except binascii.Error:
            continue
    return False
