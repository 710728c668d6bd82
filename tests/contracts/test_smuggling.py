"""What two readers could read as two different requests, as the parsers' own authors try it: it reaches nobody.

Each case is followed by a request that only a mistaken reader sees. On both servers it must not be answered, and the
door must not hear of it; our own server says 400 besides, and closes.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.contracts.servers import SERVERS, Stand, standing

HEAD = b"POST /a HTTP/1.1\r\nHost: h\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"

LENGTHS = [
    b"3 3", b"0x3", b"3;", b"", b"+3", b"-0", b"-3", b"3, 3", b"3,", b"18446744073709551619", b"3\x00", b"3.0", b"1e1",
    b"\x0b3", b"\xb3",
]  # fmt: skip
CODINGS = [
    b"Transfer-Encoding: xchunked", b"Transfer-Encoding : chunked", b" Transfer-Encoding: chunked",
    b"X: y\r\n Transfer-Encoding: chunked", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
    b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked", b"Transfer-Encoding:\x0bchunked",
    b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding: chunked, identity", b"Transfer-Encoding: identity",
    b'Transfer-Encoding: "chunked"', b"Transfer-Encoding: chunked;q=1", b"Transfer-Encoding: ",
    b"Transfer-Encoding: ,chunked", b"Transfer-Encoding:\r\n chunked", b"Transfer-Encoding\r\n: chunked",
    b"X: y\nTransfer-Encoding: chunked", b"X: y\rTransfer-Encoding: chunked", b"Transfer-Encoding: chun\x00ked",
    b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: deflate", b"\x00Transfer-Encoding: chunked",
]  # fmt: skip
CHUNKS = [
    b"3\nabc\r\n0\r\n\r\n", b"0x3\r\nabc\r\n0\r\n\r\n", b"+3\r\nabc\r\n0\r\n\r\n", b"-3\r\nabc\r\n0\r\n\r\n",
    b" 3\r\nabc\r\n0\r\n\r\n", b"3\r\nabcd\r\n0\r\n\r\n", b"3\r\nabc\n0\r\n\r\n", b"3\r\nabc\r\n0\n\n",
    b"\r\n0\r\n\r\n", b"g\r\n0\r\n\r\n", b"3;a\nb\r\nabc\r\n0\r\n\r\n", b"3\rabc\r\n0\r\n\r\n",
    b"10000000000000003\r\nabc\r\n0\r\n\r\n", b"3;\x00\r\nabc\r\n0\r\n\r\n",
]  # fmt: skip
FIELDS = [
    b"X\x00: a", b"X: a\x00b", b"X : a", b"\tX: a", b": a", b"Xa", b"X(): a", b"X: a\rb", b"X: a\nY: b", b"X: a\r\r",
    b"X: a\x7fb", b"\xff: a",
]  # fmt: skip
LINES = [
    b" GET /a HTTP/1.1", b"GET\t/a\tHTTP/1.1", b"GET /a HTTP/1.1x", b"GET /a HTTP/1.10", b"GET /a HTTP/3.7",
    b"GET /a b HTTP/1.1", b"GET /a HTP/1.1", b"GET /a\x00 HTTP/1.1", b"G\x00T /a HTTP/1.1", b"GET a HTTP/1.1",
    b"GET /a", b"PRI * HTTP/2.0", b"\x16\x03\x01\x02", b"GET /a HTTP/1.1\nX: b",
]  # fmt: skip

AMBIGUOUS = [
    *[HEAD + b"Content-Length: " + length + b"\r\n\r\nabc" for length in LENGTHS],
    HEAD + b"Content-Length : 3\r\n\r\nabc",
    HEAD + b"Content-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
    HEAD + b"Content-Length: 3\r\ncontent-length: 30\r\n\r\nabc",
    HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    *[HEAD + coding + b"\r\n\r\n0\r\n\r\n" for coding in CODINGS],
    *[CHUNKED + chunk for chunk in CHUNKS],
    CHUNKED + b"3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n",
    *[b"GET /a HTTP/1.1\r\nHost: h\r\n" + field + b"\r\n\r\n" for field in FIELDS],
    *[line + b"\r\nHost: h\r\n\r\n" for line in LINES],
    b"GET /a HTTP/1.1\nHost: h\n\n",
    b"GET /a HTTP/1.1\r\nHost: h\r\n\n",
    b"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n",
]
SAID_TWICE = [b"Host", b"Authorization", b"X-Kickoff-Device", b"X-Original-URI", b"Content-Type", b"Origin"]


@pytest.fixture(params=SERVERS)
async def stand(request: pytest.FixtureRequest) -> AsyncIterator[Stand]:
    """Each server in turn."""
    async with standing(request.param) as running:
        yield running


@pytest.fixture
async def ours() -> AsyncIterator[Stand]:
    """Our own server."""
    async with standing("protocol") as running:
        yield running


async def seen(stand: Stand, sent: bytes) -> bytes:
    """All that a client reads that has sent this, until the server closes."""
    wire = await stand.connect()
    wire.send(sent)
    try:
        return await asyncio.wait_for(wire.reader.read(), 10)
    finally:
        wire.writer.close()


async def test_the_ambiguous_is_refused_and_closed(ours: Stand) -> None:
    """A proxy that read it differently would have put somebody else's request behind it."""
    for ambiguous in AMBIGUOUS:
        answer = await seen(ours, ambiguous + SMUGGLED)
        assert answer.startswith(b"HTTP/1.1 400 "), ambiguous
        assert answer.count(b"HTTP/1.1 ") == 1, ambiguous
        assert all(request.path != "/smuggled" for request in ours.echo.requests), ambiguous


@pytest.mark.parametrize("cut", [1, 7, 19])
async def test_it_is_refused_in_pieces_too(ours: Stand, cut: int) -> None:
    """Where the network cuts the bytes decides nothing."""
    for ambiguous in AMBIGUOUS:
        wire = await ours.connect()
        sent = ambiguous + SMUGGLED
        for at in range(0, len(sent), cut):
            wire.send(sent[at : at + cut])
            await asyncio.sleep(0)
        # Who goes on sending to a connection that was closed may lose the last words from it.
        with contextlib.suppress(ConnectionError):
            assert b" 200 " not in await asyncio.wait_for(wire.reader.read(), 10), ambiguous
        wire.writer.close()
    assert ours.echo.requests == []


@pytest.mark.parametrize(
    "coding",
    [b"chunked, chunked", b",chunked", b"gzip, chunked", b"identity", b"xchunked"],
)
async def test_a_coding_that_is_not_chunked_alone_is_refused(stand: Stand, coding: bytes) -> None:
    """Readers disagree on what a list of codings means (RFC 9112 §6.1)."""
    answer = await seen(stand, HEAD + b"Transfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n" + SMUGGLED)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert stand.echo.requests == []


@pytest.mark.parametrize("name", SAID_TWICE)
async def test_what_must_be_said_once_is_not_taken_twice(stand: Stand, name: bytes) -> None:
    """Of two hosts or two tokens, the proxy before may have checked the other one (RFC 9112 §3.2)."""
    answer = await seen(
        stand, b"GET /a HTTP/1.1\r\nHost: h\r\n" + b"%b: a\r\n%b: b\r\nConnection: close\r\n\r\n" % (name, name)
    )
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert stand.echo.requests == []


async def test_what_may_be_said_twice_is_joined(stand: Stand) -> None:
    """Proxies from HTTP/2 split cookies, and each proxy adds a line of its own (RFC 9110 §5.3)."""
    await seen(
        stand,
        b"GET /a HTTP/1.1\r\nHost: h\r\nCookie: a=1\r\nVia: x\r\nCookie: b=2\r\nVia: y\r\nConnection: close\r\n\r\n",
    )
    [request] = stand.echo.requests
    assert request.headers["cookie"] == "a=1; b=2"
    assert request.headers["via"] == "x, y"


async def test_a_trailer_names_nobody(stand: Stand) -> None:
    """What stands behind the body was checked by no proxy (RFC 9110 §6.5.1): it adds nothing to the head."""
    trailer = b"3\r\nabc\r\n0\r\nAuthorization: Bearer x\r\nX-Original-URI: /live\r\n\r\n"
    await seen(stand, CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + trailer)
    for request in stand.echo.requests:
        assert request.body == b"abc"
        assert "authorization" not in request.headers
        assert "x-original-uri" not in request.headers


@pytest.mark.parametrize(
    "plain",
    [
        CHUNKED + b"3;ext=1;other\r\nabc\r\n0\r\n\r\n",
        CHUNKED.replace(b"chunked", b"CHUNKED") + b"1\r\na\r\n2\r\nbc\r\n000\r\n\r\n",
        HEAD + b"Content-Length: 03\r\n\r\nabc",
        HEAD + b"content-LENGTH:\t3\r\n\r\nabc",
        b"\r\n\r\n" + HEAD + b"Content-Length: 3\r\n\r\nabc",
        b"POST http://other/a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
    ],
)
async def test_the_unusual_that_means_one_thing_is_served(ours: Stand, plain: bytes) -> None:
    """Strict is not deaf: RFC 9112 asks a server to take these."""
    answer = await seen(ours, plain + b"GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 ") == 2
    assert [(request.path, request.body) for request in ours.echo.requests] == [("/a", b"abc"), ("/next", b"")]
