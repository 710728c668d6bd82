"""One connection to one node: replies in their order, and an end that everybody hears of."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from kickoff.plumbing import valkey_wire
from kickoff.plumbing.valkey_wire import Wire, WireError, wired


class FakeNode:
    """Says what it is told to say, and nothing else."""

    def __init__(self) -> None:
        self.asked = bytearray()
        self.came = asyncio.Event()
        self.heard = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None

    async def listen(self) -> int:
        """Its port."""
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self.server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.came.set()
        while data := await reader.read(65_536):
            self.asked += data
            self.heard.set()

    async def says(self, told: bytes) -> None:
        """Send these bytes."""
        await self.came.wait()
        assert self._writer is not None
        self._writer.write(told)

    async def hangs_up(self) -> None:
        """Close the connection."""
        await self.came.wait()
        assert self._writer is not None
        self._writer.close()


@pytest.fixture
async def node() -> AsyncIterator[FakeNode]:
    """One node."""
    made = FakeNode()
    yield made
    made.server.close()


async def laid(node: FakeNode) -> Wire:
    """A wire to it."""
    return await wired("127.0.0.1", await node.listen())


async def test_replies_come_in_the_order_of_the_commands(node: FakeNode) -> None:
    """They carry no name: their order is all that they are told apart by, also where they come in pieces."""
    wire = await laid(node)
    asking = [asyncio.create_task(wire.ask("ECHO", number)) for number in range(3)]
    for part in (b":1\r\n:", b"2\r", b"\n*1\r\n$1\r\nc\r\n"):
        await node.says(part)
    assert await asyncio.gather(*asking) == [1, 2, [b"c"]]
    assert bytes(node.asked).startswith(b"*2\r\n$4\r\nECHO\r\n$1\r\n0\r\n")
    wire.cut()


async def test_who_no_longer_waits_takes_nobodys_reply(node: FakeNode) -> None:
    """A call that was given up still has its reply on the way."""
    wire = await laid(node)
    given_up, waiting = (asyncio.create_task(wire.ask("ECHO", number)) for number in range(2))
    await node.heard.wait()
    given_up.cancel()
    await node.says(b":1\r\n:2\r\n")
    assert await waiting == 2
    wire.cut()


async def test_an_error_of_the_node_is_raised_and_the_wire_goes_on(node: FakeNode) -> None:
    """A slot that has moved is no reason to hang up."""
    wire = await laid(node)
    asking = asyncio.create_task(wire.ask("GET", "k"))
    await node.says(b"-MOVED 1 127.0.0.1:1\r\n")
    with pytest.raises(WireError, match="MOVED"):
        await asking
    asking = asyncio.create_task(wire.ask("GET", "k"))
    await node.says(b":7\r\n")
    assert await asking == 7
    wire.cut()


@pytest.mark.parametrize("nonsense", [b"HTTP/1.1 400\r\n\r\n", b":1\r\n:2\r\n:3\r\n"])
async def test_a_node_that_speaks_out_of_turn_is_hung_up_on(node: FakeNode, nonsense: bytes) -> None:
    """A reply too many would be given to whoever asks next."""
    wire = await laid(node)
    asking = asyncio.create_task(wire.ask("GET", "k"))
    await node.says(nonsense)
    await asyncio.wait([asking])
    with pytest.raises(WireError):
        await wire.ask("GET", "k")


async def test_whoever_waits_hears_of_the_end(node: FakeNode) -> None:
    """A primary that is killed: its askers go another way at once."""
    wire = await laid(node)
    asking = asyncio.create_task(wire.ask("GET", "k"))
    await node.hangs_up()
    with pytest.raises(WireError, match="lost"):
        await asking
    assert wire.is_lost


async def test_a_node_that_is_silent_is_given_up(node: FakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose power is cut says nothing."""
    monkeypatch.setattr(valkey_wire, "ANSWER_WITHIN_S", 0.05)
    wire = await laid(node)
    with pytest.raises(WireError, match="lost"):
        await wire.ask("GET", "k")


async def test_a_login_that_is_refused_lays_no_wire(node: FakeNode) -> None:
    """Whoever is not let in says so at once."""
    port = await node.listen()
    laying = asyncio.create_task(wired("127.0.0.1", port, login=("me", "secret")))
    await node.says(b"-WRONGPASS no\r\n")
    with pytest.raises(WireError, match="WRONGPASS"):
        await laying


async def test_where_nobody_listens_there_is_no_wire() -> None:
    """Port 1 is nobody's."""
    with pytest.raises(WireError):
        await wired("127.0.0.1", 1)
