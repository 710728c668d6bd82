import base64
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2 as httpx
import pytest

from kickoff.accounts.sessions import SESSION_PURPOSE, session_claims
from kickoff.aftermath.evenings import keep
from kickoff.clock import ManualClock
from kickoff.console.attempts import EACH_S, TRIES
from kickoff.console.cases import (
    Answer,
    CaseNow,
    DoneNow,
    FactLine,
    Letter,
    ListNow,
    Refused,
    ThenNow,
    Watched,
)
from kickoff.console.http import application
from kickoff.console.roles import EVERY, Role
from kickoff.console.room import Room
from kickoff.console.second_factor import code_at, step_of
from kickoff.door.networks import Proxies
from kickoff.findings import Case
from kickoff.gestures.explain import Line
from kickoff.gestures.ledger import Approval
from kickoff.gestures.policy import allot, scope_of
from kickoff.seals import account_subject
from kickoff.units import Cents, Subject
from tests.console.room import AT_S, NIGHT, SEALS, SUBJECT_KEY, FakeDoor, answering, answers, furnished
from tests.console.test_http import ADDRESS, OWN, resting
from tests.evenings import second

FACTOR = b"12345678901234567890"
ACCOUNT = 81
SUBJECT = Subject(account_subject(SUBJECT_KEY, ACCOUNT))
CASE = Case(subject=SUBJECT, offer="sport", lost_ms=24_000, met="start_failed", first_at=second(90))
LIST = ListNow(
    at=second(AT_S), scope=scope_of(NIGHT), digest="ab" * 32, version=1, granted=2, total_cents=Cents(900),
    asked_cents=Cents(900), budget_cents=Cents(100_000), by_offer={"sport": (2, 900)}, largest=(), left_out=3,
    is_by_rule=False, approvals=(Approval(by="ana", is_rule=False, total_cents=Cents(900), at=second(AT_S)),),
    needed=2, stands=0, stands_cents=Cents(0), is_posted=False, wrong=(),
)  # fmt: skip
NIGHT_OF_81 = CaseNow(
    at=second(AT_S), account=ACCOUNT, subject=SUBJECT, offer="sport", is_known=True,
    facts=(
        FactLine(at=second(90), fact="start_failed", code="manifest"),
        FactLine(at=second(50), fact="joined", place=3),
        FactLine(at=second(96), fact="started", duration_ms=900),
    ),
    more_facts=4, watched=(Watched(begins_at=second(95), ends_at=second(99), channel="canal-plus", is_stalled=False),),
    case=CASE,
    lines=(
        Line(key="lost", blanks={"minutes": 20.5}),
        Line(key="amount", blanks={"cents": 820, "kind": "credit"}),
    ),
    entries=(), letters={code: Letter(subject="s", body="b", spoken=(f"said in {code}",)) for code in ("fr", "en")},
)  # fmt: skip


class House:
    """A console with people in it, and a browser for each."""

    def __init__(self, room: Room, clock: ManualClock) -> None:
        self.room = room
        self.clock = clock
        self._application = application(room, resting)
        self.browsers: list[httpx.AsyncClient] = []

    def browser(self) -> httpx.AsyncClient:
        """Somebody's browser, not signed in."""
        made = httpx.AsyncClient(
            transport=httpx.ASGITransport(self._application), base_url=ADDRESS, headers={"accept-language": "en"}
        )
        self.browsers.append(made)
        return made

    async def enter(self, name: str, roles: frozenset[Role], *, factor: bool = False) -> httpx.AsyncClient:
        """An account of these roles, signed in."""
        password, browser = self.room.people.add(name, roles), self.browser()
        form = {"name": name, "password": password}
        if factor:
            self.room.people.set_factor(name, FACTOR)
            form["code"] = code_at(FACTOR, step_of(self.clock.now()))
        answer = await browser.post("/sign-in", data=form, headers=OWN)
        assert answer.status_code == 303, answer.text
        return browser

    def clerk_says(self, folder: Path, *said: Answer) -> None:
        """What the clerk answers from now on."""
        self.room.clerk = answering(folder, *said)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Nobody is there yet."""
    clock = ManualClock(second(AT_S))
    with FakeDoor().serving() as door:
        room = furnished(tmp_path, door.address, clock=clock, clerk=answering(tmp_path, LIST))
        house = House(room, clock)
        yield house
        for browser in house.browsers:
            await browser.aclose()
        await room.clerk.close()
        await room.door.close()
        room.close()


async def csrf_of(browser: httpx.AsyncClient, path: str) -> str:
    """The word that the forms of a page carry."""
    return str((await browser.get(path)).text.split('name="csrf" value="')[1].split('"')[0])


PATHS = {
    "/live": {Role.SEE},
    "/curves": {Role.SEE},
    "/replay": {Role.SEE},
    "/trail": {Role.SEE},
    "/report": {Role.SEE},
    "/report.pdf": {Role.SEE},
    "/gestures": {Role.SEE, Role.OPERATE, Role.APPROVE},
    "/care": {Role.CARE},
}


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_opens_its_own_pages_and_no_other(house: House, role: Role) -> None:
    """Care looks people up and does not pause the door; who watches the night looks nobody up."""
    browser = await house.enter("ana", frozenset({role}))
    csrf = await csrf_of(browser, "/account")
    for path, roles in PATHS.items():
        if path == "/live" and role in roles:
            continue  # an answer without end
        status = (await browser.get(path)).status_code
        assert (status != 403) == (role in roles), path
    for path in ("/door", "/notice"):
        form = {"act": "pause", "csrf": csrf}
        status = (await browser.post(path, data=form, headers=OWN)).status_code
        assert (status != 403) == (role is Role.OPERATE), path
    form = {"act": "approve", "digest": LIST.digest, "csrf": csrf}
    assert (await browser.post("/gestures", data=form, headers=OWN)).status_code in {403, 409}


async def test_a_changed_account_ends_its_sessions(house: House) -> None:
    """Roles are taken away at once, not at the end of the evening."""
    browser = await house.enter("ana", EVERY)
    assert (await browser.get("/trail")).status_code == 200
    house.room.people.add("ana", frozenset({Role.CARE}))
    assert (await browser.get("/trail")).headers["location"] == "/sign-in"


async def test_a_second_factor_is_taken_up_and_asked_for(house: House) -> None:
    """Kept once a code of it has come back; then no sign-in without one."""
    browser = await house.enter("ana", EVERY)
    page = (await browser.get("/account")).text
    secret, csrf = (page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("secret", "csrf"))
    form = {"secret": secret, "csrf": csrf, "code": "000000"}
    assert (await browser.post("/account", data=form, headers=OWN)).status_code == 400
    raw = base64.b32decode(secret)
    form["code"] = code_at(raw, step_of(house.clock.now()))
    assert (await browser.post("/account", data=form, headers=OWN)).status_code == 303
    assert "You are asked for a code" in (await browser.get("/account")).text
    csrf = await csrf_of(browser, "/account")
    form = {"secret": secret, "csrf": csrf, "code": "000000"}
    assert (await browser.post("/account", data=form, headers=OWN)).status_code == 409

    house.clock.advance(60)
    password = house.room.people.add("ana", EVERY)
    other = house.browser()
    form = {"name": "ana", "password": password}
    answer = await other.post("/sign-in", data=form, headers=OWN)
    assert (answer.status_code, "This account has a second factor" in answer.text) == (401, True)
    answer = await other.post("/sign-in", data={**form, "code": "123456"}, headers=OWN)
    assert (answer.status_code, "not the digits of now" in answer.text) == (401, True)
    code = code_at(raw, step_of(house.clock.now()))
    assert (await other.post("/sign-in", data={**form, "code": code}, headers=OWN)).status_code == 303


async def test_codes_are_not_guessed_from_many_networks(house: House) -> None:
    """Who has the password has a million codes to try: they count against the account, wherever they come from."""
    house.room.proxies = Proxies("127.0.0.1")
    password = house.room.people.add("ana", EVERY)
    house.room.people.set_factor("ana", FACTOR)
    browser, form = house.browser(), {"name": "ana", "password": password}

    async def tried(code: str, network: int) -> int:
        headers = {**OWN, "x-forwarded-for": f"198.51.{network}.7"}
        return (await browser.post("/sign-in", data={**form, "code": code}, headers=headers)).status_code

    assert [await tried("000000", number) for number in range(TRIES)] == [401] * TRIES
    assert await tried(code_at(FACTOR, step_of(house.clock.now())), 99) == 429
    house.clock.advance(round(EACH_S))
    assert await tried(code_at(FACTOR, step_of(house.clock.now())), 99) == 303


async def test_a_home_has_one_bucket_however_many_addresses_and_a_proxy_stands_for_whom_it_names(house: House) -> None:
    """A line of IPv6 has 2^64 addresses or more; and behind one proxy a guesser locks nobody else out."""
    house.room.proxies = Proxies("127.0.0.1")
    browser, form = house.browser(), {"name": "ana", "password": "no"}

    async def tried(address: str) -> int:
        headers = {**OWN, "x-forwarded-for": address}
        return (await browser.post("/sign-in", data=form, headers=headers)).status_code

    home = [await tried(f"2001:db8:1:1::{number:x}") for number in range(1, TRIES + 2)]
    assert home == [401] * TRIES + [429]
    assert await tried("2001:db8:2:1::1") == 401


async def test_two_people_approve_and_one_posts(house: House, tmp_path: Path) -> None:
    """Each with a second factor; what they did stands in the trail."""
    weak = await house.enter("cleo", EVERY)
    form = {"act": "approve", "digest": LIST.digest, "csrf": await csrf_of(weak, "/gestures")}
    answer = await weak.post("/gestures", data=form, headers=OWN)
    assert (answer.status_code, "takes a second factor" in answer.text) == (403, True)

    browser = await house.enter("ben", EVERY, factor=True)
    page = (await browser.get("/gestures")).text
    for words in ("2 subscribers, 9.00 €", "ana said yes to 9.00 €", "lacks one more approval", "Approve this list"):
        assert words in page
    form = {"act": "approve", "digest": LIST.digest, "csrf": await csrf_of(browser, "/gestures")}
    house.clerk_says(tmp_path, DoneNow(about="abababababab", approvals=2), LIST)
    answer = await browser.post("/gestures", data=form, headers=OWN)
    assert answer.headers["location"] == "/gestures?said=done_approve"
    house.clerk_says(tmp_path, Refused(code="not_approved", why="1 of 2"), LIST)
    answer = await browser.post("/gestures", data={**form, "act": "post"}, headers=OWN)
    assert (answer.status_code, "Nothing was posted: 1 of 2" in answer.text) == (409, True)
    assert (await browser.post("/gestures", data={**form, "csrf": "x"}, headers=OWN)).status_code == 403
    trail = (await browser.get("/trail")).text
    assert "Approved gestures" in trail
    assert "list abababababab" in trail
    assert "1 of 2" in trail


async def test_care_explains_one_subscriber_and_leaves_a_trace(house: House, tmp_path: Path) -> None:
    """By the number of the account, or the login that is typed."""
    house.clerk_says(tmp_path, NIGHT_OF_81)
    browser = await house.enter("care", frozenset({Role.CARE}))
    for asked in ("81", "s0000081@example.invalid"):
        page = (await browser.get("/care", params={"account": asked})).text
        for words in (
            "20.5 minutes of the match",
            "8.20 €: credit on the next bill",
            "No picture: the playlist was not to be had.",
            "Watched Canal+ for 4 s",
            "said in en",
            "4 further facts",
        ):
            assert words in page
        # Its beat tells of whole seconds, back to before the image that they showed.
        assert page.index("Saw the first picture") < page.index("Watched Canal+")
    page = (await browser.get("/care?account=81&lang=fr")).text
    assert "20,5 minutes du match" in page
    assert (await browser.get("/care?account=no")).status_code == 400
    assert [step.about for step in house.room.trail.newest() if step.act == "look_up"] == ["account 81"] * 3
    # Whatever the clerk says: nobody is shown the evening of another than the one asked for.
    answer = await browser.get("/care?account=82")
    assert (answer.status_code, "20.5 minutes" in answer.text) == (404, False)


async def test_a_subscriber_reads_their_own_evening_and_nobody_elses(house: House) -> None:
    """What happened to them, and the gesture once it stands."""
    browser, room = house.browser(), house.room
    answer = await browser.get("/my-evening")
    assert (answer.status_code, "Sign in first" in answer.text) == (401, True)

    def cookie(account: int) -> dict[str, str]:
        claims = session_claims(account, "sport", 2, at_us=house.clock.now())
        return {"cookie": f"kickoff_session={SEALS.seal(SESSION_PURPOSE, claims)}"}

    page = (await browser.get("/my-evening", headers=cookie(ACCOUNT))).text
    assert "We are still counting" in page
    assert not [words for words in ("nothing of yours", "no failed attempt", "nothing wrong") if words in page]
    keep(room.folder, scope_of(NIGHT), [CASE])
    page = (await browser.get("/my-evening", headers=cookie(ACCOUNT))).text
    assert "At 21:01:30 you pressed play and no picture came." in page
    assert "We are still deciding" in page
    allotment = allot([CASE], NIGHT)
    ledger = room.evenings._ledger
    ledger.approve(allotment, by="rule", at=second(AT_S), rule=True)
    ledger.post(allotment, at=second(AT_S))
    page = (await browser.get("/my-evening", headers=cookie(ACCOUNT))).text
    assert f"{allotment.total_cents / 100:.2f}" in page
    assert "It is yours" in page
    page = (await browser.get("/my-evening", headers=cookie(ACCOUNT + 1))).text
    assert "We saw nothing of yours fail" in page
    assert f"{allotment.total_cents / 100:.2f}" not in page


async def test_a_past_night_is_replayed_with_a_slider(house: House, tmp_path: Path) -> None:
    """At the second that the slider names; a night that cannot be read is said."""
    told = answers()
    assert told.findings is not None
    assert told.said is not None
    then = ThenNow(at=second(95), findings=told.findings, curves=told.curves, said=told.said, reports=told.reports)
    house.clerk_says(tmp_path, then)
    browser = await house.enter("ana", frozenset({Role.SEE}))
    page = (await browser.get("/replay?at=95")).text
    for words in ('value="95"', "delivery network south", "A black screen", 'label="half-time"'):
        assert words in page
    for at in ("nan", "-5", "1e9", "x"):
        assert (await browser.get(f"/replay?at={at}")).status_code == 200
    house.clerk_says(tmp_path, Refused(code="not_read", why="gone"))
    assert (await browser.get("/replay")).status_code == 503


async def test_the_report_is_taken_away(house: House) -> None:
    """As a file of the night's name; before it is there, that is said."""
    browser = await house.enter("ana", frozenset({Role.SEE}))
    assert (await browser.get("/report.pdf")).status_code == 404
    house.room.folder.report.write_text("<p>report</p>", "utf-8")
    house.room.folder.report.with_suffix(".pdf").write_bytes(b"%PDF-1.7")
    answer = await browser.get("/report.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert "psg-juventus-report.pdf" in answer.headers["content-disposition"]
    assert (await browser.get("/report")).text == "<p>report</p>"
