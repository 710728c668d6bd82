"""A night, a film, a scripted door and the real Chromium."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Page

from kickoff.night import Night, parse_night
from tests.web.browser import ROOT, chromium, make_film
from tests.web.fake_door import FakeDoor, open_door


@pytest.fixture(scope="session")
def night() -> Night:
    """The example night, with its kick-off some minutes from now."""
    source = ROOT / "examples" / "psg-juventus.toml"
    night = parse_night(source.read_text("utf-8"), source=source.name)
    start = datetime.now(UTC) + timedelta(minutes=12)
    return msgspec.structs.replace(night, starts_at=start.isoformat())


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a minute of picture and sound."""
    return make_film(tmp_path_factory.mktemp("film"))


@pytest.fixture
def door(night: Night, film: Path) -> Iterator[FakeDoor]:
    """A door that says what the test tells it to."""
    with open_door(FakeDoor(night, film)) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, once a module: beyond it, its event loop would be in the way of asynchronous tests."""
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh profile on a phone-sized screen. An error in a script fails the test."""
    context = browser.new_context(locale="en-GB", viewport={"width": 390, "height": 844})
    context.set_default_timeout(20_000)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert not errors, f"the page's scripts failed: {errors}"
