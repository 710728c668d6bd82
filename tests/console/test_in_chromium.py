"""The room as an operator's browser shows it: the real Chromium, the real server, a door and a journal of our own."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from kickoff.clock import ManualClock
from kickoff.console.accounts import ensure_operator
from kickoff.console.cases import ThenNow
from kickoff.console.service import console_of
from kickoff.plumbing.asgi import listen
from tests.console.room import AT_S, FakeDoor, answering, answers, furnished, saying
from tests.evenings import ROOT, second

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        found = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        yield found
        found.close()


class Night:
    """A console that is being served, and what an operator needs to use it."""

    def __init__(self, address: str, door: FakeDoor, password: str) -> None:
        self.address = address
        self.door = door
        self.password = password
        self.contexts: list[BrowserContext] = []

    def enter(self, context: BrowserContext) -> Page:
        """Sign in with the keyboard alone."""
        self.contexts.append(context)
        page = context.new_page()
        page.goto(f"{self.address}/?lang=en")
        expect(page.get_by_label("Name")).to_be_focused()
        page.keyboard.type("operator")
        page.keyboard.press("Tab")
        page.keyboard.type(self.password)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{self.address}/")
        return page


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    """Half an hour into the match; the clock stands still, the door speaks on."""
    _, password = ensure_operator(tmp_path)
    with FakeDoor().serving() as door:
        answerer = saying(tmp_path, *[answers()] * 100)
        told = answers()
        assert told.findings is not None
        assert told.said is not None
        then = ThenNow(at=second(95), findings=told.findings, curves=told.curves, said=told.said, reports=told.reports)
        clock, clerk = ManualClock(second(AT_S)), answering(tmp_path, then)
        room = furnished(tmp_path, door.address, clock=clock, answerer=answerer, clerk=clerk)
        listener = listen("127.0.0.1", 0)
        server = uvicorn.Server(uvicorn.Config(console_of(room), log_config=None, timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        night = Night(f"http://127.0.0.1:{listener.getsockname()[1]}", door, password)
        yield night
        for context in night.contexts:
            context.close()
        server.should_exit = True
        thread.join()


def test_an_operator_sees_the_night_and_acts(browser: Browser, night: Night) -> None:
    """Figures that move by themselves, an incident with its cause, the door paused and capped, its silence named."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = night.enter(context)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    expect(page.locator("#tiles")).to_contain_text("4,203")
    expect(page.locator("#found")).to_contain_text("delivery network south")
    expect(page.locator("#plot-audience canvas")).to_be_visible()
    expect(page.locator("#plot-line canvas")).to_be_visible()

    night.door.house["line"] = 77
    expect(page.locator("#tiles")).to_contain_text("77", timeout=3000)

    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#said")).to_have_text("Paused. Nobody is called from now on.")
    page.get_by_label("At most").fill("12.5")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator("#said")).to_have_text("The cap is set.")
    assert [(act["act"], act["value"]) for act in night.door.acts if act["by"] != "rule"] == [
        ("pause", None),
        ("cap", 12.5),
    ]

    night.door.silent = True
    expect(page.get_by_role("alert")).to_contain_text("The door is silent since 21:01:40")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#said")).to_contain_text("nothing was changed")
    expect(page.locator("#tiles")).to_contain_text("77")
    assert wrong == []


def test_no_card_waits_for_the_height_of_another(browser: Browser, night: Night) -> None:
    """Half a screen of nothing is half a screen less of the night: below each card of a column the next one stands."""
    page = night.enter(browser.new_context(viewport={"width": 1280, "height": 800}))
    page.goto(f"{night.address}/?lang=fr")
    expect(page.locator("#found .verdict")).to_be_visible()
    for width in (768, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        top = page.locator(".card.found").bounding_box()
        tiles = page.locator(".tiles").bounding_box()
        assert top is not None
        assert tiles is not None
        assert top["y"] < tiles["y"]
        holes = page.evaluate(
            """() => [...document.querySelectorAll(".card.notice, .card.door, .card.health, .card.doors")].map((card) =>
                 card.getBoundingClientRect().bottom - card.lastElementChild.getBoundingClientRect().bottom)"""
        )
        assert max(holes) < 32, (width, holes)


def test_a_notice_is_taken_back_and_published_with_the_keyboard(browser: Browser, night: Night) -> None:
    """The rule has published; a person takes it back, reads the draft, and publishes it: never a mouse."""
    page = night.enter(browser.new_context(viewport={"width": 1440, "height": 900}))
    notice = page.locator(".card.notice")
    expect(notice).to_contain_text("published by the rule")
    assert set(night.door.told["notice"]) == {"fr", "en", "fr-player", "en-player"}
    notice.get_by_role("button", name="Take back").focus()
    page.keyboard.press("Enter")
    expect(notice.get_by_role("status")).to_have_text("Taken back. Nothing stands there any more.")
    expect(notice).to_contain_text("the rule waits for you")
    assert night.door.told == {"notice": {}, "incident": ""}
    notice.get_by_role("button", name="Publish").focus()
    page.keyboard.press("Enter")
    expect(notice).to_contain_text("published by operator")
    expect(notice.get_by_role("button", name="Publish")).to_be_hidden()
    assert set(night.door.told["notice"]) == {"fr", "en", "fr-player", "en-player"}


def test_the_slider_of_a_past_night_moves_with_the_keyboard(browser: Browser, night: Night) -> None:
    """What stands below it follows, and the address can be given to somebody else."""
    page = night.enter(browser.new_context(viewport={"width": 1000, "height": 900}, bypass_csp=True))
    page.goto(f"{night.address}/replay?at=95&lang=en")
    expect(page.locator("#then")).to_contain_text("delivery network south")
    page.get_by_label("Second of the night").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"{night.address}/replay?at=96")
    page.add_script_tag(path=AXE)
    found = page.evaluate("async () => (await axe.run()).violations.map((one) => [one.id, one.nodes[0].html])")
    assert found == []


def test_a_phone_that_is_turned_shows_everything_in_its_width(browser: Browser, night: Night) -> None:
    """The plots are as wide as the screen was; the screen gives them no more than it is now."""
    page = night.enter(browser.new_context(viewport={"width": 740, "height": 360}))
    expect(page.locator("#plot-line canvas")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    expect(page.locator("#plot-line .uplot")).to_have_js_property(
        "offsetWidth", page.locator("#plot-line").evaluate("one => one.clientWidth")
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_scripts_nothing_is_live_and_no_form_is_emptied(browser: Browser, night: Night) -> None:
    """The page renews itself and hides what is typed into; held still it shows every form."""
    with_scripts = night.enter(browser.new_context())
    context = browser.new_context(java_script_enabled=False, storage_state=with_scripts.context.storage_state())
    page = context.new_page()
    page.goto(f"{night.address}/?lang=en")
    expect(page.locator(".pill.live")).to_be_hidden()
    expect(page.get_by_label("At most")).to_be_hidden()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("link", name="Hold it still and show every form").click()
    expect(page.get_by_label("At most")).to_be_visible()
    page.locator(".hand summary").click()
    expect(page.get_by_role("button", name="End the night now")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_read_it(browser: Browser, night: Night, theme: str, language: str) -> None:
    """No violation that axe finds, and nothing that a phone must scroll sideways for."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, color_scheme="light" if theme == "light" else "dark", bypass_csp=True
    )
    page = night.enter(context)
    for path in ("/", "/account", "/trail", "/replay", "/gestures", "/care"):
        page.goto(f"{night.address}{path}?lang={language}")
        expect(page.locator("h1")).to_be_visible()
        if path == "/":
            expect(page.locator("#found .verdict")).to_be_visible()
            page.locator(".hand summary").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.add_script_tag(path=AXE)
        found = page.evaluate("async () => (await axe.run()).violations.map((one) => [one.id, one.nodes[0].html])")
        assert found == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_everybody_can_read_how_to_sign_in(browser: Browser, night: Night, language: str) -> None:
    """Before anybody is known, in both themes; also where there is nothing for who asks."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, bypass_csp=True)
    night.contexts.append(context)
    page = context.new_page()
    for path in ("/sign-in", "/my-evening"):
        page.goto(f"{night.address}{path}?lang={language}")
        page.add_script_tag(path=AXE)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme="light" if theme == "light" else "dark")
            found = page.evaluate("async () => (await axe.run()).violations.map((one) => [one.id, one.nodes[0].html])")
            assert found == [], (path, theme)


def test_the_operators_hand_reaches_every_act_by_keyboard(browser: Browser, night: Night) -> None:
    """Queue everyone, open the doors, choose a status: what is rare is the same act of three keys."""
    page = night.enter(browser.new_context(viewport={"width": 1440, "height": 900}))
    hand = page.locator(".card.hand")
    hand.locator("summary").focus()
    page.keyboard.press("Enter")
    hand.get_by_role("button", name="Queue everyone").focus()
    page.keyboard.press("Enter")
    expect(hand.get_by_role("status")).to_have_text("Everyone is queued.")
    hand.get_by_label("Who waits").select_option("202")
    hand.get_by_role("button", name="Answer so").press("Enter")
    expect(hand.get_by_role("status")).to_have_text("The door answers so.")
    hand.get_by_role("button", name="End the night now").press("Enter")
    expect(hand.get_by_role("status")).to_have_text("The door answers so.")
    hand.get_by_label("End the night for everybody").press("Space")
    hand.get_by_role("button", name="End the night now").press("Enter")
    expect(hand.get_by_role("status")).to_have_text("The night is ended.")
    done = [(act["act"], act["value"]) for act in night.door.acts if act["by"] == "operator"]
    assert done == [("queue", True), ("codes", {"waiting": 202}), ("schedule", {"ends": second(AT_S)})]


def test_it_reads_and_acts_without_javascript(browser: Browser, night: Night) -> None:
    """The same figures, and forms that do what they say."""
    context = browser.new_context(java_script_enabled=False)
    page = night.enter(context)
    expect(page.locator("#tiles")).to_contain_text("Streams in progress")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#said")).to_have_text("Paused. Nobody is called from now on.")
    assert [act["by"] for act in night.door.acts if act["act"] == "pause"] == ["operator"]
