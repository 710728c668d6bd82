"""The report on a telephone."""

from pathlib import Path

import pytest

from kickoff.aftermath.closing import close_night
from tests.aftermath.played import lay_out
from tests.web.browser import chromium


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_narrow_telephone_shows_the_report_in_its_width(theme: str, tmp_path: Path) -> None:
    """The two times of the evening's table took the room, and what happened stood outside, a word a line."""
    folder = lay_out(tmp_path / "out", people=60)
    close_night(folder)
    with chromium() as browser:
        page = browser.new_page(
            viewport={"width": 360, "height": 800}, color_scheme="dark" if theme == "dark" else "light"
        )
        page.goto(folder.report.as_uri())
        told = page.locator(".timeline td:last-child").first.bounding_box()

        assert page.evaluate("() => document.documentElement.scrollWidth") == 360
        assert told is not None
        assert told["width"] > 150
