"""axe finds nothing on any of the viewer's pages, whatever they say: in both languages and both themes."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from kickoff.findings import Cause
from kickoff.notices.html import page as status_page
from kickoff.notices.html import tongues
from kickoff.notices.words import notice
from tests.e2e.screenshots import TELEVISION
from tests.notices.nights import NIGHT, findings, incident
from tests.web.browser import LETTERS, unreadable
from tests.web.fake_door import FakeDoor, answer, problem

STREAM = {"stream": "2", "lease_id_short": "2", "device": "tv", "channel": "canal-plus", "since": 1_662_490_800_000_000}


def draw(door: FakeDoor) -> None:
    """Before the doors."""
    door.state, door.draw = "draw", {"commitment": "c0", "count": 1200, "counts": {"main": 1200}}


def paused(door: FakeDoor) -> None:
    """By the operator."""
    door.state, door.reason, door.rate_per_s = "paused", "paused", 0


def drained(door: FakeDoor) -> None:
    """Nobody new gets a place."""
    door.refusal = problem(503, "draining")


def closed(door: FakeDoor) -> None:
    """The night is over."""
    door.refusal = problem(403, "closed")


def lacking(door: FakeDoor) -> None:
    """The offer holds no channel of tonight."""
    door.refusal = answer(403, {"code": "not_in_offer", "channels": [], "alternatives": []})


def called(door: FakeDoor) -> None:
    """It is their turn."""
    door.serving = 400


def elsewhere(door: FakeDoor) -> None:
    """All screens of the household are in use."""
    door.serving, door.signed_in, door.streams = 400, True, [STREAM]


STATES: dict[str, tuple[Callable[[FakeDoor], None], str]] = {
    "draw": (draw, ".figures .ahead"),
    "paused": (paused, ".queue"),
    "drained": (drained, ".reason"),
    "closed": (closed, ".reason"),
    "lacking": (lacking, ".card h3"),
    "called": (called, "#login"),
    "elsewhere": (elsewhere, ".screens button"),
}
"""What the door does → what then stands on the page."""


@pytest.mark.parametrize("state", STATES)
def test_everybody_can_read_what_the_page_says(browser: Browser, door: FakeDoor, state: str) -> None:
    """Also what is said rarely: those are the pages that nobody looks at before the night."""
    happens, shown = STATES[state]
    happens(door)
    for locale in ("en-GB", "fr-FR"):
        context = browser.new_context(locale=locale, viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.goto(f"{door.origin}/{door.night.name}")
        page.locator(shown).first.wait_for()
        assert unreadable(page) == [], locale
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
        context.close()


def test_a_television_shows_password_and_code_on_one_screen(browser: Browser, door: FakeDoor) -> None:
    """From the sofa nobody scrolls to find that there was an easier way in."""
    door.serving = 400
    for locale in ("en-GB", "fr-FR"):
        context = browser.new_context(locale=locale, viewport={"width": 1920, "height": 1080}, user_agent=TELEVISION)
        page = context.new_page()
        page.goto(f"{door.origin}/{door.night.name}")
        page.locator(".pairing .code").wait_for()
        assert unreadable(page) == [], locale
        code = page.locator(".pairing .code").bounding_box()
        assert code
        assert code["y"] + code["height"] <= 1080, code
        context.close()


def test_a_television_shows_the_operators_words_on_the_first_screen(browser: Browser, door: FakeDoor) -> None:
    """They stand below the time; from the sofa nobody scrolls to find them."""
    door.notice = {
        "fr": "Un de nos réseaux de diffusion ne distribue plus le direct. Nous travaillons à le rétablir.",
        "en": "One of our delivery networks does not hand out the live picture any more. We are working on it.",
    }
    for locale in ("en-GB", "fr-FR"):
        context = browser.new_context(locale=locale, viewport={"width": 1920, "height": 1080}, user_agent=TELEVISION)
        page = context.new_page()
        page.goto(f"{door.origin}/{door.night.name}")
        page.locator(".clock", has_text=":").wait_for()
        notice = page.locator(".note.word").bounding_box()
        assert notice
        assert notice["y"] + notice["height"] <= 1080, (locale, notice)
        context.close()


def test_the_status_page_from_right_to_left_keeps_the_services_name(browser: Browser) -> None:
    """As the waiting page does: Canal+, not +Canal."""
    said = notice(findings(Cause.FAULT, incident()), NIGHT, tongues())
    page = browser.new_page()
    page.set_content(status_page((said,), said, NIGHT).decode())
    page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    first, last = page.locator(".house").evaluate(LETTERS)
    assert first < last
    page.close()


def test_everybody_can_read_the_pages_beside_it(browser: Browser, door: FakeDoor) -> None:
    """A television's code, signed in and not, and an address that leads nowhere; without a script."""
    root = f"{door.origin}/{door.night.name}"
    for language in ("en", "fr"):
        context = browser.new_context(locale=language, viewport={"width": 390, "height": 844})
        page = context.new_page()
        assert _unreadable_at(page, f"{root}/tv?code=BCDF-GHJK") == []
        context.add_cookies([{"name": "kickoff_session", "value": "s", "url": door.origin}])
        assert _unreadable_at(page, f"{root}/tv?code=BCDF-GHJK") == []
        assert _unreadable_at(page, f"{root}/wait?lang={language}") == []
        page.set_extra_http_headers({"Accept": "text/html"})
        assert _unreadable_at(page, f"{door.origin}/no-such-night") == []
        context.close()


def _unreadable_at(page: Page, address: str) -> list[str]:
    page.goto(address)
    page.locator("h2").first.wait_for()
    return unreadable(page)
