"""Serve an ASGI application until told to stop: one port, one line when ready, exit status 0.

`listen` raises `PortTakenError`: whoever started the process chooses another port.
"""

import asyncio
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
import uvloop
from starlette.types import ASGIApp


class PortTakenError(Exception):
    """Nobody can listen there: another program does."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises `PortTakenError` with the remedy."""
    try:
        return socket.create_server((host, port), backlog=2048)
    except OSError as error:
        raise PortTakenError(f"{host}:{port}: {error.strerror or error}; stop what listens there") from error


def serve(
    application: ASGIApp,
    listener: socket.socket,
    *,
    name: str,
    idle_s: float = 75.0,
    stopping: Callable[[], None] = lambda: None,
) -> None:
    """Serve on the listener until SIGTERM or SIGINT, after printing `NAME ready on http://HOST:PORT`.

    `stopping` is called first of all then: whoever holds an answer open without end ends it.
    """
    _allow_connections()
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=round(idle_s),
        timeout_graceful_shutdown=2,
        backlog=2048,
    )
    host, port = listener.getsockname()[:2]
    uvloop.run(_Server(config, f"{name} ready on http://{host}:{port}", stopping).serve([listener]))


def _allow_connections() -> None:
    """As many open connections as the system allows: the usual soft limit of 1,024 is a few seconds of a crowd."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class _Server(uvicorn.Server):
    """Uvicorn's server that says when it is ready, and ends quietly: being told to stop is no failure."""

    def __init__(self, config: uvicorn.Config, ready: str, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(f"{self._ready}\n")
            sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for stop in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(stop, self.handle_exit, stop, None)
        yield
