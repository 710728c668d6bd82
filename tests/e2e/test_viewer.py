"""A real person's evening: real door, real back end, real Chromium, real pictures."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from kickoff.accounts.roster import PASSWORD
from tests.e2e.night_rig import Rig
from tests.web.browser import violations

PLAYED = """(seconds) => {
    const played = document.querySelector("video")?.played;
    return played?.length > 0 && played.end(played.length - 1) - played.start(played.length - 1) > seconds;
}"""
Person = Callable[..., Page]


@pytest.fixture
def person(browser: Browser, rig: Rig) -> Iterator[Person]:
    """A new device; with `account`, one that signed in on an earlier evening. An error in a script fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def made(account: int | None = None, *, javascript: bool = True) -> Page:
        context = browser.new_context(locale="en-GB", java_script_enabled=javascript)
        context.set_default_timeout(30_000)
        contexts.append(context)
        if account is not None:
            context.add_cookies([{"name": "kickoff_session", "value": rig.session(account), "url": rig.door}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield made
    for context in contexts:
        context.close()
    assert not errors, f"the page's scripts failed: {errors}"


def see_picture(page: Page, seconds: float = 0.5) -> None:
    """Wait until the picture has moved for so long. `currentTime` alone also jumps, to where the broadcast is."""
    page.wait_for_function(PLAYED, arg=seconds)


def test_a_person_waits_is_called_signs_in_and_watches(rig: Rig, person: Person) -> None:
    """The whole way, as on the night: a full door, a place and a time, the call, the sign-in, picture, minutes."""
    account = rig.subscriber("essential")
    rig.operate("cap", 4)
    rig.others_join(40)
    page = person()
    page.goto(rig.page)
    expect(page.locator(".ahead")).to_contain_text("people ahead of you")
    expect(page.locator(".eta")).to_contain_text("In less than")
    rig.operate("cap", None)

    page.get_by_label("E-mail address").fill(rig.login(account))
    page.get_by_label("Password", exact=True).fill("not-this-one")
    page.get_by_role("button", name="Sign in and watch").click()
    expect(page.locator("#sign-why")).to_contain_text("do not belong together")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in and watch").click()

    see_picture(page, 3)
    # The page says that it is over without waiting for the door.
    with page.expect_event("requestfinished", lambda request: request.method == "DELETE"):
        page.get_by_role("button", name="Leave").click()
    page.get_by_role("heading", name="You have left").wait_for()

    subjects = {row["subject"] for row in rig.facts("signed_in")}
    facts = [row for row in rig.facts("started", "ended") if row["subject"] in subjects]
    assert [(row["fact"], row["offer"]) for row in facts] == [("started", "essential"), ("ended", "essential")]
    audience = rig.audience()
    assert audience["by_channel"]["main"]["reach"] == 1
    assert audience["peak"] == 1


def test_the_offers_limit_of_screens_holds_and_names_the_other_ones(rig: Rig, person: Person) -> None:
    """One screen on this offer: the second is told which one is in use, may end it, and then has the picture."""
    account = rig.subscriber("essential")
    first = person(account)
    first.goto(rig.page)
    see_picture(first)

    second = person(account)
    second.goto(rig.page)
    expect(second.get_by_role("heading", name="All your screens are in use")).to_be_visible()
    expect(second.locator(".screens li")).to_have_count(1)
    expect(second.locator(".screens li")).to_contain_text("Computer")
    expect(second.locator(".screens li")).to_contain_text("Canal+, since")
    second.get_by_role("button", name="End this one").click()

    see_picture(second)
    first.get_by_role("heading", name="This stream was ended from another screen").wait_for()


def test_another_channel_of_the_offer_never_meets_the_line(rig: Rig, person: Person) -> None:
    """Switching is watching on: also while the door is paused."""
    page = person(rig.subscriber("sport"))
    page.goto(rig.page)
    see_picture(page)
    rig.operate("pause")

    page.get_by_role("button", name="Canal+ Foot").click()

    expect(page.get_by_role("button", name="Canal+ Foot")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".veil")).to_be_hidden()
    rig.operate("resume")


def test_a_closed_page_comes_back_to_its_picture_without_the_line(rig: Rig, person: Person) -> None:
    """The lease is the way back, all night."""
    page = person(rig.subscriber("essential"))
    page.goto(rig.page)
    see_picture(page)
    places, returns = len(rig.facts("joined")), len(rig.facts("readmitted"))
    rig.operate("pause")

    page.reload()

    see_picture(page)
    rig.operate("resume")
    assert (len(rig.facts("joined")), len(rig.facts("readmitted"))) == (places, returns + 1)


def test_without_javascript_one_waits_is_called_and_gets_in(rig: Rig, person: Person) -> None:
    """A television from 2015, a text browser, a script that did not load: the same door."""
    account = rig.subscriber("essential")
    rig.operate("pause")
    page = person(javascript=False)
    page.goto(rig.page)
    page.get_by_role("button", name="Take a place in line").click()
    expect(page.get_by_role("heading", name="The door is paused")).to_be_visible()
    expect(page.get_by_text("Your place:")).to_be_visible()
    rig.operate("resume")

    page.get_by_role("button", name="Go in").click()
    page.get_by_label("E-mail address").fill(rig.login(account))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in and watch").click()
    with page.expect_event("requestfinished", lambda done: done.url.endswith(".m4s")):
        page.get_by_role("button", name="Watch Canal+", exact=True).click()

    expect(page.locator("video")).to_have_attribute("src", re.compile(r"/live/(north|south)/.+/main/master\.m3u8$"))
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()


def test_a_phone_lets_a_television_in_without_a_second_place(rig: Rig, person: Person) -> None:
    """A password is not typed with a remote control: the phone says yes, and the picture comes on the television."""
    account = rig.subscriber("sport")
    places = len(rig.facts("joined"))
    television, phone = person(), person(account)
    television.add_init_script(
        "Object.defineProperty(navigator, 'userAgent', {get: () => 'Mozilla/5.0 (SMART-TV; Tizen)'})"
    )
    television.goto(rig.page)
    shown = television.locator(".pairing .code")
    shown.wait_for()
    television.get_by_role("img", name="QR code").wait_for()
    address = re.sub(r"qr\?", "?", television.locator(".pairing img").get_attribute("src") or "")

    phone.goto(rig.door + address.replace("/?", "?"))
    expect(phone.get_by_label("Code on the television")).to_have_value(shown.inner_text())
    assert violations(phone) == []
    phone.get_by_role("button", name="Yes, let it in").click()
    expect(phone.get_by_role("heading", name="The television is signed in")).to_be_visible()
    see_picture(television)

    assert len(rig.facts("joined")) == places + 1, "the television's own, and no other"
