"""A slow or hostile client costs its own connection, and nothing else."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest

from kickoff.door.protocol import Server
from kickoff.settings import DoorSettings
from tests.contracts.servers import Stand, standing

REQUEST = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """Our server."""
    async with standing("protocol", DoorSettings(request_s=5.0, idle_s=60.0)) as running:
        yield running


def look(stand: Stand, after_s: float) -> None:
    """What the sweep of the connections does, so many seconds from now."""
    server = stand.server
    assert isinstance(server, Server)
    now = asyncio.get_running_loop().time()
    for connection in tuple(server.connections):
        connection.look_at_clock(now + after_s)


async def served(stand: Stand) -> bool:
    """Whether somebody else is answered."""
    other = await stand.connect()
    other.send(REQUEST)
    return (await other.reply())[0] == 200


@pytest.mark.parametrize(
    "begun",
    [
        b"G",
        b"GET /a HTTP/1.1\r\nHost: h\r\nX-a: b\r\n",
        b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nx",
        b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
    ids=["line", "head", "body", "chunk"],
)
async def test_a_request_that_comes_drop_by_drop_ends(stand: Stand, begun: bytes) -> None:
    """A byte now and then keeps no connection for ever: the clock runs from the first one (slowloris, slow body)."""
    slow = await stand.connect()
    slow.send(begun)
    assert await served(stand)
    look(stand, 1.0)
    slow.send(b"E")
    assert await served(stand), "a drop more, and no new patience"
    look(stand, 7.0)
    assert await slow.is_closed()
    assert await served(stand)
    assert all(request.path == "/a" and request.method == "GET" for request in stand.echo.requests)


async def test_a_client_that_never_fetches_its_replies_is_read_no_further(stand: Stand) -> None:
    """Else its replies would fill the memory; after a time its connection ends."""
    greedy = socket.socket()
    greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    greedy.connect(("127.0.0.1", stand.port))
    greedy.settimeout(0)
    sent = 0
    try:
        for _ in range(200):
            assert await served(stand)
            sent += greedy.send(REQUEST * 200)
    except BlockingIOError:
        pass
    asked, answered = sent // len(REQUEST), len(stand.echo.requests)
    assert answered < asked, "it was read as long as it went on asking"
    server = stand.server
    assert isinstance(server, Server)
    before = len(server.connections)
    look(stand, 7.0)
    assert await served(stand)
    assert len(server.connections) < before + 1
    greedy.close()


async def test_who_hangs_up_in_the_middle_is_forgotten(stand: Stand) -> None:
    """Phones lose their network; the door must lose nothing with them."""
    for begun in (b"GET /a HT", b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc", REQUEST * 50):
        wire = await stand.connect()
        wire.send(begun)
        await wire.writer.drain()
        wire.writer.transport.abort()
    assert await served(stand)


async def test_hundreds_who_only_connect_do_not_keep_one_from_being_served(stand: Stand) -> None:
    """Idle connections cost a little memory each and no time."""
    idle = [await stand.connect() for _ in range(300)]
    assert await served(stand)
    look(stand, 65.0)
    assert await idle[0].is_closed()
    for wire in idle:
        wire.writer.close()
    other = await stand.connect()
    other.send(b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
    assert json.loads((await other.reply())[2])["path"] == "/b"
