"""The same seam on another server: Granian, over its RSGI interface, in the door's own event loop.

It holds our own protocol class to account (one contract suite runs on both) and stands in for it where an operator
would rather have a server that others maintain. Each request is its own task here, so each has a write to the log.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Protocol
from urllib.parse import quote

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server as Embedded

from kickoff.clock import Clock
from kickoff.door.answerer import Answerer, Ask, Carry
from kickoff.door.heard import RefusedRequest, separator_of
from kickoff.door.networks import FORWARDED, Proxies
from kickoff.door.problems import problem
from kickoff.door.seam import Parked, Reply, Request
from kickoff.settings import DoorSettings

_BUFFER_BYTES_MIN = 8_192
_CONNECT_TRIES = 500
_CLOSE = (("connection", "close"),)
_PATH_SAFE = "/:@!$&'()*+,;=-._~"
"""RSGI hands the path over decoded, the seam wants it as it was sent: what need not be encoded is not."""


class Scope(Protocol):
    """What RSGI tells of a request."""

    client: str
    method: str
    path: str
    query_string: str

    @property
    def headers(self) -> "ScopeHeaders":
        """The header fields."""


class ScopeHeaders(Protocol):
    """Header fields, names in lower case."""

    def items(self) -> list[tuple[str, str]]:
        """Each field as it came; a name may come twice."""


class Exchange(Protocol):
    """The body in, the reply out."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body in pieces."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Send the reply."""

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        """Send a reply without a body."""


class GranianServer:
    """One door on Granian: `listen`, then `drain`."""

    def __init__(
        self, door: Answerer, carry: Carry, *, clock: Clock, settings: DoorSettings, ask: Ask | None = None
    ) -> None:
        """`ask`: where the line is shared."""
        self._door = door
        self._carry = carry
        self._ask = ask
        self._clock = clock
        self._settings = settings
        self._proxies = Proxies(settings.trusted_proxies)
        self._in_hand = 0
        self._idle = asyncio.Event()
        self._server: Embedded | None = None
        self._serving: asyncio.Task[None] | None = None

    async def listen(self, listener: socket.socket) -> None:
        """Answer what comes to the listener's address until `drain`. Granian binds it anew: the listener is closed."""
        host, port = listener.getsockname()[:2]
        listener.close()
        self._server = Embedded(
            self._exchange,
            address=host,
            port=port,
            interface=Interfaces.RSGI,
            http=HTTPModes.http1,
            websockets=False,
            backlog=4096,
            backpressure=self._settings.connections_max,
            http1_settings=HTTP1Settings(
                header_read_timeout=round(self._settings.request_s * 1000),
                max_buffer_size=max(_BUFFER_BYTES_MIN, self._settings.header_bytes_max),
            ),
            log_enabled=False,
        )
        self._serving = asyncio.create_task(self._server.serve())
        await _reachable(host, port)

    async def drain(self, *, within_s: float, linger_s: float = 0.0) -> None:
        """Answer what is in hand, then stop; for `linger_s` still answer whoever comes."""
        await asyncio.sleep(linger_s)
        if self._in_hand:
            self._idle.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), within_s)
        if self._server is not None and self._serving is not None:
            self._server.stop()  # type: ignore[no-untyped-call]  # typed but for this
            await self._serving

    async def _exchange(self, scope: Scope, exchange: Exchange) -> None:
        self._in_hand += 1
        try:
            reply = await self._answer(scope, exchange)
            headers = list(reply.headers)
            if reply.status == 204:
                exchange.response_empty(reply.status, headers)
                return
            headers.append(("content-type", reply.content_type))
            exchange.response_bytes(reply.status, headers, b"" if scope.method == "HEAD" else reply.body)
        finally:
            self._in_hand -= 1
            if not self._in_hand:
                self._idle.set()

    async def _answer(self, scope: Scope, exchange: Exchange) -> Reply:
        body = bytearray()
        async for piece in exchange:
            body += piece
            if len(body) > self._settings.body_bytes_max:
                return problem("body_too_large")
        try:
            headers = _joined(scope.headers.items())
        except RefusedRequest as refused:
            return problem(str(refused), headers=_CLOSE)
        peer = scope.client.rpartition(":")[0].strip("[]")
        is_proxied = self._proxies.trusts(peer)
        request = Request(
            method=scope.method,
            path=quote(scope.path, safe=_PATH_SAFE),
            query=scope.query_string,
            headers=headers,
            body=bytes(body),
            peer=self._proxies.client(peer, headers.get(FORWARDED)) if is_proxied else peer,
            is_proxied=is_proxied,
            at_us=self._clock.now(),
        )
        answer = self._door.answer(request)
        if isinstance(answer, Parked):
            answer = await self._unparked(answer)
        elif not isinstance(answer, Reply):
            answer = await self._carry(answer)
        written = self._door.commit()
        return answer if written or not answer.needs_log else self._door.unwritten(answer)

    async def _unparked(self, parked: Parked) -> Reply:
        assert self._ask is not None, "only a door on a shared line parks"
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._ask(parked, lambda reply: None if future.done() else future.set_result(reply))
        return await future


async def _reachable(host: str, port: int) -> None:
    """Wait until it listens: Granian says so to nobody. Raises `ConnectionError` when it never does."""
    for _ in range(_CONNECT_TRIES):
        with contextlib.suppress(ConnectionRefusedError):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            return
        await asyncio.sleep(0.01)
    raise ConnectionError(f"Granian does not listen on {host}:{port}")


def _joined(fields: list[tuple[str, str]]) -> dict[str, str]:
    """The headers by name. Raises `RefusedRequest` where two readers could find two different ends of the request."""
    headers: dict[str, str] = {}
    for name, value in fields:
        headers[name] = f"{headers[name]}{separator_of(name)}{value}" if name in headers else value
    if headers.get("transfer-encoding", "chunked").lower() != "chunked":
        raise RefusedRequest("bad_request")
    return headers
