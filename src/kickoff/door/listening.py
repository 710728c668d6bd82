"""What does every door's process do? It listens, says that it is ready, drains when told to stop, reads new keys."""

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path

from kickoff.clock import WallClock
from kickoff.door.answerer import Ask
from kickoff.door.granian import GranianServer
from kickoff.door.house import Door
from kickoff.door.http import SignIns
from kickoff.door.protocol import Server
from kickoff.plumbing.key_files import KeysError, KeysFile
from kickoff.settings import Settings

DRAIN_S = 10.0
LOOK_AT_KEYS_S = 1.0


async def listen_until_told(
    door: Door,
    listener: socket.socket,
    settings: Settings,
    *,
    work: list[Coroutine[None, None, None]],
    ask: Ask | None = None,
    linger_s: float = 0.0,
    farewell: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, or until a part of the `work` fails. Then drain; `farewell` comes last.

    `linger_s`: told to stop, the door says so at `/readyz` and still answers for so long.
    """
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop, stopped.set)
    clock = WallClock()
    sign_ins = SignIns(settings.backend.origin, clock=clock)
    carrier = GranianServer if settings.door.server == "granian" else Server
    server = carrier(door, sign_ins.carry, clock=clock, settings=settings.door, ask=ask)
    tasks = [asyncio.create_task(part) for part in work]
    host, port = listener.getsockname()[:2]
    await server.listen(listener)
    door.ready()
    # PERF: requests leave no cycles behind them; looking for some takes a tenth of the time (make bench-door).
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    sys.stdout.write(f"door ready on http://{host}:{port}\n")
    sys.stdout.flush()
    waiting = asyncio.create_task(stopped.wait())
    await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    door.close()
    await server.drain(within_s=DRAIN_S, linger_s=linger_s)
    if farewell is not None:
        await farewell()
    await sign_ins.close()
    waiting.cancel()
    for task in tasks:
        task.cancel()
        # A part that failed says so: the process then ends with its error instead of going on half.
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def watch_keys(door: Door, folder: Path) -> None:
    """Take the keys of the folder anew when they have been rotated; look once a second until cancelled."""
    file = KeysFile(folder)
    while True:
        await asyncio.sleep(LOOK_AT_KEYS_S)
        # One that cannot be read is somebody's slip while they mend it: the keys in hand go on.
        with contextlib.suppress(KeysError):
            if (keys := file.changed()) is not None:
                door.house.keys_of(keys)
