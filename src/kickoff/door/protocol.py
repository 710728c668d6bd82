"""HTTP/1.1 on a socket: the door's own protocol class over uvloop and httptools, small and bounded in everything.

One turn of the event loop reads what has come on all connections, answers it, writes the facts of all answers in one
write, and only then lets the replies leave. Pipelined requests are answered in order; while one of them waits for the
back end, its connection is not read. What a stranger may use up is bounded: bytes of head and body, headers, requests
in hand, time for a request, time between requests, connections, and replies that they do not fetch.

What is ambiguous is refused with 400 and the connection closed (RFC 9112 §6.3): a length said twice, a length beside a
transfer coding, a coding other than chunked, a field in two spellings, no Host.
"""

import asyncio
import contextlib
import socket
from collections import deque

import httptools

from kickoff.clock import Clock
from kickoff.door.answerer import Answerer, Ask, Carry, crowded
from kickoff.door.heads import Heads, Recall
from kickoff.door.heard import METHODS, SHAPES, Fields, Heard, RefusedRequest, Shape, checked, read_again
from kickoff.door.networks import FORWARDED, Proxies
from kickoff.door.problems import problem
from kickoff.door.seam import Forward, Parked, Reply, Request
from kickoff.door.wire import LAST, UNSENT_BYTES_MAX, WITHOUT_BODY, date_line, reply_bytes
from kickoff.settings import DoorSettings

VERSIONS, PIPELINE_MAX = frozenset({"1.0", "1.1"}), 16
"""Requests kept behind one that waits for the back end; beyond, nothing more is read."""
SWEEP_S, LAST_WORD_S, READ_BYTES_MAX = 1.0, 0.5, 262_144
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Server:
    """The connections of one door, and the replies of the present turn: `listen`, then `drain`."""

    def __init__(
        self, door: Answerer, carry: Carry, *, clock: Clock, settings: DoorSettings, ask: Ask | None = None
    ) -> None:
        """`ask`: where the line is shared."""
        self.door = door
        self.decide = door.answer
        self.carry = carry
        self.ask = ask
        self.clock = clock
        self.settings = settings
        self.proxies = Proxies(settings.trusted_proxies)
        self.connections: set[Connection] = set()
        self.heads = Heads()
        self.is_draining = False
        self.parked = 0
        """Requests that wait for the shared line."""
        self._settled = asyncio.Event()
        self.is_alone = asyncio.Event()
        """The last connection has gone."""
        self.now_s = 0.0
        self.tasks: set[asyncio.Task[None]] = set()
        self.request_bytes_max = settings.header_bytes_max + settings.body_bytes_max + READ_BYTES_MAX
        """What one request may have sent without being whole: chunked framing and one read beyond its own bounds."""
        self.small_bytes_max = min(settings.header_bytes_max, settings.body_bytes_max)
        """Within it, head and body together break no bound of either."""
        self._loop = asyncio.get_running_loop()
        self._listening: asyncio.Server | None = None
        self.outbox: list[tuple[Connection, Reply, int]] = []
        """Replies of the present turn: whose, what, and how they go (`wire.reply_bytes`)."""
        self.turn_us = 0
        """When the present turn began, for all that is read in it; 0 before its first request."""
        self._date = date_line(clock.now())
        self._sweeper = self._loop.call_soon(self._sweep)

    def connection(self) -> "Connection":
        """A protocol for a new connection."""
        return Connection(self)

    def begin_turn(self) -> int:
        """The first request of a turn has come, or the first reply: microseconds UTC, for all that follow in it."""
        self.turn_us = self.clock.now()
        self._loop.call_soon(self._flush)
        return self.turn_us

    def post(self, connection: "Connection", reply: Reply, form: int) -> None:
        """Send a reply at the end of this turn, after its fact is written. `form`: as in `wire.reply_bytes`."""
        if not self.turn_us:
            self.begin_turn()
        self.outbox.append((connection, reply, form))

    def defect(self, request: Request, error: Exception) -> Reply:
        """A defect of ours costs one 500, and its trace goes to the process's log."""
        self._loop.call_exception_handler({"message": f"{request.method} {request.path}", "exception": error})
        return problem("defect")

    def unparked(self) -> None:
        """One that was parked has its reply."""
        self.parked -= 1
        if not self.parked:
            self._settled.set()

    def hang_up(self, connection: "Connection") -> None:
        """Close a connection once what was posted to it has left."""
        self._loop.call_soon(connection.close)

    def _flush(self) -> None:
        batch, self.outbox, self.turn_us = self.outbox, [], 0
        written, date = self.door.commit(), self._date
        for connection, reply, form in batch:
            sent = reply if written or not reply.needs_log else self.door.unwritten(reply)
            transport = connection.transport
            if transport.get_write_buffer_size() > UNSENT_BYTES_MAX:
                transport.abort()
            elif not transport.is_closing():
                transport.write(reply_bytes(sent, date, form))
                if form & LAST:
                    transport.close()

    def _sweep(self) -> None:
        """Close what has been silent, or in the middle of a request, for too long; once a second for all."""
        self.now_s = self._loop.time()
        self._date = date_line(self.clock.now())
        self._sweeper = self._loop.call_later(SWEEP_S, self._sweep)
        for connection in tuple(self.connections):
            connection.look_at_clock(self.now_s)

    async def listen(self, listener: socket.socket) -> None:
        """Answer what comes to the listener until `drain`."""
        self._listening = await self._loop.create_server(lambda: Connection(self), sock=listener, backlog=4096)

    async def drain(self, *, within_s: float, linger_s: float = 0.0) -> None:
        """Answer what is in hand, then close everything.

        `linger_s`: so long everybody is still answered, each with `Connection: close` behind it, and so is whoever
        comes meanwhile: a client leaves of its own accord, and meets no closed connection.
        """
        self.is_draining = True
        await _gone(self.is_alone, len(self.connections), within_s=linger_s)
        if self._listening is not None:
            self._listening.close()
        # Whoever came in the last moment has its first request on the way.
        await _gone(self.is_alone, len(self.connections), within_s=min(linger_s, LAST_WORD_S))
        for connection in tuple(self.connections):
            connection.close_if_idle()
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=within_s)
        await _gone(self._settled, self.parked, within_s=within_s)
        self._flush()
        self._sweeper.cancel()
        for connection in tuple(self.connections):
            connection.close()


async def _gone(last: asyncio.Event, count: int, *, within_s: float) -> None:
    """Wait until the last of so many says that it has gone, and no longer than this."""
    last.clear()
    with contextlib.suppress(TimeoutError):
        if count and within_s:
            await asyncio.wait_for(last.wait(), within_s)


class Connection(asyncio.Protocol):
    """One client. It costs at most its own connection."""

    __slots__ = (
        "_closing", "_endless",
        "_form",
        "_forwarding",
        "_heard",
        "_is_proxy",
        "_parser",
        "_peer",
        "_queue",
        "_raw",
        "_recall",
        "_refused",
        "_server",
        "_since_s",
        "_start",
        "transport",
    )  # fmt: skip

    def __init__(self, server: Server) -> None:
        self._server = server
        self._heard = Heard(self._message_complete)
        self._parser = httptools.HttpRequestParser(self._heard)
        self._queue: deque[tuple[Request, int]] = deque()
        self._peer = ""
        self._is_proxy = False
        self._recall = Recall(server.heads)
        self._closing = False
        self._endless: asyncio.Task[None] | None = None
        self._form = 0
        """Of the request that is parked: how its reply goes."""
        self._forwarding = False
        self._refused = ""
        self._raw: bytes | bytearray = b""
        """What has come since the last whole request; and where in it the next one starts."""
        self._start = 0
        self._since_s = server.now_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come; beyond `connections_max` it is sent away at once."""
        # uvloop's transport is a stream transport in all but its class.
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        peer = transport.get_extra_info("peername")
        self._peer = peer[0] if isinstance(peer, tuple) else ""
        if self._server.proxies.trusts(self._peer):
            self._is_proxy = True
            self._recall.give_up()
        self._server.connections.add(self)
        if len(self._server.connections) > self._server.settings.connections_max:
            self._closing = True
            self._server.post(self, crowded(self._server.clock.now()), LAST)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        del exc
        self._closing = True
        self._queue.clear()
        self._server.connections.discard(self)
        if not self._server.connections:
            self._server.is_alone.set()
        if self._endless is not None:
            self._endless.cancel()

    def data_received(self, data: bytes) -> None:
        """Read requests; each is answered as soon as it is whole."""
        if self._closing:
            return
        if self._raw:
            self._raw += data
        else:
            # PERF: nearly always this is one whole request, and nothing is copied (make bench-door).
            server, self._since_s = self._server, self._server.now_s
            if not self._forwarding and len(data) <= server.small_bytes_max:
                request = self._recall.request(data, self._peer, server.turn_us or server.begin_turn())
                if request is not None:
                    self._answer(request, 0)
                    return
            self._raw = data
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # No other protocol is spoken here: the request was answered as if it had not asked, and was the last.
            self._closing = True
            self._server.hang_up(self)
        except httptools.HttpParserError as error:
            why = error.__context__
            self._refuse(str(why) if isinstance(why, RefusedRequest) else "bad_request")
        else:
            if self._start == len(self._raw):
                self._raw = b""
            else:
                self._look_at_part()
            self._start = 0

    def _look_at_part(self) -> None:
        """A request is in hand and not whole: its bounds hold already."""
        settings, fields = self._server.settings, self._heard.fields
        if self._start or isinstance(self._raw, bytes):
            # From now on it grows in place.
            self._raw = bytearray(self._raw[self._start :])
        length = fields.get(b"Content-Length") or fields.get(b"content-length") or b"0"
        if not length.isdigit() or int(length[:10]) > settings.body_bytes_max:
            self._refuse("body_too_large")
        elif len(self._raw) > self._server.request_bytes_max:
            self._refuse("head_too_large")
        elif (fields.get(b"Expect") or fields.get(b"expect") or b"").lower() == b"100-continue":
            fields.pop(b"Expect", None)
            fields.pop(b"expect", None)
            self.transport.write(_CONTINUE)

    def _message_complete(self) -> None:
        """A request is whole: answer it, or keep it behind one that waits for the back end."""
        server, parser, raw, start = self._server, self._parser, self._raw, self._start
        target, fields, body = self._heard.take()
        # PERF: as many lines as fields, with the first and the empty one: no field was said twice, and nothing but this
        # request has come. So it is nearly always; only else the head is read again (make bench-door).
        if raw.count(b"\n", start) == len(fields) + 2:
            self._start = raw.rfind(b"\n") + 1 + len(body)
        else:
            fields, self._start = read_again(raw, start, len(body))
        shape = SHAPES[tuple(fields)]
        if not shape.is_plain or target[:1] != b"/" or self._start - start > server.small_bytes_max:
            target = self._looked_at(target, shape, fields, len(body))
        self._since_s = server.now_s
        path, _, query = target.decode("latin-1").partition("?")
        method, headers = METHODS[parser.get_method()], Fields(shape.names, fields)
        request = Request(
            method=method,
            path=path,
            query=query,
            headers=headers,
            body=body,
            peer=server.proxies.client(self._peer, headers.get(FORWARDED)) if self._is_proxy else self._peer,
            is_proxied=self._is_proxy,
            at_us=server.turn_us or server.begin_turn(),
        )
        form = WITHOUT_BODY if method == "HEAD" else 0
        if not parser.should_keep_alive():
            form |= LAST
            # Only what is not HTTP/1.1, or asks for it, is the last: nothing else must be looked at.
            if parser.get_http_version() not in VERSIONS:
                raise RefusedRequest("bad_request")
        elif shape.is_plain and not start and self._start == len(raw) and isinstance(raw, bytes):
            self._recall.learn(raw, request, shape.names)
        if self._forwarding:
            self._queue.append((request, form))
            if len(self._queue) >= PIPELINE_MAX:
                self.transport.pause_reading()
        else:
            self._answer(request, form)

    def _looked_at(self, target: bytes, shape: Shape, fields: dict[bytes, bytes], body_bytes: int) -> bytes:
        """The target, once nothing is too large and nothing can be read as two different requests."""
        settings = self._server.settings
        if body_bytes > settings.body_bytes_max:
            raise RefusedRequest("body_too_large")
        version = self._parser.get_http_version()
        return checked(target, shape, fields, version=version, bytes_max=settings.header_bytes_max)

    def _answer(self, request: Request, form: int) -> None:
        server = self._server
        try:
            answer = server.decide(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, everybody else is served on
            answer = server.defect(request, error)
        if server.is_draining:
            form |= LAST
        if isinstance(answer, Reply):
            server.outbox.append((self, answer, form))
            return
        # Reading goes on, so that a client that hangs up is noticed.
        self._forwarding = True
        if isinstance(answer, Parked):
            assert server.ask is not None, "only a door on a shared line parks"
            server.parked += 1
            self._form = form
            server.ask(answer, self._unpark)
            return
        task = asyncio.ensure_future(self._carry(answer, form))
        server.tasks.add(task)
        task.add_done_callback(server.tasks.discard)
        if answer.deadline_us is None:
            # Nobody says when to stop waiting: the client's hanging up does.
            self._endless = task

    def _unpark(self, reply: Reply) -> None:
        self._server.unparked()
        # What comes behind one that is parked waits for it: the form is still that one's.
        self._go_on(reply, self._form)

    async def _carry(self, forward: Forward, form: int) -> None:
        self._go_on(await self._server.carry(forward), form)

    def _go_on(self, reply: Reply, form: int) -> None:
        """Send what was waited for, and answer what came behind it."""
        self._forwarding = False
        self._since_s = self._server.now_s
        self._server.post(self, reply, form | LAST if self._server.is_draining else form)
        if self.transport.is_closing():
            return
        self.transport.resume_reading()
        while self._queue and not self._forwarding:
            self._answer(*self._queue.popleft())
        if self._refused and not self._forwarding:
            self._server.post(self, problem(self._refused), LAST)

    def _refuse(self, code: str) -> None:
        """Say why after the answers before it, and close."""
        self._closing = True
        self._refused = code
        if not self._forwarding:
            self._server.post(self, problem(code), LAST)

    def pause_writing(self) -> None:
        """The client does not fetch its replies: nothing more is read from it, and its time runs."""
        self._since_s = self._server.now_s
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """The client fetched its replies."""
        if not self._forwarding:
            self.transport.resume_reading()

    def look_at_clock(self, now_s: float) -> None:
        """Close when a request is not whole, or none has come, for too long."""
        if self._forwarding:
            return
        settings = self._server.settings
        in_request = len(self._raw) > 0 or self.transport.get_write_buffer_size() > 0
        if now_s - self._since_s > (settings.request_s if in_request else settings.idle_s):
            self.transport.abort()

    def close_if_idle(self) -> None:
        """Close between requests; one in hand is answered first, with `Connection: close`."""
        if not (self._forwarding or self._queue or self._heard.target):
            self.transport.close()

    def close(self) -> None:
        """Close now, after what is written."""
        self.transport.close()
