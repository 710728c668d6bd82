"""Our own server: bounded in everything, and strict where two readers could disagree."""

import asyncio
import json
from collections.abc import AsyncIterator

import hypothesis
import hypothesis.strategies as st
import pytest

from kickoff.clock import ManualClock
from kickoff.door.protocol import PIPELINE_MAX, Server
from kickoff.door.seam import Forward, Reply, Request
from kickoff.door.wire import UNSENT_BYTES_MAX
from kickoff.settings import DoorSettings
from kickoff.units import AtUs
from tests.contracts.servers import Echo, Stand, standing


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """Our server with small bounds."""
    bounds = DoorSettings(header_bytes_max=2_000, body_bytes_max=1_000, connections_max=3)
    async with standing("protocol", bounds) as running:
        yield running


def ours(stand: Stand) -> Server:
    """The server, known to be our own class."""
    assert isinstance(stand.server, Server)
    return stand.server


async def test_pipelined_requests_are_answered_in_their_order(stand: Stand) -> None:
    """A client that sends ahead finds each answer by counting."""
    wire = await stand.connect()
    wire.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number for number in range(20)))
    for number in range(20):
        assert json.loads((await wire.reply())[2])["path"] == f"/{number}"


async def test_what_is_sent_behind_a_forward_waits_for_its_answer(stand: Stand) -> None:
    """Order holds also when the first answer takes the longest."""
    wire = await stand.connect()
    wire.send(b"POST /forward HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n")
    await asyncio.wait_for(stand.backend.asked.wait(), 10)
    assert [request.path for request in stand.echo.requests] == ["/forward"]
    stand.backend.may_answer.set()
    assert (await wire.reply())[0] == 201
    assert json.loads((await wire.reply())[2])["path"] == "/b"


async def test_who_hangs_up_on_an_endless_wait_is_no_longer_waited_for(stand: Stand) -> None:
    """With the door open to all nobody says when to stop: else the journal would never hear of those who gave up."""
    wire = await stand.connect()
    wire.send(b"POST /forward HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
    await asyncio.wait_for(stand.backend.asked.wait(), 10)
    wire.writer.close()
    await asyncio.wait_for(stand.backend.given_up.wait(), 10)
    assert not ours(stand).connections


async def test_a_client_that_sends_ahead_without_end_is_not_read_any_further(stand: Stand) -> None:
    """What waits behind a forward is bounded."""
    wire = await stand.connect()
    wire.send(b"POST /forward HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
    await asyncio.wait_for(stand.backend.asked.wait(), 10)
    for _ in range(3 * PIPELINE_MAX):
        wire.send(b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
        await wire.writer.drain()
    stand.backend.may_answer.set()
    assert (await wire.reply())[0] == 201
    for _ in range(3 * PIPELINE_MAX):
        assert (await wire.reply())[0] == 200


async def test_many_facts_of_one_turn_are_one_write(stand: Stand) -> None:
    """A write for each fact would cost a fifth of the door."""
    wire = await stand.connect()
    wire.send(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n" * 30)
    for _ in range(30):
        await wire.reply()
    assert stand.echo.commits < 10


@pytest.mark.parametrize(
    "ambiguous",
    [
        b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\nabc",
        b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc",
        b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        b"GET /a HTTP/1.1\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: h\r\nhost: i\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: h\r\nX: a\x00b\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: h\r\nX-A : b\r\n\r\n",
        b"GET a HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /a HTTP/3.7\r\nHost: h\r\n\r\n",
        b"NONSENSE\r\n\r\n",
    ],
)
async def test_the_ambiguous_is_refused_and_the_connection_closed(stand: Stand, ambiguous: bytes) -> None:
    """Nothing behind it is read: it may be somebody else's request, put there by a proxy that read it differently."""
    wire = await stand.connect()
    wire.send(ambiguous + b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")
    status, headers, body = await wire.reply()
    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert json.loads(body)["code"] == "bad_request"
    assert await wire.is_closed()
    assert all(request.path != "/smuggled" for request in stand.echo.requests)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * 2_500 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 431),
        (b"GET /a HTTP/1.1\r\nHost: h\r\nX-Long: " + b"a" * 2_500 + b"\r\n\r\n", 431),
        (b"GET /a HTTP/1.1\r\nHost: h\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(80)) + b"\r\n", 431),
        (b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n", 413),
        (b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n" + b"a" * 1001, 413),
        (b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999\r\n\r\n", 413),
        (
            b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n"
            + b"a" * 1001
            + b"\r\n0\r\n\r\n",
            413,
        ),
    ],
)
async def test_what_is_too_large_is_refused(stand: Stand, sent: bytes, status: int) -> None:
    """Bounds hold for each part of a request."""
    wire = await stand.connect()
    wire.send(sent)
    assert (await wire.reply())[0] == status
    assert await wire.is_closed()
    assert stand.echo.requests == []


async def test_a_head_without_end_is_cut_off(stand: Stand) -> None:
    """A client that never finishes its head costs a bounded number of bytes."""
    wire = await stand.connect()
    ours(stand).request_bytes_max = 10_000
    wire.send(b"GET /a HTTP/1.1\r\nHost: h\r\nX-Endless: ")
    for _ in range(20):
        wire.send(b"a" * 1_000)
    assert (await wire.reply())[0] == 431
    assert await wire.is_closed()


async def test_a_request_in_pieces_is_put_together(stand: Stand) -> None:
    """Networks cut where they like."""
    wire = await stand.connect()
    whole = b"POST /a?b=c HTTP/1.1\r\nHost: h\r\nX-Piece: one\r\nContent-Length: 3\r\n\r\nabc"
    for at in range(len(whole)):
        wire.send(whole[at : at + 1])
        await asyncio.sleep(0)
    answer = json.loads((await wire.reply())[2])
    assert answer == {"path": "/a", "query": "b=c", "method": "POST", "body": "abc"}
    assert stand.echo.requests[0].headers["x-piece"] == "one"


async def test_a_slow_request_and_an_idle_connection_end(stand: Stand) -> None:
    """A hostile client costs its own connection, and that not for long."""
    slow, idle = await stand.connect(), await stand.connect()
    slow.send(b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na")
    idle.send(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
    await idle.reply()
    server = ours(stand)
    settings = server.settings
    now = asyncio.get_running_loop().time()
    for connection in tuple(server.connections):
        connection.look_at_clock(now + settings.request_s + 5)
    assert await slow.is_closed()
    idle.send(b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (await idle.reply())[0] == 200
    for connection in tuple(server.connections):
        connection.look_at_clock(now + settings.idle_s + settings.request_s + 5)
    assert await idle.is_closed()


async def test_connections_beyond_the_bound_are_sent_away(stand: Stand) -> None:
    """Those who are served already are not made to pay for the next."""
    wires = [await stand.connect() for _ in range(3)]
    for wire in wires:
        wire.send(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
        assert (await wire.reply())[0] == 200
    late = await stand.connect()
    assert (await late.reply())[0] == 503
    assert await late.is_closed()


async def test_old_and_closing_clients_are_served_and_closed(stand: Stand) -> None:
    """HTTP/1.0 and `Connection: close` both mean one answer."""
    for asked in (b"GET /a HTTP/1.0\r\n\r\n", b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"):
        wire = await stand.connect()
        wire.send(asked)
        status, headers, _ = await wire.reply()
        assert (status, headers["connection"]) == (200, "close")
        assert await wire.is_closed()


async def test_a_client_that_asks_before_it_sends_is_let(stand: Stand) -> None:
    """`Expect: 100-continue` would else cost a second."""
    wire = await stand.connect()
    wire.send(b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
    assert (await wire.reply())[0] == 100
    wire.send(b"abc")
    assert (await wire.reply())[0] == 200


async def test_another_protocol_is_not_taken_up(stand: Stand) -> None:
    """The upgrade is ignored (RFC 9110 §7.8), and nothing behind it is read as HTTP."""
    wire = await stand.connect()
    wire.send(b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET /b HTTP/1.1\r\n\r\n")
    assert (await wire.reply())[0] == 200
    assert await wire.is_closed()
    assert [request.path for request in stand.echo.requests] == ["/a"]


async def test_a_defect_of_ours_costs_one_answer(stand: Stand) -> None:
    """Everybody else is served on, and so is the same client."""
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))
    wire = await stand.connect()
    wire.send(b"GET /defect HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (await wire.reply())[0] == 500
    assert (await wire.reply())[0] == 200
    assert len(told) == 1


@hypothesis.given(st.data())
@hypothesis.settings(max_examples=150)
def test_no_bytes_make_it_stumble(data: st.DataObject) -> None:
    """Whatever comes, in whatever pieces: refused or answered, never an exception out of the protocol."""
    pieces = [
        b"GET ", b"POST ", b"/a", b" HTTP/1.1\r\n", b"Host: h\r\n", b"Content-Length: 3\r\n", b"\r\n", b"abc", b"0\r\n",
        b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n", b"\x00", b"\xff", b": ", b"Upgrade: x\r\n",
        b"Connection: Upgrade\r\n", b"Connection: close\r\n",
    ]  # fmt: skip
    sent = data.draw(st.lists(st.sampled_from(pieces) | st.binary(max_size=8), max_size=14))

    async def play() -> None:
        async with standing("protocol") as stand:
            wire = await stand.connect()
            for piece in sent:
                wire.send(piece)
                await asyncio.sleep(0)
            other = await stand.connect()
            other.send(b"GET /alive HTTP/1.1\r\nHost: h\r\n\r\n")
            assert (await other.reply())[0] == 200
            wire.writer.close()

    asyncio.run(play())


class Deaf(asyncio.Transport):
    """A client's end that keeps nothing."""

    def write(self, data: object) -> None:
        """Nobody reads it."""

    def is_closing(self) -> bool:
        """Never."""
        return False

    def get_write_buffer_size(self) -> int:
        """Nothing is kept."""
        return 0

    def close(self) -> None:
        """Nothing is open."""

    pause_reading = resume_reading = close


class Hoarder(Deaf):
    """A client that asks and reads nothing of what it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.unsent, self.gone = 0, False

    def write(self, data: object) -> None:
        """All of it stays with the door."""
        assert isinstance(data, bytes)
        self.unsent += len(data)

    def get_write_buffer_size(self) -> int:
        """What the door still holds, in bytes."""
        return self.unsent

    def is_closing(self) -> bool:
        """Once it was let go."""
        return self.gone

    def abort(self) -> None:
        """Let it go."""
        self.gone = True


class Lengthy(Echo):
    """A door whose every answer is a megabyte."""

    def answer(self, request: Request) -> Reply:
        """So much, whatever was asked."""
        super().answer(request)
        return Reply(status=200, body=b"x" * 1_000_000)


async def test_who_asks_and_never_reads_fills_no_memory() -> None:
    """A thousand lists asked for over one connection were all kept for it, until the door was out of memory."""

    async def carry(forward: Forward) -> Reply:
        raise NotImplementedError

    server = Server(Lengthy(), carry, clock=ManualClock(AtUs(1)), settings=DoorSettings())
    connection, client = server.connection(), Hoarder()
    connection.connection_made(client)
    for _ in range(12):
        connection.data_received(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
        await asyncio.sleep(0)
    assert client.gone
    assert client.unsent < UNSENT_BYTES_MAX + 1_100_000


BODIES = st.text("a0\r\n;", max_size=20).map(str.encode)
HEADS = st.lists(st.tuples(st.sampled_from([b"X-A", b"x-b", b"Via", b"Cookie"]), st.sampled_from([b"", b"a", b"b; c"])))


@st.composite
def requests(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    """(bytes on the wire, path, body) of a request as clients make them, with a length or in chunks."""
    path, body = draw(st.sampled_from([b"/a", b"/b?c=d", b"/e%20f"])), draw(BODIES)
    head = b"".join(b"%b: %b\r\n" % field for field in draw(HEADS))
    if draw(st.booleans()):
        return (
            b"POST %b HTTP/1.1\r\nHost: h\r\n%bContent-Length: %d\r\n\r\n%b" % (path, head, len(body), body),
            path,
            body,
        )
    cut = draw(st.integers(0, len(body)))
    chunks = b"".join(b"%x;ext\r\n%b\r\n" % (len(part), part) for part in (body[:cut], body[cut:]) if part)
    framed = b"%bTransfer-Encoding: chunked\r\n\r\n%b0\r\n\r\n" % (head, chunks)
    return b"POST %b HTTP/1.1\r\nHost: h\r\n%b" % (path, framed), path, body


@hypothesis.given(st.lists(requests(), max_size=5), st.lists(st.integers(1, 40), max_size=12))
@hypothesis.settings(max_examples=200)
def test_where_the_network_cuts_decides_nothing(sent: list[tuple[bytes, bytes, bytes]], cuts: list[int]) -> None:
    """The same requests, whole, pipelined, in pieces: the door hears the same."""
    echo, wire = Echo(), b"".join(each for each, _, _ in sent)

    async def play() -> None:
        async def carry(forward: Forward) -> Reply:
            raise NotImplementedError

        server = Server(echo, carry, clock=ManualClock(AtUs(1)), settings=DoorSettings())
        connection = server.connection()
        connection.connection_made(Deaf())
        at = 0
        for cut in [*cuts, len(wire)]:
            connection.data_received(wire[at : at + cut])
            at += cut
        await server.drain(within_s=0)

    asyncio.run(play())
    heard = [(request.path + (f"?{request.query}" if request.query else ""), request.body) for request in echo.requests]
    assert heard == [(path.decode(), body) for _, path, body in sent]
