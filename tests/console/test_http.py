from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2 as httpx
import pytest
from markupsafe import escape
from msgspec.structs import replace
from starlette.applications import Starlette

from kickoff.clock import ManualClock
from kickoff.console.accounts import ensure_operator
from kickoff.console.answers import Answerer
from kickoff.console.attempts import TRIES
from kickoff.console.http import application
from kickoff.console.publishing import words_of
from kickoff.console.room import Room
from kickoff.console.service import console_of
from kickoff.console.sessions import COOKIE
from kickoff.console.watch import Watch
from kickoff.night import Notices
from tests.console.room import AT_S, NIGHT, FakeDoor, answers, furnished, page_of, saying
from tests.evenings import second

ADDRESS = "http://127.0.0.1:8082"
PEOPLE = replace(NIGHT, notices=Notices(approval="people"))
OWN = {"sec-fetch-site": "same-origin"}


@asynccontextmanager
async def resting(_: Starlette) -> AsyncIterator[None]:
    """A lifespan in which nothing watches: the tests look themselves."""
    yield


class Console:
    """The console in front of a fake door, and a browser without JavaScript."""

    def __init__(self, room: Room, door: FakeDoor, clock: ManualClock, answerer: Answerer, password: str) -> None:
        self.room = room
        self.answerer = answerer
        self.door = door
        self.clock = clock
        self.password = password
        transport = httpx.ASGITransport(application(room, resting))
        self.browser = httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers={"accept-language": "en"})

    async def sign_in(self, password: str | None = None, **headers: str) -> httpx.Response:
        """Fill in the form and send it."""
        form = {"name": "operator", "password": self.password if password is None else password}
        return await self.browser.post("/sign-in", data=form, headers={**OWN, **headers})

    async def csrf(self) -> str:
        """The word that the room's forms carry."""
        page = (await self.browser.get("/")).text
        return page.split('name="csrf" value="')[1].split('"')[0]

    async def act(self, act: str, value: str = "", *, csrf: str | None = None, **headers: str) -> httpx.Response:
        """Press a button of the door."""
        form = {"act": act, "value": value, "csrf": await self.csrf() if csrf is None else csrf}
        return await self.browser.post("/door", data=form, headers={**OWN, **headers})


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    """Nobody is signed in yet."""
    _, password = ensure_operator(tmp_path)
    clock = ManualClock(second(AT_S))
    with FakeDoor().serving() as door:
        answerer = saying(tmp_path, answers())
        room = furnished(tmp_path, door.address, clock=clock, answerer=answerer)
        console = Console(room, door, clock, answerer, password)
        yield console
        await console.browser.aclose()
        await answerer.close()
        await room.clerk.close()
        await room.door.close()
        room.close()


async def test_nobody_sees_anything_without_signing_in(console: Console) -> None:
    """People are sent to the way in, scripts are told no."""
    assert (await console.browser.get("/")).headers["location"] == "/sign-in"
    for path in ("/live", "/curves"):
        assert (await console.browser.get(path, headers={"accept": "text/event-stream"})).status_code == 401
    assert (await console.act("pause", csrf="x")).status_code == 401
    assert console.door.acts == []


async def test_the_right_password_opens_the_room(console: Console) -> None:
    """The cookie is out of reach of scripts and of other sites."""
    answer = await console.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in (COOKIE, "HttpOnly", "SameSite=strict"))
    assert (await console.browser.get("/")).status_code == 200
    assert (await console.browser.get("/sign-in")).headers["location"] == "/"


async def test_a_wrong_password_is_said_and_then_slowed_down(console: Console) -> None:
    """The right one does not help while the tries are used up, and does once time has passed."""
    for _ in range(TRIES):
        answer = await console.sign_in("guess")
        assert answer.status_code == 401
        assert "Name or password is wrong" in answer.text
    answer = await console.sign_in()
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
    console.clock.advance(31)
    assert (await console.sign_in()).status_code == 303


async def test_a_session_ends(console: Console) -> None:
    """By time, and by signing out."""
    await console.sign_in()
    csrf = await console.csrf()
    assert (await console.browser.post("/sign-out", data={"csrf": "x"}, headers=OWN)).status_code == 403
    assert (await console.browser.post("/sign-out", data={"csrf": csrf}, headers=OWN)).status_code == 303
    assert (await console.browser.get("/")).status_code == 303
    await console.sign_in()
    console.clock.advance(3601)
    assert (await console.browser.get("/")).status_code == 303


async def test_the_console_starts_its_clerk_with_itself(console: Console) -> None:
    """The first who opens the gestures waits for the count alone."""
    application = console_of(console.room)
    async with application.router.lifespan_context(application):
        assert console.room.clerk._process is not None


async def test_a_refusal_without_javascript_is_a_page_with_a_way_back(console: Console) -> None:
    """Not bare text."""
    await console.sign_in()
    form = {"act": "cap", "value": "1_0", "csrf": await console.csrf()}
    answer = await console.browser.post("/door", data=form, headers=OWN)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert '<a href="/">Back to the night</a>' in answer.text
    said = (await console.browser.get("/?said=done_pause")).text
    assert 'content="5; url=/"' in said


async def test_the_room_reads_without_javascript(console: Console) -> None:
    """Figures, terms, health, incident and curves stand in the page itself, escaped."""
    await console.sign_in()
    await console.room.watch.look()
    await console.room.watch.ask()
    page = (await console.browser.get("/")).text
    for words in (
        "5,312",
        "a line stands",
        "&lt;b&gt;allows&lt;/b&gt;",
        "45.2/s",
        "delivery network south",
        "between 852 and 902",
    ):
        assert words in page
    assert page.count("<polyline") == 2
    assert '<noscript><meta http-equiv="refresh" content="5; url=/"></noscript>' in page
    still = (await console.browser.get("/?still=1")).text
    assert 'http-equiv="refresh"' not in still
    assert "renews" not in still.split("<main", 1)[0]


async def test_the_room_speaks_the_language_that_was_asked_for(console: Console) -> None:
    """And keeps it."""
    await console.sign_in()
    assert 'lang="fr"' in (await console.browser.get("/?lang=fr")).text
    assert 'lang="fr"' in (await console.browser.get("/")).text
    assert 'lang="en"' in (await console.browser.get("/?lang=xx")).text.replace('lang="fr"', 'lang="en"')


async def test_loading_and_silence_are_designed(console: Console) -> None:
    """Before the first word, and after the last."""
    await console.sign_in()
    page = (await console.browser.get("/")).text
    assert "Waiting for the door&#39;s first word" in page
    assert "Reading the journal" in page
    await console.room.watch.look()
    console.door.silent = True
    await console.room.watch.look()
    page = (await console.browser.get("/")).text
    assert "The door is silent since 21:01:40" in page
    assert "5,312" in page


@pytest.mark.parametrize(
    ("act", "value", "sent", "said"),
    [
        ("pause", "", {"act": "pause", "value": None}, "Nobody is called"),
        ("resume", "", {"act": "resume", "value": None}, "Resumed"),
        ("cap", "12,5", {"act": "cap", "value": 12.5}, "The cap is set"),
        ("no_cap", "", {"act": "cap", "value": None}, "The cap is lifted"),
        ("pin", "40", {"act": "pin", "value": 40.0}, "The heartbeat is pinned"),
        ("drain", "", {"act": "drain", "value": True}, "The line drains"),
    ],
)
async def test_an_act_reaches_the_door_signed_by_who_did_it(
    console: Console, act: str, value: str, sent: dict[str, object], said: str
) -> None:
    """And comes back in words, by a plain form or by a script."""
    await console.sign_in()
    answer = await console.act(act, value)
    assert answer.status_code == 303
    assert said in (await console.browser.get(answer.headers["location"])).text
    assert said in (await console.act(act, value, accept="application/json")).json()["said"]
    assert console.door.acts == [{**sent, "by": "operator"}] * 2


async def test_shares_of_the_lanes_reach_the_door_and_the_trail_says_which(console: Console) -> None:
    """The door's journal has no names: who guaranteed what stands in the trail alone."""
    await console.sign_in()
    form = {"act": "lanes", "main": "50", "known": "20", "csrf": await console.csrf()}
    assert (await console.browser.post("/door", data=form, headers=OWN)).status_code == 303
    assert console.door.acts == [{"act": "lanes", "value": {"main": 0.5, "known": 0.2}, "by": "operator"}]
    step = console.room.trail.newest()[0]
    assert (step.by, step.act, step.about, step.came) == ("operator", "lanes", "main 50, known 20", "done")


async def test_nothing_is_done_that_the_operator_did_not_send(console: Console) -> None:
    """Another site's form, a form of another session, no cap at all."""
    await console.sign_in()
    assert (await console.act("pause", csrf="guess")).status_code == 403
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        assert (await console.act("pause", **headers)).status_code == 403
        assert (await console.sign_in(**headers)).status_code == 403
    csrf = await console.csrf()
    for origin in ("http://elsewhere.example", "http://["):
        form = {"act": "pause", "csrf": csrf}
        answer = await console.browser.post("/door", data=form, headers={"origin": origin})
        assert answer.status_code == 403
    assert (await console.act("cap", "many")).status_code == 400
    assert (await console.browser.post("/door", content=b"x" * 9000, headers=OWN)).status_code == 403
    assert console.door.acts == []


async def test_a_door_that_refuses_or_is_silent_is_said(console: Console) -> None:
    """Nothing is shown as done that was not done."""
    await console.sign_in()
    console.door.refusal = "not now"
    answer = await console.act("pause", accept="application/json")
    assert (answer.status_code, answer.json()["said"]) == (409, "The door refused: not now")
    console.door.silent = True
    answer = await console.act("pause", accept="application/json")
    assert (answer.status_code, "nothing was changed" in answer.json()["said"]) == (503, True)


async def speak(console: Console, act: str, mark: str, *, csrf: str | None = None, **headers: str) -> httpx.Response:
    """Press a button of the notice."""
    form = {"act": act, "mark": mark, "csrf": await console.csrf() if csrf is None else csrf}
    return await console.browser.post("/notice", data=form, headers={**OWN, **headers})


async def test_a_notice_is_read_published_and_taken_back(console: Console) -> None:
    """Where people decide: the draft in both languages, what stands and since when, by whom."""
    watch = console.room.watch = Watch(
        console.room.door,
        console.answerer,
        console.clock,
        night=PEOPLE,
        page=page_of(console.room.folder.root, PEOPLE),
    )
    console.room.night = PEOPLE
    await console.sign_in()
    await watch.ask()
    await watch.speak()
    page = (await console.browser.get("/")).text
    assert "nothing is published before a person says so" in page
    mark = page.split('name="mark" value="')[1].split('"')[0]
    said = answers().said
    assert said is not None
    for code in ("fr", "en"):
        for words in (said.texts[code].waiting_page, said.texts[code].player, said.texts[code].post):
            assert str(escape(words)) in page
    answer = await speak(console, "publish", mark)
    page = (await console.browser.get(answer.headers["location"])).text
    assert "Since 21:01:40, published by operator." in page
    assert "Published." in page
    assert 'name="mark"' not in page
    assert console.door.told["notice"] == words_of(said)
    assert (await speak(console, "publish", mark)).status_code == 409
    assert "Taken back" in (await speak(console, "take_back", "", accept="application/json")).json()["said"]
    assert console.door.told == {"notice": {}, "incident": ""}


async def test_no_notice_goes_out_that_the_operator_did_not_send(console: Console) -> None:
    """Not signed in, another site's form, no such act, a door that is silent."""
    assert (await speak(console, "take_back", "", csrf="x")).status_code == 401
    await console.sign_in()
    assert (await speak(console, "take_back", "", csrf="guess")).status_code == 403
    assert (await speak(console, "take_back", "", **{"sec-fetch-site": "cross-site"})).status_code == 403
    assert (await speak(console, "shout", "")).status_code == 409
    console.door.silent = True
    assert (await speak(console, "take_back", "")).status_code == 503
    assert console.door.acts == []


async def test_reports_are_shown_by_kind(console: Console) -> None:
    """In the words of the form that viewers filled in."""
    await console.sign_in()
    await console.room.watch.ask()
    assert "A black screen" in (await console.browser.get("/")).text


async def test_the_curves_are_one_document(console: Console) -> None:
    """What the plots fetch when the journal has something new."""
    await console.sign_in()
    await console.room.watch.ask()
    series = (await console.browser.get("/curves")).json()
    assert len(series["line"]) == 100
    assert series["audience"][99] == 5148


async def test_assets_are_kept_for_ever_and_pages_never(console: Console) -> None:
    """A page that names a new file gets a new file."""
    page = await console.browser.get("/sign-in")
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    sheet = page.text.split('stylesheet" href="')[2].split('"')[0]
    answer = await console.browser.get(sheet)
    assert (answer.headers["content-type"], "immutable" in answer.headers["cache-control"]) == (
        "text/css; charset=utf-8",
        True,
    )
    assert (await console.browser.get("/assets/no.css")).status_code == 404
    assert (await console.browser.get("/healthz")).text == "ok\n"
