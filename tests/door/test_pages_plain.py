"""Waiting, coming in and watching without JavaScript."""

import urllib.parse
from collections.abc import Callable
from html import unescape

import msgspec
import pytest

from kickoff.door.seam import Forward, Reply, Request, SignInOutcome
from kickoff.night import Night
from kickoff.web.words import all_words
from tests.door.person import AT_US, NIGHT, Person, long_ago
from tests.door.rig import Rig
from tests.web.fake_door import FakeDoor, answer, problem


@pytest.fixture
def night() -> Night:
    """A night of which nothing changes by the clock."""
    return long_ago()


@pytest.fixture
def door(night: Night) -> FakeDoor:
    """The scripted API."""
    return FakeDoor(night)


@pytest.fixture
def person(door: FakeDoor) -> Person:
    """Somebody who reads English."""
    return Person(door)


def test_one_waits_by_looking_again(person: Person, door: FakeDoor) -> None:
    """A place from the cookie, the time in words, the clock of the night's place, and a Refresh drawn from `poll_s`."""
    assert "Take a place in line" in person.look()
    page = person.press("join")
    assert "299 people ahead of you" in page
    assert "Between 4 and 8 minutes" in page
    assert "about 21:05" in page
    assert "over the air on channel 4" in page
    assert person.header("Refresh") == f"1; url=/{NIGHT}/wait"
    assert person.header("Cache-Control") == "no-store"

    door.serving = 390
    assert "9 people ahead of you" in person.look()
    assert len(door.said("POST", "/tickets")) == 1


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("reason", ["", "filling", "braking", "no_health"])
def test_where_nobody_goes_in_no_reason_says_that_people_do(door: FakeDoor, reason: str, language: str) -> None:
    """Under a cap of 0 the pace and the reason stood side by side and denied each other."""
    door.reason, door.rate_per_s = reason, 0
    person, words = Person(door, language), all_words()[language]
    page = unescape(person.press("join"))
    assert words("line.standing") in page
    assert words(f"standing.{reason or 'other'}") in page
    assert words(f"reason.{reason or 'other'}") not in page
    door.rate_per_s = 1.0
    assert words(f"reason.{reason or 'other'}") in unescape(person.look())


def test_nobody_waits_behind_numbers_that_nobody_has(person: Person, door: FakeDoor) -> None:
    """After a failover the line leaves 65,536 of them: an hour of waiting for nobody."""
    door.place, door.skips = 400 + 65_536, [(1, 20), (301, 300 + 65_536)]
    page = person.press("join")
    assert "299 people ahead of you" in page
    assert "Between 4 and 8 minutes" in page


def test_who_reads_slowly_may_stop_the_page_from_looking_again(person: Person) -> None:
    """WCAG 2.2.1: time limits can be turned off."""
    person.press("join")
    page = person.look(f"/{NIGHT}/wait?still=1")
    assert person.header("Refresh") is None
    assert "Look again now" in page


def test_the_language_is_wished_for_chosen_and_kept(door: FakeDoor) -> None:
    """By the browser first, by the person from then on."""
    person = Person(door, "fr-FR,fr;q=0.9")
    person.press("join")
    assert "299 personnes devant vous" in person.look()
    assert "299 people ahead of you" in person.look(f"/{NIGHT}/wait?lang=en")
    assert "299 people ahead of you" in person.look()


def called(person: Person, door: FakeDoor) -> str:
    """Take a place that is called already, and go in."""
    door.serving = 400
    assert "It is your turn" in person.press("join")
    return person.press("enter")


def test_one_goes_in_signs_in_and_watches(person: Person, door: FakeDoor) -> None:
    """Every step is a form; the picture has a plain link beside it."""
    assert "sign in" in called(person, door)
    page = person.press("sign-in", login="s1@example.invalid", password="x")
    assert "Watch Canal+ Foot" in page
    page = person.press("watch", channel="canal-plus")
    assert "/live/north/token-1/canal-plus/master.m3u8" in page
    assert "<video controls" in page
    assert person.header("Refresh") == f"60; url=/{NIGHT}/wait/watch"
    # Nothing runs that could measure, so no minute is claimed.
    assert [(beat["sta"], beat["watched_ms"]) for beat in door.said("POST", "/beats")] == [("s", 0)]

    door.token = "token-2"
    assert "/live/north/token-2/canal-plus/master.m3u8" in person.look(f"/{NIGHT}/wait/watch")
    assert "You have left" in person.press("leave")
    assert door.said("DELETE", "/leases/l1")[0]["code"] == "quit"
    person.press("watch", channel="canal-plus")
    assert door.said("POST", "/leases")[-1]["resume"] == "l1"


@pytest.mark.parametrize(
    ("outcome", "status", "words"),
    [
        (SignInOutcome.WRONG_PASSWORD, 401, "do not belong together"),
        (SignInOutcome.OVERLOADED, 429, "send it once more in 1 s"),
    ],
)
def test_a_sign_in_that_fails_says_why_and_keeps_what_was_typed(
    person: Person, door: FakeDoor, outcome: SignInOutcome, status: int, words: str
) -> None:
    """The turn stays; only the password is typed again."""
    called(person, door)
    door.sign_ins = [outcome]
    page = person.press("sign-in", login='a"b@example.invalid', password="wrong")
    assert person.reply.status == status
    assert words in page
    assert "a&#34;b@example.invalid" in page
    assert "wrong" not in page.replace('class="reason wrong"', "")
    assert "Watch Canal+" in person.press("sign-in", login="a@example.invalid", password="right")


def test_rights_and_screens_are_told_with_the_way_on(person: Person, door: FakeDoor) -> None:
    """What the offer holds, and which screen may end."""
    door.signed_in, door.held = True, ("canal-plus-foot",)
    called(person, door)
    page = person.press("watch", channel="canal-plus")
    assert person.reply.status == 403
    assert "Your offer does not include Canal+" in page
    assert "Watch Canal+ Foot" in page

    door.streams = [{"lease_id_short": "7", "device": "tv", "channel": "canal-plus-foot", "since": AT_US}]
    page = person.press("watch", channel="canal-plus-foot")
    assert person.reply.status == 409
    assert "Television" in page
    assert "Canal+ Foot, since 21:00" in page
    assert "<video" in person.press("watch", channel="canal-plus-foot", end="7")
    assert door.said("POST", "/leases")[-1]["end"] == "7"


def test_who_may_not_watch_a_channel_does_not_wait_for_it_without_javascript() -> None:
    """A real door: the channel of the link is chosen, refused at once with what is held, and that is waited for."""
    rig = Rig(pages=True)
    headers = {"cookie": f"kickoff_session={rig.session(7, offer='essential')}", "accept-language": "en"}
    body = urllib.parse.urlencode({"channel": "canal-plus-foot"}).encode()
    refused = rig.raw("POST", f"/{NIGHT}/wait/join", body, headers)
    assert isinstance(refused, Reply)
    page = refused.body.decode()
    assert (refused.status, rig.facts("joined")) == (403, [])
    assert "Your offer does not include Canal+ Foot" in page
    assert "It does include: Canal+<" in page
    assert "Wait for Canal+<" in page
    assert "over the air on channel 4" not in page, "that is another channel's"
    held = rig.raw("POST", f"/{NIGHT}/wait/join", b"channel=canal-plus", headers)
    assert isinstance(held, Reply)
    assert held.status == 303
    assert [fact["channel"] for fact in rig.facts("joined")] == ["canal-plus"]
    none = {"cookie": f"kickoff_session={rig.session(8, offer='last-season')}", "accept-language": "en"}
    refused = rig.raw("POST", f"/{NIGHT}/wait/join", b"channel=canal-plus", none)
    assert isinstance(refused, Reply)
    assert "It holds none of tonight" in refused.body.decode()
    assert "over the air on channel 4" in refused.body.decode()


def test_the_channel_is_chosen_before_the_wait_and_kept(person: Person, door: FakeDoor) -> None:
    """By the link, else the first; what is no channel of the night is passed over; what was waited for stands first."""
    linked = {"": "canal-plus", "?channel=canal-plus-foot": "canal-plus-foot", "?channel=x": "canal-plus"}
    for query, chosen in linked.items():
        assert f'value="{chosen}" checked' in person.look(f"/{NIGHT}/wait{query}")
    person.press("join", channel="x")
    assert door.said("POST", "/tickets")[-1]["channel"] == "canal-plus"
    person.cookies.clear()
    door.serving, door.signed_in = 400, True
    person.press("join", channel="canal-plus-foot")
    assert door.said("POST", "/tickets")[-1]["channel"] == "canal-plus-foot"
    page = person.press("enter")
    assert page.index("Watch Canal+ Foot") < page.index("Watch Canal+<")


def test_a_night_of_one_channel_asks_for_no_choice(night: Night) -> None:
    """And waits for that one."""
    [name, *_] = night.channels
    door = FakeDoor(msgspec.structs.replace(night, channels={name: night.channels[name]}))
    person = Person(door)
    assert "radio" not in person.look()
    person.press("join")
    assert door.said("POST", "/tickets")[-1]["channel"] == name


def test_the_operators_words_stand_on_every_step(person: Person, door: FakeDoor) -> None:
    """Whoever has no place yet, is called, signs in, is refused or has left reads them too; and for a television."""
    door.notice = {"fr": "Panne.", "en": "We are working on the fault."}
    door.serving = 400
    ways: list[Callable[[], str]] = [
        person.look,
        lambda: person.press("join"),
        lambda: person.press("enter"),
        lambda: person.press("sign-in", login="s1@example.invalid"),
        lambda: person.press("sign-in", login="s1@example.invalid", password="x"),
        lambda: person.press("watch", channel="canal-plus"),
        lambda: person.press("leave"),
        lambda: person.look(f"/{NIGHT}/tv?code=BCDF-GHJK"),
    ]
    for way in ways:
        assert way().count("We are working on the fault.") == 1
    person.cookies.clear()
    door.refusal = problem(503, "full")
    assert "We are working on the fault." in person.press("join")


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("queueing", "everyone", "hold everybody in line"),
        ("queueing", "capped", "have set how many go in at a time"),
        ("paused", "paused", "have paused the door"),
        ("draw", "", "The doors open at 22:00"),
        ("closed", "", "The night is over"),
    ],
)
def test_how_it_stands_is_said_before_one_takes_a_place(
    person: Person, door: FakeDoor, state: str, reason: str, words: str
) -> None:
    """Whoever cannot see the line decides by it."""
    door.state, door.reason, door.doors_at = state, reason, AT_US + 3_600_000_000
    assert words in person.look()


@pytest.mark.parametrize(("draw", "by_lot"), [({}, False), ({"commitment": "c0" * 32, "count": 9}, True)])
def test_only_a_line_that_is_drawn_says_so(
    person: Person, door: FakeDoor, draw: dict[str, object], *, by_lot: bool
) -> None:
    """Many doors that share a line draw nobody: places stay as they came."""
    door.state, door.draw, door.doors_at = "draw", draw, AT_US + 3_600_000_000
    page = person.press("join")
    assert ("by lot" in page) is by_lot
    assert ("nobody who comes later is before you" in page) is not by_lot


def test_who_is_called_while_everybody_is_held_is_told_so(person: Person, door: FakeDoor) -> None:
    """Before they press in vain."""
    door.serving = 400
    assert "hold everybody" not in person.press("join")
    door.reason = "everyone"
    assert "hold everybody" in person.look()


def test_a_form_of_another_site_does_nothing(person: Person, door: FakeDoor) -> None:
    """Cookies travel with a top-level POST in old browsers: the origin is looked at."""
    for guilty in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"origin": "http://["}):
        person.headers = {"host": "tv.example", **guilty}
        person.press("join")
        assert person.reply.status == 403
    assert [call for call in door.calls if call[0] != "GET"] == []
    person.headers = {"host": "tv.example", "origin": "https://tv.example"}
    person.press("join")
    assert person.reply.status == 200


def test_a_promise_of_the_door_stays_one_on_the_page(person: Person, door: FakeDoor) -> None:
    """A ticket leaves only once it is written down, in whatever words."""
    plain = door.api

    def promising(request: Request) -> Reply | Forward:
        found = plain(request)
        return msgspec.structs.replace(found, needs_log=True) if isinstance(found, Reply) else found

    request = Request(method="POST", path=f"/{NIGHT}/wait/join", at_us=AT_US)
    found = person.pages.answer(request, promising)
    assert isinstance(found, Reply)
    assert found.needs_log


def test_a_refusal_of_the_door_becomes_a_page(person: Person) -> None:
    """A full line: when to ask again, for the person and for the browser."""

    def full(request: Request) -> Reply:
        del request
        return answer(503, {"code": "full"}, ("Retry-After", "17"))

    request = Request(method="POST", path=f"/{NIGHT}/wait/join", headers={"accept-language": "fr"}, at_us=AT_US)
    found = person.pages.answer(request, full)
    assert isinstance(found, Reply)
    assert found.status == 503
    assert dict(found.headers)["Retry-After"] == "17"
    assert dict(found.headers)["Refresh"] == f"17; url=/{NIGHT}/wait"
    assert "dans 17 s" in found.body.decode()


def test_after_the_night_the_doors_are_said_to_be_closed(person: Person) -> None:
    """Not that the offer lacks something."""
    request = Request(method="POST", path=f"/{NIGHT}/wait/join", at_us=AT_US)
    found = person.pages.answer(request, lambda _: answer(403, {"code": "closed"}))
    assert isinstance(found, Reply)
    assert "The doors are closed" in found.body.decode()


@pytest.mark.parametrize("path", ["/wait/nothing", "/wait/join", "/waiting", "/wait/watch"])
def test_an_odd_address_leads_somewhere(person: Person, path: str) -> None:
    """A bookmark of a step, a slip of the keyboard."""
    assert person.look(f"/{NIGHT}{path}")
    assert person.reply.status in {200, 404}


def test_rubbish_in_cookies_and_forms_is_passed_over(person: Person) -> None:
    """What a device brings is believed only where the door has sealed it."""
    person.cookies = {"kickoff_wait_ticket": "x", "kickoff_wait_place": "main.x.-1"}
    person.look()
    assert person.reply.status == 503
    person.cookies = {"kickoff_wait_lease": "x", "kickoff_wait_picture": "javascript:alert(1)|x"}
    assert "You are in" in person.look()
    person.cookies = {}
    assert person.press("sign-in", **{str(number): "x" for number in range(100)})
