"""Both servers carry the seam alike: what a client sees does not depend on which of them an operator chose."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tests.contracts.servers import SERVERS, Stand, standing


@pytest.fixture(params=SERVERS)
async def stand(request: pytest.FixtureRequest) -> AsyncIterator[Stand]:
    """Each server in turn."""
    async with standing(request.param) as running:
        yield running


async def test_a_request_reaches_the_door_as_it_was_sent(stand: Stand) -> None:
    """The door decides on method, path, query, headers, body and address: none may be changed on the way."""
    wire = await stand.connect()
    wire.send(b"POST /v1/x%20y/tickets?a=b%26c HTTP/1.1\r\nHost: h\r\nX-Mixed: One\r\nContent-Length: 2\r\n\r\n{}")
    status, headers, body = await wire.reply()

    assert (status, headers["content-type"], headers["x-told"]) == (200, "application/json", "yes")
    assert json.loads(body) == {"path": "/v1/x%20y/tickets", "query": "a=b%26c", "method": "POST", "body": "{}"}
    [request] = stand.echo.requests
    assert request.headers["x-mixed"] == "One"
    assert request.peer == "127.0.0.1"
    assert request.at_us > 1_600_000_000_000_000


async def test_one_connection_carries_many_requests(stand: Stand) -> None:
    """Delivery nodes keep few connections open for very many viewers."""
    wire = await stand.connect()
    for number in range(50):
        wire.send(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number)
        assert json.loads((await wire.reply())[2])["path"] == f"/{number}"


async def test_facts_are_committed_before_the_reply_leaves(stand: Stand) -> None:
    """What was acknowledged survives a crash."""
    wire = await stand.connect()
    wire.send(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
    await wire.reply()
    assert stand.echo.commits >= 1


async def test_a_promise_that_cannot_be_written_is_not_made(stand: Stand) -> None:
    """On a full disk a join is answered 503; those inside, whose replies promise nothing, play on."""
    stand.echo.writes = False
    wire = await stand.connect()
    wire.send(b"GET /promise HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (await wire.reply())[0] == 503
    wire.send(b"GET /beat HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (await wire.reply())[0] == 200


async def test_a_forward_is_answered_when_the_back_end_has_answered(stand: Stand) -> None:
    """Sign-in waits for the back end, and nobody else waits with it."""
    waiting, other = await stand.connect(), await stand.connect()
    waiting.send(b"POST /forward HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
    await asyncio.wait_for(stand.backend.asked.wait(), 10)
    other.send(b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (await other.reply())[0] == 200
    stand.backend.may_answer.set()
    assert (await waiting.reply())[0] == 201


async def test_a_body_over_the_bound_is_refused(stand: Stand) -> None:
    """A stranger does not choose how much memory the door spends."""
    wire = await stand.connect()
    wire.send(b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 20000\r\n\r\n" + b"x" * 20_000)
    assert (await wire.reply())[0] == 413
    assert stand.echo.requests == []


async def test_a_chunked_body_is_put_together(stand: Stand) -> None:
    """Some clients do not know the length beforehand."""
    wire = await stand.connect()
    wire.send(b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
    assert json.loads((await wire.reply())[2])["body"] == "abc"


async def test_head_is_answered_without_a_body(stand: Stand) -> None:
    """Monitors ask with HEAD."""
    wire = await stand.connect()
    wire.send(b"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (await wire.reply(to_head=True))[0] == 200
    assert json.loads((await wire.reply())[2])["path"] == "/b"


async def test_204_has_no_body(stand: Stand) -> None:
    """A stream that was ended needs no words."""
    wire = await stand.connect()
    wire.send(b"DELETE /gone HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (await wire.reply())[0] == 204
    assert (await wire.reply())[0] == 200


@pytest.mark.parametrize(
    "ambiguous",
    [
        b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1e1\r\n\r\n0123456789",
        b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost : h\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
    ],
)
async def test_what_two_readers_could_read_differently_reaches_nobody(stand: Stand, ambiguous: bytes) -> None:
    """Request smuggling needs a proxy and a server that disagree: here the connection ends with it (RFC 9112 §6.3)."""
    wire = await stand.connect()
    wire.send(ambiguous + b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")
    seen = await asyncio.wait_for(wire.reader.read(), 10)
    assert b"/smuggled" not in seen
    assert all(request.path != "/smuggled" for request in stand.echo.requests)
