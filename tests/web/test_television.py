"""The page behind a television's code, on a phone in the real Chromium."""

import re

from playwright.sync_api import Page, expect

from kickoff.door.networks import Networks
from kickoff.door.proofs import Proofs
from kickoff.units import US_PER_S
from tests.web.fake_door import FakeDoor

CODE = "BCDF-GHJK"


def sign_in(page: Page, button: str) -> None:
    """Type and send."""
    page.get_by_label("E-mail address").fill("ana@example")
    page.get_by_label(re.compile("^Password")).fill("secret")
    page.get_by_role("button", name=button, exact=True).click()


def test_a_phone_works_for_the_television_while_somebody_types(page: Page, door: FakeDoor) -> None:
    """Nobody is told of it, and the proof is there before the sign-in is."""
    proofs, network = Proofs(b"k" * 32, cost=8), Networks(b"key", places_per_s=9).of("203.0.113.1", 0)
    door.challenge = proofs.challenge(7, network, US_PER_S, since_us=US_PER_S)
    page.goto(f"{door.origin}/{door.night.name}/tv?code={CODE}")
    sign_in(page, "Sign in")

    page.wait_for_url(f"**/tv?code={CODE}")
    (sent,) = door.heard("POST", "/sessions")
    assert sent["user_code"] == CODE
    asked, shown = door.said("POST", "/devices/proof")
    assert asked == {"user_code": CODE}
    assert proofs.shown(shown["proof"], 7, network, 2 * US_PER_S)
    paths = [path.rpartition("/")[2] for _, path, _ in door.calls]
    assert paths.index("sessions") > len(paths) - 1 - paths[::-1].index("proof")


def test_where_no_work_is_owed_none_is_done(page: Page, door: FakeDoor) -> None:
    """One question, and the form is as quick as it was."""
    page.goto(f"{door.origin}/{door.night.name}/tv?code={CODE}")
    sign_in(page, "Sign in")

    assert len(door.heard("POST", "/sessions")) == 1
    assert door.said("POST", "/devices/proof") == [{"user_code": CODE}]


def test_who_came_from_a_televisions_code_goes_back_to_it(page: Page, door: FakeDoor) -> None:
    """By the line, where the television's own turn has not come: after the sign-in the code is one press away."""
    door.serving = door.place
    page.goto(f"{door.origin}/{door.night.name}?tv={CODE}")
    sign_in(page, "Sign in and watch")

    page.wait_for_url(f"**/{door.night.name}/tv?code={CODE}")
    expect(page.get_by_label("Code on the television")).to_have_value(CODE)
    assert door.said("POST", "/leases") == [], "the picture is the television's"
