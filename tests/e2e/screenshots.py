"""`python -m tests.e2e.screenshots docs/screenshots`: the viewer's page as it is, photographed on a real small night.

Real door, real back end, real Chromium; only the broken picture is arranged, by cutting the browser off from the live
addresses.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from kickoff.accounts.roster import PASSWORD
from tests.e2e.night_rig import Rig, running
from tests.e2e.test_viewer import see_picture
from tests.web.browser import chromium

TELEVISION = "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 Chrome/120 TV Safari/537.36"
SCREENS: dict[str, dict[str, Any]] = {
    "phone-dark": {"size": (390, 844), "color_scheme": "dark", "locale": "fr-FR"},
    "phone-light": {"size": (390, 844), "color_scheme": "light", "locale": "en-GB"},
    "desktop-dark": {"size": (1280, 800), "color_scheme": "dark", "locale": "en-GB"},
    "desktop-light": {"size": (1280, 800), "color_scheme": "light", "locale": "fr-FR"},
    "tv-dark": {"size": (1920, 1080), "color_scheme": "dark", "locale": "fr-FR", "user_agent": TELEVISION},
}
NOTICE = {
    "fr": "Un de nos réseaux de diffusion ne distribue plus le direct. Nous travaillons à le rétablir.",
    "en": "One of our delivery networks does not hand out the live picture any more. We are working on it.",
}


def main(folder: Path) -> None:
    """Take them all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as root, running(Path(root) / "run") as rig, chromium() as browser:
        for name in ("phone-dark", "desktop-light", "tv-dark"):
            _coming_in(rig, browser, name, folder)
        rig.operate("notice", NOTICE)
        for name in ("phone-dark", "desktop-light"):
            _no_picture(rig, browser, name, folder)
        rig.operate("notice", None)
        rig.operate("cap", 2.6)
        rig.others_join(700)
        for name in SCREENS:
            _waiting(rig, browser, name, folder)
        _plain(rig, browser, folder)


def _coming_in(rig: Rig, browser: Browser, name: str, folder: Path) -> None:
    with _page(browser, name) as page:
        page.goto(rig.page)
        page.locator("#login").wait_for()
        _take(page, folder / f"called-{name}.png")
        page.locator("#login").fill(rig.login(rig.subscriber("sport")))
        page.locator("#password").fill(PASSWORD)
        page.locator("button.main").click()
        see_picture(page)
        _take(page, folder / f"player-{name}.png")


def _no_picture(rig: Rig, browser: Browser, name: str, folder: Path) -> None:
    with _page(browser, name) as page:
        session = rig.session(rig.subscriber("essential"))
        page.context.add_cookies([{"name": "kickoff_session", "value": session, "url": rig.door}])
        page.route("**/live/**", lambda route: route.abort())
        page.goto(rig.page)
        page.locator(".note.warn button").wait_for()
        page.locator(".note.warn", has_text="ré" if "fr" in SCREENS[name]["locale"] else "networks").wait_for()
        _take(page, folder / f"notice-{name}.png")


def _waiting(rig: Rig, browser: Browser, name: str, folder: Path) -> None:
    with _page(browser, name) as page:
        page.goto(rig.page)
        page.wait_for_function("() => Number(document.querySelector('.gone')?.style.flexGrow) > 8")
        _take(page, folder / f"waiting-{name}.png")


def _plain(rig: Rig, browser: Browser, folder: Path) -> None:
    with _page(browser, "phone-light", javascript=False) as page:
        page.goto(rig.page)
        page.get_by_role("button", name="Take a place in line").click()
        page.locator(".eta").wait_for()
        _take(page, folder / "waiting-without-javascript.png")


@contextmanager
def _page(browser: Browser, name: str, *, javascript: bool = True) -> Iterator[Page]:
    options = {key: value for key, value in SCREENS[name].items() if key != "size"}
    width, height = SCREENS[name]["size"]
    viewport = ViewportSize(width=width, height=height)
    context = browser.new_context(viewport=viewport, java_script_enabled=javascript, **options)
    try:
        yield context.new_page()
    finally:
        context.close()


def _take(page: Page, path: Path) -> None:
    # A line that moves at every look never stands still: its drawing is taken as it would end.
    page.screenshot(path=path, animations="disabled")
    # 256 colours are enough for what is mostly letters, and half the bytes.
    Image.open(path).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
