"""What stands around a proxy under test: doors, an origin that only sends bytes, tokens, and a client."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from msgspec import Struct

from kickoff.playback.token_kinds import TokenKind, signer_of
from kickoff.playback.tokens import ISSUER, PlaybackClaims
from kickoff.plumbing.key_files import load
from tests.door.process import NIGHT, DoorProcess

PICTURE = b"#EXTM3U\n"


class Said(Struct, frozen=True, kw_only=True):
    """An answer. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(port: int, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> Said:
    """One request on a connection of its own. The path goes out as it is written."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    said = Said(
        status=response.status,
        headers={name.lower(): value for name, value in response.getheaders()},
        body=response.read(),
    )
    connection.close()
    return said


@contextmanager
def doors(folder: Path, count: int = 2) -> Iterator[list[DoorProcess]]:
    """So many doors that run, each with a folder of its own."""
    found = [DoorProcess(folder / f"door-{number}") for number in range(count)]
    try:
        for door in found:
            door.start()
        yield found
    finally:
        for door in found:
            door.kill()


class _Picture(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(PICTURE)))
        self.end_headers()
        self.wfile.write(PICTURE)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""


@contextmanager
def origin() -> Iterator[int]:
    """The port of a server that has the same picture for everybody and checks nothing."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Picture)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def playback_path(
    door: DoorProcess, *, channel: str = "canal-plus", asked: str = "", stream: int = 7, night: str = NIGHT, **more: str
) -> str:
    """`/live/…/master.m3u8` with a token of this door for one channel. `asked`: the channel in the path, if another.

    `more`: the `kind` of token and the `network` in the path.
    """
    key = load(door.folder).signing[0]
    now = int(time.time())
    claims = PlaybackClaims(
        iss=ISSUER, sub="5", night=night, channels=(channel,), stream=stream, iat=now, exp=now + 3600
    )
    signer = signer_of(TokenKind(more.get("kind", "jwt")), key.id, key.seed)
    return f"/live/{more.get('network', 'north')}/{signer.sign(claims)}/{asked or channel}/master.m3u8"
