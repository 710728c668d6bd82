"""From the call to the picture and through its troubles, in the real Chromium, before a scripted door."""

import json
import re
import time
from typing import Any

from playwright.sync_api import Browser, Page, expect

from kickoff.door.seam import SignInOutcome
from tests.web.browser import violations
from tests.web.fake_door import FakeDoor


def come_in(page: Page, door: FakeDoor, *, signed_in: bool = True) -> None:
    """Arrive when it is one's turn."""
    door.serving, door.signed_in = 400, signed_in
    page.goto(f"{door.origin}/{door.night.name}")


def see_picture(page: Page, seconds: float = 0.3) -> None:
    """Wait until the picture has moved for so long."""
    page.wait_for_function("(seconds) => document.querySelector('video')?.currentTime > seconds", arg=seconds)


def beats(door: FakeDoor) -> list[dict[str, Any]]:
    """What the player said."""
    return door.said("POST", "/beats")


def sign_in(page: Page) -> None:
    """Fill in the form and send it."""
    page.locator("#login").fill("s0000001@example.invalid")
    page.locator("#password").fill("allez-paris")
    page.get_by_role("button", name="Sign in and watch").click()


def test_a_wrong_password_says_so_and_keeps_the_turn(page: Page, door: FakeDoor) -> None:
    """What was typed stays, the reason is read out, the focus is where the mistake may be."""
    door.sign_ins = [SignInOutcome.WRONG_PASSWORD]
    come_in(page, door, signed_in=False)
    sign_in(page)

    expect(page.locator("#sign-why")).to_contain_text("do not belong together")
    expect(page.locator("#login")).to_have_value("s0000001@example.invalid")
    expect(page.locator("#password")).to_be_focused()
    assert violations(page) == []
    sign_in(page)
    see_picture(page)


def test_a_busy_sign_in_is_sent_again_by_the_page_itself(page: Page, door: FakeDoor) -> None:
    """Nobody is told to try again: the page does, at the pace it was given."""
    door.sign_ins = [SignInOutcome.OVERLOADED]
    come_in(page, door, signed_in=False)
    sign_in(page)

    expect(page.locator("#sign-why")).to_contain_text("sent again by itself")
    see_picture(page)
    assert len(door.said("POST", "/sessions")) == 2


def test_the_minutes_told_are_those_that_were_seen(page: Page, door: FakeDoor) -> None:
    """The first beat says how long the start took; then each says what moved, and the sum is the film's own time."""
    come_in(page, door)
    see_picture(page, 2.5)
    page.evaluate("() => document.querySelector('video').pause()")
    seen_ms = page.evaluate("() => document.querySelector('video').currentTime * 1000")
    told = door.heard("POST", "/beats", len(beats(door)) + 2)
    assert told[0]["sta"] == "p"
    assert 0 < told[0]["msd"] < 12_000
    assert told[-1]["sta"] == "a"
    assert abs(sum(beat["watched_ms"] for beat in told) - seen_ms) < 500
    assert sum(beat["stalled_ms"] for beat in told) < 500
    assert all(abs(beat["ts"] - time.time() * 1000) < 60_000 for beat in told)
    assert [beat["sn"] for beat in told] == list(range(1, len(told) + 1))


def test_a_fresh_token_is_used_for_the_next_segment(page: Page, door: FakeDoor) -> None:
    """The right to watch is renewed under the running picture."""
    come_in(page, door)
    see_picture(page)
    door.token = "token-2"

    with page.expect_request(re.compile(r"/live/north/token-2/canal-plus-foot/master0\.m4s")):
        page.get_by_role("button", name="Canal+ Foot").click()
    expect(page.get_by_role("button", name="Canal+ Foot")).to_have_attribute("aria-pressed", "true")


def test_a_dead_network_is_left_for_the_next_one_and_named_to_the_house(page: Page, door: FakeDoor) -> None:
    """The viewer sees a picture; the house sees which network failed."""
    door.dead_cdns = {"north"}
    come_in(page, door)

    see_picture(page)
    reported = door.said("POST", "/beacons")
    assert [(beacon["sta"], beacon["ec"], beacon["cdn"]) for beacon in reported] == [("f", "manifest", "north")]
    assert beats(door)[0]["cdn"] == "south"


def test_when_nothing_plays_the_page_says_what_is_known_and_goes_on_by_itself(page: Page, door: FakeDoor) -> None:
    """No black screen: a reason, other ways to watch, a button to say what one sees, and the picture when it can be."""
    door.dead_cdns = {"north", "south"}
    door.notice = {"fr": "Un réseau est en panne.", "en": "A network is down."}
    come_in(page, door)

    expect(page.get_by_role("heading", name="Your picture does not come")).to_be_visible()
    expect(page.locator(".note.warn")).to_contain_text("Your seat is kept")
    expect(page.locator(".note.warn")).to_contain_text("A network is down.")
    expect(page.locator(".note.warn")).to_contain_text("over the air on channel 4")
    expect(page.get_by_text("try again")).to_have_count(0)
    assert violations(page) == []
    assert "f" in [beat["sta"] for beat in beats(door)]

    page.locator(".note.warn").get_by_role("button", name="Tell us what you see").click()
    expect(page.locator("input[name=what]:checked")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_label("A black screen")).to_be_hidden()
    page.locator(".note.warn").get_by_role("button", name="Tell us what you see").click()
    page.get_by_role("button", name="Send").click()
    assert not door.said("POST", "/reports")
    page.get_by_label("A black screen").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you. This goes to the people on duty")).to_be_visible()
    assert door.said("POST", "/reports")[0]["what"] == "black_screen"

    door.dead_cdns = set()
    see_picture(page)
    expect(page.get_by_role("heading", name="Your picture does not come")).to_be_hidden()


def test_the_screens_in_use_are_listed_and_one_may_end(page: Page, door: FakeDoor) -> None:
    """The limit of the offer, with a way on."""
    door.streams = [{"lease_id_short": "7", "device": "tv", "channel": "canal-plus", "since": 1_662_490_800_000_000}]
    come_in(page, door)

    expect(page.locator(".screens li")).to_contain_text("Television")
    assert violations(page) == []
    page.get_by_role("button", name="End this one").click()
    see_picture(page)
    assert door.said("POST", "/leases")[-1]["end"] == "7"


def test_a_channel_that_is_not_in_the_offer_leads_to_one_that_is(page: Page, door: FakeDoor) -> None:
    """What it does hold, and the other ways, instead of a closed door."""
    door.held = ("canal-plus-foot",)
    come_in(page, door)

    expect(page.get_by_text("Your offer does not include Canal+", exact=True)).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Watch Canal+ Foot").click()
    see_picture(page)


def test_leaving_gives_the_seat_back_and_the_way_back_is_open(page: Page, door: FakeDoor) -> None:
    """By the button, or by closing the page: the house hears it at once, with the last minutes."""
    come_in(page, door)
    see_picture(page)
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
    assert door.said("DELETE", "/leases/l1")[0]["code"] == "quit"

    page.get_by_role("button", name="Back to the picture").click()
    see_picture(page)
    page.goto("about:blank")
    assert len(door.heard("DELETE", "/leases/l1", 2)) == 2
    assert door.said("POST", "/leases")[-1]["resume"] == "l1"


def test_a_stream_that_ended_is_resumed_by_the_page_itself(page: Page, door: FakeDoor) -> None:
    """Only an end from another screen was somebody's will; any other is taken up again, unasked."""
    come_in(page, door)
    see_picture(page)
    with page.expect_request("**/leases") as asked:
        page.route("**/beats", lambda route: route.fulfill(status=410, json={"code": "ended"}), times=1)

    assert json.loads(asked.value.post_data or "{}")["resume"] == "l1"
    see_picture(page)


def test_a_door_out_of_reach_ends_no_stream_and_loses_no_minute(page: Page, door: FakeDoor) -> None:
    """The picture comes from elsewhere; what could not be told is told with the next beat that arrives."""
    come_in(page, door)
    see_picture(page)
    page.route("**/v1/**", lambda route: route.abort())
    before = sum(beat["watched_ms"] for beat in beats(door))
    see_picture(page, 3)
    count = len(beats(door))
    page.unroute("**/v1/**")

    told = door.heard("POST", "/beats", count + 1)
    assert sum(beat["watched_ms"] for beat in told) - before > 1500
    expect(page.locator(".note.warn")).to_be_hidden()


def test_what_one_reports_is_kept_until_it_arrives(page: Page, door: FakeDoor) -> None:
    """A report is evidence: a lost network loses none."""
    come_in(page, door)
    see_picture(page)
    page.route("**/reports", lambda route: route.abort())
    page.get_by_role("button", name="Tell us what you see").click()
    page.get_by_label("The picture stops again and again").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("It is kept here and goes with the next contact")).to_be_visible()
    page.unroute("**/reports")

    page.reload()

    assert door.heard("POST", "/reports")[0]["what"] == "buffering"


def test_axe_finds_nothing_while_watching(browser: Browser, door: FakeDoor) -> None:
    """The player, in both languages and both themes, with the report open."""
    door.serving, door.signed_in = 400, True
    for locale, is_dark in (("en-GB", False), ("fr-FR", True)):
        context = browser.new_context(locale=locale, color_scheme="dark" if is_dark else "light")
        page = context.new_page()
        come_in(page, door)
        see_picture(page)
        page.get_by_role("button", name=re.compile("Tell us|Dites-nous")).click()
        assert violations(page) == [], locale
        context.close()
