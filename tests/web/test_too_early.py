"""Who comes to the page before places are given."""

from playwright.sync_api import Page, expect

from tests.web.browser import violations
from tests.web.fake_door import FakeDoor, problem


def test_who_comes_before_places_are_given_is_told_so_and_gets_one_later(page: Page, door: FakeDoor) -> None:
    """Not that the door is out of reach, nor that too many came; and nobody need do anything."""
    door.refusal = problem(503, "not_open")
    page.goto(f"{door.origin}/{door.night.name}")
    expect(page.get_by_role("heading", name="The doors are not open yet")).to_be_visible()
    expect(page.locator(".reason")).to_contain_text("put in order by lot")
    assert violations(page) == []
    door.refusal = None
    page.get_by_text("Your place: 400").wait_for()


def test_a_line_that_is_not_drawn_does_not_say_so(page: Page, door: FakeDoor) -> None:
    """Many doors that share a line draw nobody: places stay as they came."""
    door.state, door.draw = "draw", {}
    page.goto(f"{door.origin}/{door.night.name}")

    expect(page.locator(".figures")).to_contain_text("Your place: 400")
    expect(page.locator("main")).to_contain_text("nobody who comes later is before you")
    expect(page.locator("main")).not_to_contain_text("by lot")
