"""A head that came before is not parsed again, and nothing is recognised that the parser would read differently."""

import asyncio

import hypothesis
import hypothesis.strategies as st
import pytest

from kickoff.clock import ManualClock
from kickoff.door.heads import CHANCES, REMEMBERED_MAX, Heads, Recall
from kickoff.door.protocol import Server
from kickoff.door.seam import Forward, Reply, Request
from kickoff.settings import DoorSettings
from kickoff.units import AtUs
from tests.contracts.servers import Echo

BODY = b'{"channel":"canal-plus"}'


def sent(token: bytes, *, more: bytes = b"", field: bytes = b"Authorization: Bearer ", body: bytes = BODY) -> bytes:
    """A join on the wire."""
    head = b"POST /v1/a/tickets HTTP/1.1\r\nHost: h\r\n%b%b%b\r\nAccept: x\r\n" % (more, field, token)
    return b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)


class Client(asyncio.Transport):
    """A client's end that keeps what it was sent."""

    def __init__(self, written: list[bytes]) -> None:
        super().__init__()
        self.written = written

    def write(self, data: object) -> None:
        """Keep it."""
        assert isinstance(data, bytes)
        self.written.append(data)

    def is_closing(self) -> bool:
        """Never."""
        return False

    def get_write_buffer_size(self) -> int:
        """All of it is read at once."""
        return 0

    def close(self) -> None:
        """Keep that, too."""
        self.written.append(b"closed")

    def pause_reading(self) -> None:
        """Nothing more comes."""

    resume_reading = abort = pause_reading

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Whose it is."""
        return ("192.0.2.1", 4000) if name == "peername" else default


async def refuse(forward: Forward) -> Reply:
    """Nothing is carried here."""
    raise NotImplementedError(forward)


def heard(*pieces: bytes, warm: tuple[bytes, ...] = (), settings: DoorSettings | None = None) -> tuple[object, ...]:
    """(requests that the second of two connections made of the pieces, its replies, heads remembered).

    `warm` came on both before.
    """
    echo, written = Echo(), list[bytes]()

    async def play() -> int:
        server = Server(echo, refuse, clock=ManualClock(AtUs(1)), settings=settings or DoorSettings())
        other, connection = server.connection(), server.connection()
        for each in (other, connection):
            each.connection_made(Client(written))
            for piece in warm:
                each.data_received(piece)
            await asyncio.sleep(0)
        echo.requests.clear()
        written.clear()
        for piece in pieces:
            connection.data_received(piece)
        await asyncio.sleep(0)
        remembered = len(server.heads)
        await server.drain(within_s=0)
        return remembered

    remembered = asyncio.run(play())
    return [as_told(request) for request in echo.requests], written, remembered


def as_told(request: Request) -> tuple[object, ...]:
    """All that a request says that any part of the door asks for."""
    names = ("host", "authorization", "cookie", "accept", "content-length", "x-a")
    said = tuple(request.headers.get(name) for name in names)
    return request.method, request.path, request.query, request.body, request.peer, said


@pytest.mark.parametrize("field", [b"Authorization: Bearer ", b"authorization: Bearer ", b"Cookie: kickoff_device="])
def test_a_class_of_clients_is_parsed_once(field: bytes) -> None:
    """Another token, and another body of the same length: the same head, and what is heard is what was sent."""
    others = [sent(b"token.%d" % number, field=field) for number in range(5)]
    requests, _, remembered = heard(*others, warm=(sent(b"a.b-c_D", field=field),))
    assert remembered == 1
    assert requests == heard(*others)[0]


@pytest.mark.parametrize(
    "other",
    [
        sent(b"to\nX-A: smuggled"),
        sent(b"to\x00ken"),
        sent(b"to\x80ken"),
        sent(b"to ken"),
        sent(b""),
        sent(b"token").replace(b"Accept: x", b"Accept: y"),
        sent(b"token").replace(b"Accept: x", b"Transfer-Encoding: chunked"),
        sent(b"token").replace(b"Accept: x", b"X-A: x\r\nAuthorization: Bearer b"),
        sent(b"token").replace(b"Host: h", b"Host: g"),
        sent(b"token") + b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n",
        sent(b"token")[:-1],
        b"\r\n" + sent(b"token"),
    ],
)
def test_whatever_differs_in_a_byte_beside_the_token_is_the_parsers(other: bytes) -> None:
    """Two readers who disagree about where a request ends would let one client speak for another (RFC 9112 §11.2)."""
    assert heard(other, warm=(sent(b"token"),))[:2] == heard(other)[:2]


@hypothesis.given(st.data())
@hypothesis.settings(max_examples=400, deadline=None)
def test_what_is_recognised_is_what_the_parser_would_have_read(data: st.DataObject) -> None:
    """A warm connection and a fresh one hear the same of any bytes: no smuggling through what is remembered."""
    pieces = [
        b"", b"\r\n", b"\n", b"\r", b" ", b"\x00", b"x", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n",
        b"\r\nX-A: b", b"; kickoff_session=z", b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n", b"Authorization: Bearer t\r\n",
        b"Connection: close\r\n", b"Expect: 100-continue\r\n",
    ]  # fmt: skip
    more = data.draw(st.sampled_from([b"", b"X-A: a\r\n", b"X-A: Bearer authorization: Bearer t\r\n"]))
    known = sent(b"token", more=more)
    asked = bytearray(known)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(asked)))
        gone = data.draw(st.integers(0, 3))
        asked[at : at + gone] = data.draw(st.sampled_from(pieces) | st.binary(max_size=3))
    cut = data.draw(st.integers(0, len(asked)))
    parts = [part for part in (bytes(asked[:cut]), bytes(asked[cut:])) if part]
    assert heard(*parts, warm=(known,))[:2] == heard(*parts)[:2]


@pytest.mark.parametrize(
    "personal",
    [
        b"X-Forwarded-For: 192.0.2.7\r\n",
        b"Cookie: other=1\r\n",
        b"X-Kickoff-Device: t\r\n",
        b"Upgrade: websocket\r\n",
        b"Connection: close\r\n",
        b"X-A: Authorization: Bearer t\r\n",
        b"X-A: Authorization: Bearer token\r\n",
    ],
)
def test_what_names_one_client_is_not_remembered(personal: bytes) -> None:
    """It would never come again; and what ends a connection, or is no field of its own, is the parser's."""
    assert heard(sent(b"token", more=personal))[2] == 0


def test_a_target_of_one_stream_is_not_remembered() -> None:
    """Each token of a path would be a head of its own."""
    path = b"/v1/a/leases/%b/beats" % (b"t" * 80)
    assert heard(sent(b"token").replace(b"/v1/a/tickets", path))[2] == 0


def test_a_token_without_end_meets_the_bounds_of_a_head() -> None:
    """Recognising must not let in what the parser's reader would have refused."""
    bounds = DoorSettings(header_bytes_max=2_000, body_bytes_max=1_000)
    long = sent(b"t" * 3_000)
    requests, written, _ = heard(long, warm=(sent(b"token"),), settings=bounds)
    assert not requests
    assert written[0].startswith(b"HTTP/1.1 431 ")  # type: ignore[index]


def test_a_stranger_who_invents_heads_fills_no_memory() -> None:
    """What is remembered is bounded, and a connection whose heads are all new stops looking for them."""
    heads, request = Heads(), Request(method="GET", path="/a", headers={"host": "h"}, at_us=1)
    for number in range(REMEMBERED_MAX + 1):
        heads.learn(b"GET /a HTTP/1.1\r\nHost: %d\r\n\r\n" % number, request, ("host",))
    assert len(heads) == 1
    recall = Recall(heads)
    for _ in range(CHANCES):
        assert recall.request(b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n", "", 1) is None
    recall.learn(b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n", request, ("host",))
    assert len(heads) == 1
