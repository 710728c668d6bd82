"""A server of the seam with a stand-in behind it, on a port of the system's choice, spoken to byte by byte."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kickoff.clock import WallClock
from kickoff.door.granian import GranianServer
from kickoff.door.problems import problem
from kickoff.door.protocol import Server
from kickoff.door.seam import Forward, Reply, Request, SignInAnswer, SignInOutcome
from kickoff.settings import DoorSettings

SERVERS = ("protocol", "granian")


class Echo:
    """Answers with what it was asked; `/fails` needs a fact that cannot be written, `/forward` asks the back end."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.commits = 0
        self.writes = True

    def answer(self, request: Request) -> Reply | Forward:
        """What came, as JSON."""
        self.requests.append(request)
        if request.path == "/forward":
            return Forward(login="a", password="b", deadline_us=None, finish=self._finish)
        if request.path == "/gone":
            return Reply(status=204)
        if request.path == "/defect":
            raise RuntimeError("a defect")
        body = {"path": request.path, "query": request.query, "method": request.method, "body": request.body.decode()}
        headers = (("X-Told", "yes"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))
        return Reply(status=200, body=json.dumps(body).encode(), headers=headers, needs_log=request.path == "/promise")

    def commit(self) -> bool:
        """Whether facts can be written."""
        self.commits += 1
        return self.writes

    def unwritten(self, instead_of: Reply) -> Reply:
        """What goes out instead."""
        assert instead_of.needs_log
        return problem("unwritten")

    def _finish(self, answer: SignInAnswer, now_us: int) -> Reply:
        assert now_us > 0
        return Reply(status=201, body=json.dumps({"outcome": answer.outcome}).encode())


class Backend:
    """Carries a forward when it is let."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.asked = asyncio.Event()
        self.given_up = asyncio.Event()

    async def carry(self, forward: Forward) -> Reply:
        """Wait for leave, then finish."""
        self.asked.set()
        try:
            await self.may_answer.wait()
        except asyncio.CancelledError:
            self.given_up.set()
            raise
        return forward.finish(SignInAnswer(outcome=SignInOutcome.OK, duration_ms=1), 1)


class Stand:
    """A running server."""

    def __init__(self, server: Server | GranianServer, echo: Echo, backend: Backend, port: int) -> None:
        self.server = server
        self.echo = echo
        self.backend = backend
        self.port = port

    async def connect(self) -> "Wire":
        """A new connection."""
        return Wire(*await asyncio.open_connection("127.0.0.1", self.port))


class Wire:
    """One connection: bytes out, replies in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        """Write bytes as they are."""
        self.writer.write(data)

    async def reply(self, *, to_head: bool = False) -> tuple[int, dict[str, str], bytes]:
        """(status, headers, body) of the next reply."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 10)
        status_line, *lines = head.decode("latin-1").strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = 0 if to_head else int(headers.get("content-length", "0"))
        return int(status_line.split()[1]), headers, await asyncio.wait_for(self.reader.readexactly(length), 10)

    async def is_closed(self) -> bool:
        """Whether the server has closed the connection, once all that it sent is read."""
        try:
            return await asyncio.wait_for(self.reader.read(1), 10) == b""
        except ConnectionResetError:
            return True


@asynccontextmanager
async def standing(kind: str, settings: DoorSettings | None = None) -> AsyncIterator[Stand]:
    """A server of this kind until the end of the block."""
    echo, backend = Echo(), Backend()
    chosen = Server if kind == "protocol" else GranianServer
    server = chosen(echo, backend.carry, clock=WallClock(), settings=settings or DoorSettings())
    listener = socket.create_server(("127.0.0.1", 0))
    port = int(listener.getsockname()[1])
    await server.listen(listener)
    try:
        yield Stand(server, echo, backend, port)
    finally:
        backend.may_answer.set()
        await server.drain(within_s=5)
