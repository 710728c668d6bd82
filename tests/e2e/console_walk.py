"""The morning's story, told at night: an incident arises, is read, spoken of, paid for, explained and reported.

One real night with a door, a back end and a console, and a small crowd of our own whose pictures fail on one delivery
network. `Walk` goes through it as people do; `seen` is called with each screen, so that a test can look at it and the
documentation can photograph it.
"""

import base64
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2 as httpx
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from kickoff.console.accounts import People, ensure_operator, new_factor
from kickoff.console.roles import EVERY, Role
from kickoff.console.second_factor import code_at, step_of
from kickoff.units import US_PER_S
from tests.e2e.night_rig import TOML, Rig

PEOPLE = 40
FAILING_S = 4.0
POLICY = """
[gestures]
approval = "people"
budget_cents = 1_000_000

[gestures.offers.essential]
cents_per_minute = 40
floor_cents = 200
cap_cents = 1000

[gestures.offers.sport]
cents_per_minute = 60
floor_cents = 300
cap_cents = 1500
"""
NIGHT = (
    (TOML + POLICY)
    .replace('service = "Canal+"', 'service = "Canal+"\napproval = "people"')
    .replace("subscribers = 60", "subscribers = 200")
)
Seen = Callable[[Page, str], None]


class SmallCrowd:
    """People whose pictures fail on the network `south` for some seconds, and come when it is mended."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._url = f"{rig.door}/v1/{rig.night.name}"
        self._leases: dict[int, tuple[httpx.Client, str, str]] = {}
        self.hit: list[int] = []
        self._played: set[int] = set()
        self._reported = False
        self.mended = threading.Event()
        """Everybody has their picture."""
        self._over = threading.Event()
        self._pause = threading.Event()
        self._thread = threading.Thread(target=self._live)

    def start(self) -> None:
        """Come, and meet what there is to be met."""
        self._thread.start()

    def end(self) -> None:
        """Go home."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _live(self) -> None:
        tickets = [self._join(account) for account in range(100, 100 + PEOPLE)]
        for account, client, ticket in tickets:
            self._come_in(account, client, ticket)
            self._press_play(well=False)
        begun = self._rig.now()
        while self._rig.now() - begun < FAILING_S * US_PER_S:
            self._press_play(well=False)
            self._pause.wait(0.3)
        self._press_play(well=True)
        self.mended.set()
        while not self._over.wait(1.0):
            for client, lease, cdn in self._leases.values():
                client.post(f"{self._url}/leases/{lease}/beats", json={"sta": "p", "watched_ms": 1000, "cdn": cdn})
        for client, _, _ in self._leases.values():
            client.close()

    def _join(self, account: int) -> tuple[int, httpx.Client, str]:
        client = httpx.Client(headers={"authorization": f"Bearer {self._rig.session(account)}"}, timeout=10)
        answer = client.post(f"{self._url}/tickets", json={"client": _who(account), "channel": "main"})
        return account, client, str(answer.json()["ticket"])

    def _come_in(self, account: int, client: httpx.Client, ticket: str) -> None:
        while (answer := client.post(f"{self._url}/passes", json={"ticket": ticket})).status_code != 201:
            self._pause.wait(0.05)
        lease = {"pass": answer.json()["pass"], "channel": "main", "client": _who(account)}
        told: dict[str, Any] = client.post(f"{self._url}/leases", json=lease).json()
        self._leases[account] = (client, told["lease"], told["cdn"])
        if told["cdn"] == "south":
            self.hit.append(account)

    def _press_play(self, *, well: bool) -> None:
        for account, (client, lease, cdn) in self._leases.items():
            failed = cdn == "south" and not well
            if account in self._played:
                continue
            if not failed:
                self._played.add(account)
            beat = {"sta": "f", "ec": "manifest"} if failed else {"sta": "p", "watched_ms": 500, "msd": 400}
            client.post(f"{self._url}/leases/{lease}/beats", json={**beat, "cdn": cdn})
            if failed and not self._reported:
                self._reported = True
                client.post(f"{self._url}/reports", json={"what": "black_screen"})


class Walk:
    """Everybody who has a part in it, in the order in which they act."""

    def __init__(self, rig: Rig, browser: Browser, seen: Seen, *, language: str = "en") -> None:
        self.rig = rig
        self._browser = browser
        self._seen = seen
        self._language = language
        self._contexts: list[BrowserContext] = []
        self.crowd = SmallCrowd(rig)
        self.errors: list[str] = []
        self._factors: dict[str, bytes] = {}

    def close(self) -> None:
        """Close every browser."""
        self.crowd.end()
        for context in self._contexts:
            context.close()

    def whole_story(self) -> Path:
        """Everything, one after the other; the report as it was taken away."""
        operator = self.the_operator_signs_in()
        self.an_incident_arises(operator)
        self.a_notice_is_published(operator)
        self.the_operator_takes_up_a_second_factor(operator)
        self.two_people_approve(operator)
        self.care_explains()
        self.the_subscriber_reads_it()
        return self.the_report_is_taken_away(operator)

    def page(self, *, width: int = 1440, height: int = 900) -> Page:
        """Somebody's browser."""
        context = self._browser.new_context(
            viewport=ViewportSize(width=width, height=height), locale=f"{self._language}-GB"
        )
        context.set_default_timeout(60_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def the_operator_signs_in(self) -> Page:
        """With the password that was printed; the room is there, live."""
        name, password = ensure_operator(self.rig.folder.root)
        page = self.page()
        page.goto(f"{self.rig.console}/")
        self._seen(page, "1-sign-in")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator(".pill.live")).to_be_visible()
        return page

    def an_incident_arises(self, page: Page) -> None:
        """Seen in the running night, with where, why and how many."""
        self.crowd.start()
        # The journal is read at a low priority: on a busy machine an answer takes its time.
        expect(page.locator("#found .incidents")).to_contain_text("Streams do not start", timeout=90_000)
        expect(page.locator("#found")).to_contain_text("accounts")
        expect(page.locator("#found .shares")).to_be_visible()
        expect(page.locator("#reports")).to_contain_text("A black screen")
        self._seen(page, "2-incident")

    def a_notice_is_published(self, page: Page) -> None:
        """It stands where people wait, and on the public page."""
        notice = page.locator(".card.notice")
        expect(notice.locator(".draft")).to_be_visible()
        self._seen(page, "3-draft")
        notice.get_by_role("button", name="Publish").click()
        expect(notice).to_contain_text("published by operator")
        self.rig.operate("cap", 0)
        waiting = self.page(width=390, height=844)
        waiting.goto(self.rig.page)
        expect(waiting.locator(".note.word p")).to_contain_text("no picture")
        self._seen(waiting, "4-waiting-page")
        self.rig.operate("cap", None)
        public = self.page(width=1000)
        public.goto((self.rig.folder.root / "status" / "index.html").as_uri())
        expect(public.locator("body")).to_contain_text("no picture")
        self._seen(public, "5-status-page")

    def the_operator_takes_up_a_second_factor(self, page: Page) -> None:
        """Money moves with one only."""
        page.goto(f"{self.rig.console}/account")
        secret = page.locator("code.secret").text_content() or ""
        self._factors["operator"] = _raw(secret)
        self._seen(page, "6-second-factor")
        page.get_by_label("Six digits").fill(self._code("operator"))
        page.get_by_role("button", name="Take it up").click()
        expect(page.locator(".pill.live")).to_be_visible()

    def two_people_approve(self, operator: Page) -> None:
        """The list is read, approved by one and by another, posted."""
        self.crowd.mended.wait(60)
        operator.goto(f"{self.rig.console}/gestures")
        expect(operator.get_by_role("heading", name="Decision")).to_be_visible()
        self._approve(operator, "It lacks one more approval")
        second = self.somebody("approver", frozenset({Role.SEE, Role.APPROVE}), factor=True)
        second.goto(f"{self.rig.console}/gestures")
        self._seen(second, "7-gestures")
        self._approve(second, "Approved by different people")
        second.get_by_role("button", name="Post to the ledger").click()
        expect(second.get_by_text("Posted. The ledger says exactly what this list says.")).to_be_visible()
        self._seen(second, "8-posted")

    def care_explains(self) -> None:
        """One subscriber's night, fact by fact, and what they are owed."""
        page = self.somebody("care", frozenset({Role.CARE}))
        expect(page).to_have_url(f"{self.rig.console}/care")
        page.get_by_label("Account number or login").fill(str(self.crowd.hit[0]))
        page.get_by_role("button", name="Find").click()
        expect(page.locator(".moments .bad").first).to_contain_text("No picture")
        expect(page.locator(".sum")).to_contain_text("credit on the next bill")
        self._seen(page, "9-care")

    def the_subscriber_reads_it(self) -> None:
        """On their own telephone, with the session that the door gave them."""
        page = self.page(width=390, height=844)
        session = self.rig.session(self.crowd.hit[0])
        page.context.add_cookies([{"name": "kickoff_session", "value": session, "url": self.rig.door}])
        page.goto(f"{self.rig.console}/my-evening")
        expect(page.locator(".given")).to_contain_text("€")
        expect(page.locator(".given")).to_contain_text("It is yours")
        self._seen(page, "10-my-evening")

    def the_report_is_taken_away(self, page: Page) -> Path:
        """As PDF, from the trail; and the taking away stands there."""
        command = [sys.executable, "-m", "kickoff", "report", str(self.rig.folder.root), "--no-rehearse", "--json"]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        page.goto(f"{self.rig.console}/trail")
        with page.expect_download() as download:
            page.get_by_role("link", name="As PDF").click()
        page.reload()
        expect(page.locator("tbody")).to_contain_text("Took the report away")
        expect(page.locator("tbody")).to_contain_text("Looked a subscriber up")
        self._seen(page, "11-trail")
        return Path(download.value.path())

    def somebody(self, name: str, roles: frozenset[Role] = EVERY, *, factor: bool = False) -> Page:
        """An account of these roles, signed in."""
        people = People(self.rig.folder.root)
        password = people.add(name, roles)
        if factor:
            self._factors[name] = new_factor()
            people.set_factor(name, self._factors[name])
        people.close()
        page = self.page()
        page.goto(f"{self.rig.console}/sign-in")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(password)
        if factor:
            page.get_by_label("Six digits").fill(self._code(name))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    def _approve(self, page: Page, then: str) -> None:
        page.get_by_role("button", name="Approve this list").click()
        expect(page.get_by_text("Your yes is recorded")).to_be_visible()
        expect(page.locator("main")).to_contain_text(then)

    def _code(self, name: str) -> str:
        return code_at(self._factors[name], step_of(self.rig.now()))


def _who(account: int) -> dict[str, str]:
    return {"device": "tv", "app": "7.2.0", "isp": f"isp-{'ab'[account % 2]}", "region": "north"}


def _raw(written: str) -> bytes:
    return base64.b32decode(written.replace(" ", ""))
