"""A port that is said to be free can be listened on, and its companion too."""

import socket

import pytest

from bench import ports
from bench.ports import free_port


def test_a_free_port_and_its_companion_can_be_listened_on() -> None:
    """The nodes of a Cluster speak to each other 10,000 above the port that clients use."""
    port = free_port(companion=10_000)
    with socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", port + 10_000)):
        assert port + 10_000 <= 65_535


def test_where_no_companion_is_free_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the last port there is none: nobody looks for ever."""
    monkeypatch.setattr(ports, "TRIES", 3)
    with pytest.raises(RuntimeError, match="no port is free"):
        free_port(companion=65_000)
