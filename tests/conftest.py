"""What every test stands on: properties without a stopwatch, in one order on every machine; and a real Valkey."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest

from kickoff.plumbing.valkey import Valkey
from tests.valkey import ValkeyServer

hypothesis.settings.register_profile("kickoff", deadline=None, derandomize=True)
hypothesis.settings.load_profile("kickoff")


@pytest.fixture
def valkey_server(tmp_path: Path) -> Iterator[ValkeyServer]:
    """A server of the test's own."""
    made = ValkeyServer(tmp_path / "valkey")
    yield made
    made.kill()


@pytest.fixture
async def valkey(valkey_server: ValkeyServer) -> AsyncIterator[Valkey]:
    """A client of it."""
    client = Valkey(valkey_server.url)
    await client.open()
    yield client
    await client.close()
