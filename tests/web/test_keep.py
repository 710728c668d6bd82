"""The page in the dark: what a device keeps of it, in the real Chromium."""

from playwright.sync_api import Page, Route, expect

from tests.web.browser import arrive
from tests.web.fake_door import FakeDoor


def test_with_every_server_dead_the_page_still_says_what_was_true(page: Page, door: FakeDoor) -> None:
    """Reloaded in the dark: the place, the last time, and that nobody answers; not the browser's error."""
    arrive(page, door)
    # What the browser itself still has is not asked: a television has thrown it away by tomorrow.
    page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    door.is_down = True

    page.reload()

    expect(page.get_by_role("heading", name="We cannot reach the door at this moment")).to_be_visible()
    expect(page.locator(".ahead")).to_have_text("299 people ahead of you")
    door.is_down, door.serving = False, 200
    expect(page.locator(".ahead")).to_have_text("199 people ahead of you")


def test_the_page_is_kept_whole_before_anything_answers_for_the_servers(page: Page, door: FakeDoor) -> None:
    """Else servers that die in the first second leave a page without its words: an empty screen."""
    page.add_init_script("""
        const register = navigator.serviceWorker.register;
        navigator.serviceWorker.register = async function (...asked) {
            const cache = await caches.open((await caches.keys())[0] ?? "none");
            window.keptBefore = (await cache.keys()).map((one) => new URL(one.url).pathname);
            return register.apply(this, asked);
        };""")
    arrive(page, door)
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")

    kept = page.evaluate("() => window.keptBefore")
    assert f"/{door.night.name}" in kept
    shown = page.evaluate("() => performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname)")
    assert {one for one in shown if one.startswith("/assets/")} <= set(kept)
    assert {one for one in kept if "words.en" in one}


def test_a_file_that_did_not_come_in_the_crowd_is_kept_a_little_later(page: Page, door: FakeDoor) -> None:
    """One of the twenty is lost in the rush of the first seconds: the page is kept all the same."""
    asked: list[Route] = []

    def lose(route: Route) -> None:
        """The page has its words; what is lost is the second time, when they are to be kept."""
        asked.append(route)
        if len(asked) == 2:
            route.abort()
        else:
            route.continue_()

    page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.route("**/assets/words.en*", lose)
    arrive(page, door)
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")

    assert len(asked) == 3
    assert page.evaluate("() => caches.match(location.pathname).then((found) => found.status)") == 200


def test_who_opens_the_page_by_another_link_in_the_dark_sees_it_too(page: Page, door: FakeDoor) -> None:
    """Links in messages carry words behind a question mark; the page is the same."""
    arrive(page, door)
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    door.is_down = True

    page.goto(f"{door.origin}/{door.night.name}?from=a-message")

    expect(page.get_by_role("heading", name="We cannot reach the door at this moment")).to_be_visible()
