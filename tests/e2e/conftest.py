"""One small night for all the tests of a file, and the real Chromium before its door."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.night_rig import Rig, running
from tests.web.browser import chromium


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A real door, a real back end."""
    with running(tmp_path_factory.mktemp("night") / "run") as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, once a module."""
    with chromium() as started:
        yield started
