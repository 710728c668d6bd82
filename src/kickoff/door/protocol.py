"""HTTP/1.1 on a socket: the door's own protocol class over uvloop and httptools, small and bounded in everything.

One turn of the event loop reads what has come on all connections, answers it, writes the facts of all answers in one
write, and only then lets the replies leave. Pipelined requests are answered in order; while one of them waits for the
back end, its connection is not read. What a stranger may use up is bounded: bytes of head and body, headers, requests
in hand, time for a request, time between requests, connections, and replies that they do not fetch.

What is ambiguous is refused with 400 and the connection closed (RFC 9112 §6.3): a length said twice, a length beside a
transfer coding, a coding other than chunked, no Host or two.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

import httptools

from kickoff.clock import Clock
from kickoff.door.problems import problem
from kickoff.door.seam import Forward, Reply, Request
from kickoff.door.wire import date_line, is_head, reply_bytes
from kickoff.settings import DoorSettings

HEADERS_MAX = 64
SWEEP_S = 1.0
READ_BYTES_MAX = 262_144
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Answerer(Protocol):
    """What a server carries: a door, or a test's stand-in."""

    def answer(self, request: Request) -> Reply | Forward:
        """Decide."""

    def commit(self) -> bool:
        """Write the facts of what was answered since the last call."""

    def unwritten(self) -> Reply:
        """What goes out where `commit` failed and the reply needs its fact."""


Carry = Callable[[Forward], Awaitable[Reply]]
"""Makes the call that a `Forward` asks for and hands its outcome to `finish`."""


class RefusedRequest(Exception):
    """The bytes cannot be taken as one request. The connection gets the problem's code and is closed."""


class Server:
    """The connections of one door, and the replies of the present turn."""

    def __init__(self, door: Answerer, carry: Carry, *, clock: Clock, settings: DoorSettings) -> None:
        self.door = door
        self.carry = carry
        self.clock = clock
        self.settings = settings
        self.connections: set[Connection] = set()
        self.is_draining = False
        self.now_s = 0.0
        self.tasks: set[asyncio.Task[None]] = set()
        self.pending_bytes_max = settings.header_bytes_max + settings.body_bytes_max + READ_BYTES_MAX
        """What one request may have sent without being whole: chunked framing and one read beyond its own bounds."""
        self._loop = asyncio.get_running_loop()
        self._outbox: list[tuple[Connection, Request | None, Reply, bool]] = []
        self._date = date_line(clock.now())
        self._sweeper = self._loop.call_soon(self._sweep)

    def connection(self) -> "Connection":
        """A protocol for a new connection."""
        return Connection(self)

    def post(self, connection: "Connection", request: Request | None, reply: Reply, *, last: bool) -> None:
        """Send a reply at the end of this turn, after its fact is written. `last`: close behind it."""
        if not self._outbox:
            self._loop.call_soon(self._flush)
        self._outbox.append((connection, request, reply, last))

    def answer(self, request: Request) -> Reply | Forward:
        """The door's answer; a defect of ours costs one 500, and its trace goes to the process's log."""
        try:
            return self.door.answer(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, everybody else is served on
            self._loop.call_exception_handler({"message": f"{request.method} {request.path}", "exception": error})
            return problem("defect")

    def _flush(self) -> None:
        batch, self._outbox = self._outbox, []
        written = self.door.commit()
        for connection, request, reply, last in batch:
            sent = reply if written or not reply.needs_log else self.door.unwritten()
            connection.send(reply_bytes(sent, date=self._date, is_head=is_head(request), last=last), last=last)

    def _sweep(self) -> None:
        """Close what has been silent, or in the middle of a request, for too long; once a second for all."""
        self.now_s = self._loop.time()
        self._date = date_line(self.clock.now())
        self._sweeper = self._loop.call_later(SWEEP_S, self._sweep)
        for connection in tuple(self.connections):
            connection.look_at_clock(self.now_s)

    async def drain(self, *, within_s: float) -> None:
        """Answer what is in hand, then close everything."""
        self.is_draining = True
        for connection in tuple(self.connections):
            connection.close_if_idle()
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=within_s)
        self._flush()
        self._sweeper.cancel()
        for connection in tuple(self.connections):
            connection.close()


class Connection(asyncio.Protocol):
    """One client. It costs at most its own connection."""

    __slots__ = (
        "_body", "_body_bytes", "_closing", "_forwarding", "_head_bytes", "_headers", "_in_message", "_parser", "_peer",
        "_pending_bytes", "_queue", "_refused", "_server", "_since_s", "_target", "_transport",
    )  # fmt: skip

    def __init__(self, server: Server) -> None:
        self._server = server
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[tuple[Request, bool]] = deque()
        self._peer = ""
        self._closing = False
        self._forwarding = False
        self._refused = ""
        self._pending_bytes = 0
        self._since_s = server.now_s
        self.on_message_begin()
        self._in_message = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come; beyond `connections_max` it is sent away at once."""
        # uvloop's transport is a stream transport in all but its class.
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        peer = transport.get_extra_info("peername")
        self._peer = peer[0] if isinstance(peer, tuple) else ""
        self._server.connections.add(self)
        if len(self._server.connections) > self._server.settings.connections_max:
            self._close_with(problem("not_ready", "Too many connections.", retry_s=5.0))

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        del exc
        self._closing = True
        self._queue.clear()
        self._server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Read requests; answer all that are whole."""
        if self._closing:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # No other protocol is spoken here: the request is answered, what follows it is not read.
            self._closing = True
            request, _ = self._queue.pop()
            self._queue.append((request, True))
        except httptools.HttpParserError:
            self._refuse(self._refused or "bad_request")
        else:
            self._pending_bytes += len(data)
            if (
                self._pending_bytes
                > self._server.settings.header_bytes_max + self._server.settings.body_bytes_max + 65_536
            ):
                self._refuse("head_too_large")
        self._answer_queue()

    # What the parser calls, in this order.

    def on_message_begin(self) -> None:
        """A request begins."""
        self._target = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._body_bytes = self._head_bytes = 0
        self._in_message = True
        self._since_s = self._server.now_s

    def on_url(self, url: bytes) -> None:
        """The target, whole or in pieces."""
        self._target += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header field."""
        self._count(len(name) + len(value))
        headers = self._headers
        key = _NAMES.get(name) or _learn_name(name)
        if key not in headers:
            headers[key] = value.decode("latin-1")
        elif key in _ONCE:
            self._stop("bad_request")
        else:
            headers[key] += ("; " if key == "cookie" else ", ") + value.decode("latin-1")
        if len(headers) > HEADERS_MAX:
            self._stop("head_too_large")

    def on_headers_complete(self) -> None:
        """The head is whole: refuse what two readers could read as two different requests."""
        headers = self._headers
        coding = headers.get("transfer-encoding")
        if coding is not None and ("content-length" in headers or coding.lower() != "chunked"):
            self._stop("bad_request")
        if "host" not in headers and self._parser.get_http_version() != "1.0":
            self._stop("bad_request")
        length = headers.get("content-length")
        if length is not None and (not length.isdigit() or int(length[:10]) > self._server.settings.body_bytes_max):
            self._stop("body_too_large" if length.isdigit() else "bad_request")
        if headers.get("expect", "").lower() == "100-continue" and not self._queue and not self._forwarding:
            self._transport.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        """Bytes of the body."""
        self._body_bytes += len(body)
        if self._body_bytes > self._server.settings.body_bytes_max:
            self._stop("body_too_large")
        self._body.append(body)

    def on_message_complete(self) -> None:
        """A request is whole."""
        self._in_message = False
        self._pending_bytes = 0
        target = self._target
        if target[:1] != b"/":
            target = _origin_form(target) or self._stop("bad_request")
        path, _, query = target.decode("latin-1").partition("?")
        body = self._body
        request = Request(
            method=self._parser.get_method().decode("latin-1"),
            path=path,
            query=query,
            headers=self._headers,
            body=body[0] if len(body) == 1 else b"".join(body),
            peer=self._peer,
            at_us=self._server.clock.now(),
        )
        self._queue.append((request, not self._parser.should_keep_alive()))
        self._since_s = self._server.now_s

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > self._server.settings.header_bytes_max:
            self._stop("head_too_large")

    def _stop(self, code: str) -> bytes:
        """End the parsing with a reason; `data_received` answers it."""
        self._refused = code
        raise RefusedRequest(code)

    # Answers, in the order of the requests.

    def _answer_queue(self) -> None:
        server = self._server
        while self._queue and not self._forwarding:
            request, last = self._queue.popleft()
            answer = server.answer(request)
            last = last or server.is_draining
            if isinstance(answer, Reply):
                server.post(self, request, answer, last=last)
            else:
                self._forward(request, answer, last=last)
        if self._refused and not self._queue and not self._forwarding:
            server.post(self, None, problem(self._refused), last=True)
            self._refused = ""

    def _forward(self, request: Request, forward: Forward, *, last: bool) -> None:
        self._forwarding = True
        self._transport.pause_reading()
        task = asyncio.ensure_future(self._carry(request, forward, last=last))
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)

    async def _carry(self, request: Request, forward: Forward, *, last: bool) -> None:
        reply = await self._server.carry(forward)
        self._forwarding = False
        self._since_s = self._server.now_s
        self._server.post(self, request, reply, last=last)
        if not self._transport.is_closing():
            self._transport.resume_reading()
            self._answer_queue()

    def _refuse(self, code: str) -> None:
        self._closing = True
        self._refused = code

    # Bytes out, and time.

    def send(self, data: bytes, *, last: bool) -> None:
        """Write a reply; the server has written its fact."""
        transport = self._transport
        if transport.is_closing():
            return
        transport.write(data)
        if last:
            transport.close()

    def pause_writing(self) -> None:
        """The client does not fetch its replies: nothing more is read from it, and its time runs."""
        self._since_s = self._server.now_s
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The client fetched its replies."""
        if not self._forwarding:
            self._transport.resume_reading()

    def look_at_clock(self, now_s: float) -> None:
        """Close when a request is not whole, or none has come, for too long."""
        if self._forwarding:
            return
        settings = self._server.settings
        in_request = self._in_message or self._transport.get_write_buffer_size() > 0
        if now_s - self._since_s > (settings.request_s if in_request else settings.idle_s):
            self._transport.abort()

    def close_if_idle(self) -> None:
        """Close between requests; one in hand is answered first, with `Connection: close`."""
        if not (self._forwarding or self._queue or self._in_message):
            self._transport.close()

    def close(self) -> None:
        """Close now, after what is written."""
        self._transport.close()

    def _close_with(self, reply: Reply) -> None:
        self._closing = True
        self._server.post(self, None, reply, last=True)


_ONCE = frozenset({"content-length", "host", "transfer-encoding", "authorization", "content-type", "expect"})
_NAMES: dict[bytes, str] = {}
_NAMES_MAX = 1024


def _learn_name(name: bytes) -> str:
    """The lower-case text of a header's name, remembered up to a bound: the same few names come again and again."""
    key = name.decode("latin-1").lower()
    if len(_NAMES) < _NAMES_MAX:
        _NAMES[name] = key
    return key


def _origin_form(target: bytes) -> bytes:
    """`/path?query` of an absolute target, which a server must accept (RFC 9112 §3.2.2); empty: neither form."""
    try:
        url = httptools.parse_url(target)
    except httptools.HttpParserInvalidURLError:
        return b""
    path, query = url.path or b"/", url.query
    return (path + b"?" + query if query else path) if url.host else b""
