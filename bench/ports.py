"""Which port is free? For the servers that benches and tests start beside each other on loopback."""

import socket
from contextlib import suppress

TRIES = 200
_GIVEN: set[int] = set()
"""A port that was given is free until its server binds it: nobody else of this process is given it meanwhile."""


def free_port(*, companion: int = 0) -> int:
    """A port that nobody uses now, and whose companion, so many above it, nobody uses either.

    Raises `RuntimeError` where none is found.
    """
    for _ in range(TRIES):
        with socket.socket() as probe, socket.socket() as other:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
            if port in _GIVEN:
                continue
            with suppress(OSError, OverflowError):
                if companion:
                    other.bind(("127.0.0.1", port + companion))
                _GIVEN.add(port)
                return port
    raise RuntimeError(f"no port is free whose companion, {companion} above, is free too")
