"""One connection to one node of Valkey or Redis: commands out, replies in their order, and nothing around them.

The library's own way of a command, with its pool, time-outs, retries and measurements, costs 60 to 100 µs of processor
time; this one 30, most of it the kernel's. Whoever shares a line asks a thousand times a second. What a wire does not
know is left to the library: who a Cluster's nodes are, what an error means, when to try again (`valkey.py`).
"""

import asyncio
from collections import deque
from typing import Any

from hiredis import HiredisError, Reader, ReplyError, pack_command

CONNECT_WITHIN_S = 0.5
ANSWER_WITHIN_S = 1.0


class WireError(Exception):
    """No answer on this wire: it is lost, or the node refused. The command may have been carried out."""


class Wire(asyncio.Protocol):
    """A connection. `wired` makes one."""

    def __init__(self) -> None:
        self._reader = Reader()
        self._asked: deque[asyncio.Future[Any]] = deque()
        self._loop = asyncio.get_running_loop()
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The node has answered the call."""
        # uvloop's transport is a stream transport in all but its class.
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    async def ask(self, *command: bytes | int | str) -> Any:  # noqa: ANN401 - what the command answers
        """Carry out one command. Raises `WireError`."""
        if self.is_lost:
            raise WireError("the wire is lost")
        answer: asyncio.Future[Any] = self._loop.create_future()
        self._asked.append(answer)
        # The package's types know commands of one word.
        self._transport.write(pack_command(command))  # type: ignore[arg-type]
        # Who does not answer in time is given up whole: replies carry no name, so none may be left out.
        late = self._loop.call_later(ANSWER_WITHIN_S, self.cut)
        try:
            told = await answer
        finally:
            late.cancel()
        if isinstance(told, ReplyError):
            raise WireError(str(told))
        return told

    def data_received(self, data: bytes) -> None:
        """Replies, whole or in parts."""
        self._reader.feed(data)
        try:
            while (told := self._reader.gets()) is not False:
                answer = self._asked.popleft()
                # Whoever asked may have gone meanwhile.
                if not answer.done():
                    answer.set_result(told)
        except (HiredisError, IndexError):
            # Not this protocol, or an answer that nobody asked for.
            self.cut()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody will be answered any more."""
        self.is_lost = True
        for answer in self._asked:
            if not answer.done():
                answer.set_exception(WireError(f"the wire is lost: {exc or 'closed'}"))
        self._asked.clear()

    def cut(self) -> None:
        """Hang up now."""
        self.is_lost = True
        self._transport.abort()


async def wired(host: str, port: int, *, login: tuple[str, ...] = ()) -> Wire:
    """A wire to a node. `login`: what follows `AUTH`; empty: nobody asks. Raises `WireError`."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            _, wire = await loop.create_connection(Wire, host, port)
    except OSError as error:
        raise WireError(f"{host}:{port}: {error}") from error
    if login:
        try:
            await wire.ask("AUTH", *login)
        except WireError:
            wire.cut()
            raise
    return wire
