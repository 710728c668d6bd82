"""The waiting room in the real Chromium, before a door that says what the test tells it to."""

import json
import re
import time
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from kickoff.seals import keyed_hash64
from kickoff.units import AtUs, instant
from kickoff.waiting_room.draw import permuted, round_keys
from tests.web.browser import LETTERS, arrive, violations
from tests.web.fake_door import FakeDoor, problem

FIRST_LOAD_BYTES_MAX = 30_000


def test_a_person_sees_a_place_and_a_time_as_an_interval(page: Page, door: FakeDoor) -> None:
    """A place alone says nothing; a point in time is never right."""
    arrive(page, door)

    expect(page.locator(".ahead", has_text="299 people ahead of you")).to_be_visible()
    expect(page.locator(".eta")).to_have_text("Between 4 and 8 minutes")
    expect(page.locator(".clock")).to_contain_text("about ")
    expect(page.get_by_text("60 people a minute are going in")).to_be_visible()
    expect(page.get_by_text("so that nobody who is watching is cut off")).to_be_visible()


def test_the_line_moves_before_their_eyes(page: Page, door: FakeDoor) -> None:
    """Who sees movement believes the time."""
    arrive(page, door)
    door.serving = 390

    expect(page.locator(".ahead")).to_have_text("9 people ahead of you")
    expect(page.locator(".eta")).to_have_text("In less than 20 seconds")
    drawn = page.evaluate("() => Number(document.querySelector('.gone').style.flexGrow)")
    assert drawn == 290


def test_someone_next_in_line_is_never_told_zero(page: Page, door: FakeDoor) -> None:
    """Zero is said when it is true: then the door opens."""
    door.serving = 399
    arrive(page, door)

    expect(page.locator(".eta")).to_have_text("In less than 10 seconds")
    expect(page.locator(".ahead")).to_have_text("You are next")


def test_in_the_draw_nobody_stands_anywhere_yet(page: Page, door: FakeDoor) -> None:
    """A number is not a place; when the doors open the place appears, and how it came about."""
    door.state = "draw"
    door.draw = {"commitment": "c0", "count": 1200, "counts": {"main": 1200}}
    page.goto(f"{door.origin}/{door.night.name}")

    expect(page.get_by_role("heading", name="The draw")).to_be_visible()
    expect(page.locator(".ahead")).to_have_text("1,200 households are in the draw")
    expect(page.locator(".figures")).to_contain_text("Your number in the draw: 400")
    expect(page.locator(".queue")).to_be_hidden()
    assert violations(page) == []

    keys = round_keys(bytes(32), "main")
    door.draw |= {"keys": {"main": keys}, "seed": "00", "secret": "00"}
    door.state, door.serving = "queueing", 0
    place = permuted(400, 1200, keys)
    expect(page.locator(".figures")).to_contain_text(f"Your place: {place:,}, drawn by lot among 1,200")


def test_the_draw_can_be_checked_from_the_page(page: Page, door: FakeDoor) -> None:
    """By keyboard: what binds the house before the doors; then secret, files and the command with one's own number."""
    door.state = "draw"
    door.draw = {"commitment": "c0" * 32, "count": 1200, "counts": {"main": 1200}}
    page.goto(f"{door.origin}/{door.night.name}")
    check = page.locator(".check")
    # A key pressed does not wait until what it is pressed on is shown.
    check.locator("summary").wait_for()
    check.locator("summary").press("Enter")
    expect(check).to_contain_text("Published before: " + "c0" * 32)
    expect(check.locator("code")).to_be_hidden()
    assert violations(page) == []

    keys = round_keys(bytes(32), "main")
    door.draw |= {"keys": {"main": keys}, "seed": "5d" * 32, "secret": "5e" * 32}
    door.state, door.serving = "queueing", 0
    expect(check.locator("code")).to_have_text(
        f"kickoff draw verify draw.json --number main.400 --commitment {'c0' * 32}"
    )
    expect(check).to_contain_text("Secret: " + "5e" * 32)
    expect(check.get_by_role("link", name="draw-list.txt")).to_have_attribute(
        "href", f"/{door.night.name}/draw-list.txt"
    )
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_a_draw_nothing_is_said_of_one(page: Page, door: FakeDoor) -> None:
    """An operator may want first come, first served."""
    page.goto(f"{door.origin}/{door.night.name}")
    page.locator(".figures .ahead").wait_for()
    expect(page.locator(".check")).to_be_hidden()


def test_a_paused_door_says_so_instead_of_a_huge_number(page: Page, door: FakeDoor) -> None:
    """Nobody can say how long a pause lasts, so nobody does."""
    door.state, door.reason, door.rate_per_s = "paused", "paused", 0
    arrive(page, door)

    expect(page.get_by_role("heading", name="The door is paused")).to_be_visible()
    expect(page.locator(".eta")).to_have_text("The line is standing still")


@pytest.mark.parametrize("reason", ["", "filling", "braking", "no_health", "capped"])
def test_where_nobody_goes_in_no_reason_says_that_people_do(page: Page, door: FakeDoor, reason: str) -> None:
    """Under a cap of 0 the pace and the reason stood side by side and denied each other."""
    door.reason, door.rate_per_s = reason, 0
    arrive(page, door)

    expect(page.locator(".figures")).to_contain_text("Nobody is going in at this moment")
    expect(page.locator(".reason")).not_to_have_text(re.compile("People are going in|more slowly|carefully|We let in"))
    expect(page.locator(".reason")).not_to_be_empty()
    door.rate_per_s = 1.0
    expect(page.locator(".figures")).to_contain_text("60 people a minute are going in")
    told = {"": "as fast as", "filling": "We let in", "braking": "more slowly", "no_health": "carefully"}
    expect(page.locator(".reason")).to_contain_text(told.get(reason, "have set how many"))


def test_before_the_doors_the_page_keeps_its_appointment(page: Page, door: FakeDoor) -> None:
    """Nothing is asked in between: two million pages that poll for half an hour learn nothing from it."""
    door.state, door.appointment_s = "draw", (1.5, 1.6)
    door.draw = {"commitment": "c0", "count": 1200, "counts": {"main": 1200}}
    door.doors_at = time.time_ns() // 1000 + 3_600_000_000
    page.goto(f"{door.origin}/{door.night.name}")
    door.heard("GET", "/status")
    first = time.monotonic()
    # Where the match is played, wherever the browser is.
    opens = instant(AtUs(door.doors_at)).astimezone(ZoneInfo(door.night.time_zone)).strftime("%H:%M")
    expect(page.locator(".eta")).to_have_text(f"The doors open at {opens}")
    door.heard("GET", "/status", 2)
    # A poll would have come after 0.2 to 0.3 s.
    assert time.monotonic() - first >= 1.4


@pytest.mark.parametrize(("status", "why"), [(429, "full"), (202, "everyone")])
def test_who_is_called_and_held_back_is_told_that_they_are_next(
    page: Page, door: FakeDoor, status: int, why: str
) -> None:
    """Not back in line, and no time that nobody knows; whatever status the operator chose."""
    door.refusal = problem(status, "not_yet", why=why, eta_s=None, ask_again_s=0.3)
    page.route(
        "**/tickets", lambda route: route.fulfill(json={"ticket": "t1", "lane": "main", "place": 4, "number": 4})
    )
    page.goto(f"{door.origin}/{door.night.name}")

    expect(page.get_by_role("heading", name="It is your turn")).to_be_visible()
    expect(page.locator(".eta")).to_have_text("You are next")
    expect(page.locator(".reason")).to_contain_text({"full": "Every seat is taken", "everyone": "hold everybody"}[why])
    assert violations(page) == []
    door.refusal = None
    door.serving = 400
    page.locator("#login").wait_for()


def test_a_line_that_drains_says_so_and_takes_a_place_by_itself_afterwards(page: Page, door: FakeDoor) -> None:
    """It is not full: nobody new gets a place, which is another thing to say."""
    door.refusal = problem(503, "draining")
    page.goto(f"{door.origin}/{door.night.name}")

    expect(page.get_by_role("heading", name="No new places are given for now")).to_be_visible()
    assert violations(page) == []
    door.refusal = None
    page.get_by_text("Your place: 400").wait_for()


def test_a_house_without_doors_is_not_called_full(page: Page, door: FakeDoor) -> None:
    """What nginx says in their place is said as it is, and the attempt that met nobody is told later."""
    door.refusal = problem(503, "doors_away")
    page.goto(f"{door.origin}/{door.night.name}")
    expect(page.get_by_role("heading", name="We cannot reach the door at this moment")).to_be_visible()
    door.refusal = None
    page.get_by_text("Your place: 400").wait_for()
    told = [attempt["what"] for body in door.said("POST", "/tickets") for attempt in body["attempts"]]
    assert set(told) == {"unreachable"}


def test_the_service_speaks_in_the_language_of_the_page(page: Page, door: FakeDoor) -> None:
    """A notice is written in both languages; each person reads one."""
    door.notice = {"fr": "Nous travaillons à la panne.", "en": "We are working on the fault."}
    arrive(page, door)
    expect(page.get_by_text("We are working on the fault.")).to_be_visible()

    page.get_by_role("button", name="Français").click()

    expect(page.get_by_text("Nous travaillons à la panne.")).to_be_visible()
    expect(page.locator(".ahead", has_text="299 personnes devant vous")).to_be_visible()
    assert page.evaluate("() => document.documentElement.lang") == "fr"


def test_a_door_out_of_reach_leaves_the_last_truth_and_is_told_later(page: Page, door: FakeDoor) -> None:
    """Nothing vanishes with the network, and the attempt that met nobody is counted in the end."""
    arrive(page, door)
    door.is_down = True
    expect(page.get_by_role("heading", name="We cannot reach the door at this moment")).to_be_visible()
    expect(page.locator(".ahead", has_text="299 people ahead of you")).to_be_visible()

    door.is_down = False

    expect(page.get_by_role("heading", name="We cannot reach the door at this moment")).to_be_hidden()
    # The line is looked at first, the attempt told afterwards.
    told = [attempt["what"] for body in door.heard("POST", "/tickets", 2) for attempt in body["attempts"]]
    assert told
    assert set(told) == {"unreachable"}


def test_a_place_outlives_the_page(page: Page, door: FakeDoor) -> None:
    """Closed by accident, reloaded out of impatience: the same place, and no second question for it."""
    arrive(page, door)
    page.reload()

    page.get_by_text("Your place: 400").wait_for()
    assert len(door.said("POST", "/tickets")) == 1


def test_a_question_that_a_reload_broke_off_accuses_nobody(page: Page, door: FakeDoor) -> None:
    """The page went away, not the door: no attempt that failed is told afterwards."""
    arrive(page, door)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/status", hold, times=1)
    with page.expect_request("**/status"):
        pass
    page.reload()

    asked = len(door.said("GET", "/status"))
    page.get_by_text("Your place: 400").wait_for()
    door.heard("GET", "/status", asked + 1)
    assert len(held) == 1
    assert len(door.said("POST", "/tickets")) == 1


def test_who_was_called_while_away_had_left_and_says_so(page: Page, door: FakeDoor) -> None:
    """Who gave up is seen too; who only closed the page for a moment is not counted as such."""
    arrive(page, door)
    page.goto("about:blank")
    door.serving = 400

    page.goto(f"{door.origin}/{door.night.name}")

    page.locator("#login").wait_for()
    attempts = [attempt["what"] for body in door.said("POST", "/tickets") for attempt in body["attempts"]]
    assert attempts == ["gave_up"]


def test_an_answer_that_breaks_off_is_no_answer(page: Page, door: FakeDoor) -> None:
    """A connection cut in mid-sentence never becomes a place that is not one."""
    broken = {"left": 1}

    def cut(route: Route) -> None:
        broken["left"] -= 1
        if broken["left"] < 0:
            route.continue_()
        else:
            route.fulfill(status=201, content_type="application/json", body='{"ticket": "t1", "la')

    page.route("**/tickets", cut)
    arrive(page, door)

    expect(page.locator(".ahead")).to_have_text("299 people ahead of you")


def test_the_end_of_the_night_is_said(page: Page, door: FakeDoor) -> None:
    """Who comes after it is told so, not left in a line."""
    closed = json.dumps({"code": "closed"})
    page.route("**/tickets", lambda route: route.fulfill(status=403, content_type="application/json", body=closed))
    page.goto(f"{door.origin}/{door.night.name}")

    expect(page.get_by_role("heading", name="The doors are closed")).to_be_visible()


def test_the_page_is_the_same_bytes_for_everybody_and_light(browser: Browser, door: FakeDoor) -> None:
    """Then one cache answers for all, and a phone on a crowded cell has it at once."""
    sizes: dict[str, int] = {}
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    # As the door says: the browser's own count may come out below nothing, and nothing is light then.
    page.on("response", lambda told: sizes.__setitem__(told.url, int(told.headers["content-length"])))
    page.goto(f"{door.origin}/{door.night.name}")
    page.locator(".ahead", has_text="299 personnes devant vous").wait_for()
    context.close()

    loaded = {url: size for url, size in sizes.items() if "/v1/" not in url}
    assert len(loaded) > 10
    assert min(loaded.values()) > 0
    assert not [url for url in loaded if "hls" in url or "player" in url]
    assert sum(loaded.values()) < FIRST_LOAD_BYTES_MAX, loaded


def test_axe_finds_nothing_while_waiting(browser: Browser, door: FakeDoor) -> None:
    """In both languages and both themes, with a notice and a door out of reach on the page too."""
    door.notice = {"fr": "Un mot.", "en": "A word."}
    for locale in ("en-GB", "fr-FR"):
        for is_dark in (False, True):
            context = browser.new_context(locale=locale, color_scheme="dark" if is_dark else "light")
            page = context.new_page()
            page.goto(f"{door.origin}/{door.night.name}")
            page.locator(".figures .ahead").wait_for()
            door.is_down = True
            page.locator(".note.warn").wait_for()
            assert violations(page) == [], f"{locale} {is_dark}"
            door.is_down = False
            context.close()


def test_axe_finds_nothing_on_the_page_without_javascript(browser: Browser, door: FakeDoor) -> None:
    """Each step of the plain way, in both languages and both themes."""
    for locale, is_dark in (("en-GB", False), ("fr-FR", True)):
        door.serving, door.signed_in = 100, False
        context = browser.new_context(locale=locale, color_scheme="dark" if is_dark else "light")
        page = context.new_page()
        page.goto(f"{door.origin}/{door.night.name}/wait")
        assert violations(page) == []
        page.locator("button.main").click()
        # Still, so that it does not look again in the middle of the check.
        page.goto(f"{door.origin}/{door.night.name}/wait?still=1")
        page.locator(".eta").wait_for()
        page.wait_for_load_state()
        assert violations(page) == []
        door.serving = 400
        page.reload()
        page.locator("form[action$='/enter'] button").click()
        # The click does not wait for the page that it leads to; the form of that page does.
        page.locator("#password").wait_for()
        page.wait_for_load_state()
        assert violations(page) == []
        sign_in = {"login": "s0000001@example.invalid", "password": "x"}
        for name, value in sign_in.items():
            page.locator(f"#{name}").fill(value)
        page.locator("button.main").click()
        page.locator("button.main").first.click()
        page.locator("video").wait_for()
        assert violations(page) == []
        context.close()


def test_a_language_from_right_to_left_needs_nothing_of_its_own(page: Page, door: FakeDoor) -> None:
    """Directions are logical: mirrored, the gate stands on the left and nothing sticks out."""
    arrive(page, door)
    page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    gate, you = page.locator(".gate").bounding_box(), page.locator(".you").bounding_box()
    assert gate
    assert you
    assert gate["x"] < you["x"]
    door.serving, door.signed_in = 400, True
    first, last = page.get_by_role("button", name="Canal+", exact=True).evaluate(LETTERS)
    assert first < last, "a name keeps its own direction: not +Canal"
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_who_wants_no_motion_sees_none(page: Page, door: FakeDoor) -> None:
    """The line moves in steps; nothing glides, nothing blinks."""
    page.emulate_media(reduced_motion="reduce")
    arrive(page, door)
    moving = """() => [...document.querySelectorAll("*")].filter((one) => {
        const { transitionDuration, animationName } = getComputedStyle(one);
        return animationName !== "none" || transitionDuration.split(", ").some((each) => parseFloat(each) > 0);
    }).length"""
    assert page.evaluate(moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving) > 0, "or nothing was looked at"


def test_the_wait_can_be_done_by_keyboard_alone(page: Page, door: FakeDoor) -> None:
    """A remote control and a keyboard reach everything: the language, then the sign-in, then the picture."""
    arrive(page, door)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "English"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Votre place : 400")).to_be_visible()

    door.serving = 400
    expect(page.locator("#login")).to_be_focused()
    page.keyboard.type("s0000001@example.invalid")
    page.keyboard.press("Tab")
    page.keyboard.type(str(keyed_hash64(b"", b"any")))
    page.keyboard.press("Enter")

    page.wait_for_function("() => document.querySelector('video')?.currentTime > 0.2")
