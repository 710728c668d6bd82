"""From the sign-in to the report in an operator's pocket: real processes, the real Chromium, one running night."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.console_walk import NIGHT, Walk
from tests.e2e.night_rig import running
from tests.web.browser import violations

CONTRAST = "() => window.axe.run(document, { runOnly: { type: 'rule', values: ['color-contrast'] } })"


def everybody_can_read(page: Page, _: str) -> None:
    """No violation that axe finds, in either theme: in the second one only the colours are others."""
    page.emulate_media(color_scheme="light")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(CONTRAST)["violations"] == []


@pytest.mark.timeout(300)
def test_an_incident_is_seen_spoken_of_paid_for_explained_and_reported(browser: Browser, tmp_path: Path) -> None:
    """The people who apologise the next morning live here; each step of theirs, once, in one night."""
    with running(tmp_path / "run", text=NIGHT, with_console=True) as rig:
        walk = Walk(rig, browser, everybody_can_read)
        try:
            report = walk.whole_story()
            assert report.read_bytes().startswith(b"%PDF-")
            assert walk.errors == []
        finally:
            walk.close()
