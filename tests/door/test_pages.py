import gzip
import re
import urllib.parse
from base64 import urlsafe_b64encode
from http.cookies import SimpleCookie

import msgspec
import pytest

from kickoff.door.pages import Pages
from kickoff.door.pages_picture import PictureCookie, picture_of, read_picture, renewed_url, renews_s
from kickoff.door.seam import Forward, Reply, Request, SignInAnswer, SignInOutcome
from kickoff.night import Night, parse_night
from kickoff.web.words import all_words
from tests.door.rig import Rig
from tests.web.browser import ROOT
from tests.web.fake_door import FakeDoor, answer

AT_US = 1_662_490_800_000_000
NIGHT = "psg-juventus"


class Person:
    """A browser without JavaScript: keeps its cookies, follows redirects."""

    def __init__(self, door: FakeDoor, language: str = "en") -> None:
        self.door = door
        self.pages = Pages(door.night, live_base="https://live.example")
        self.headers = {"accept-language": language, "accept": "text/html", "host": "tv.example"}
        self.cookies: dict[str, str] = {}
        self.reply = Reply(status=0)

    def look(self, path: str = f"/{NIGHT}/wait") -> str:
        """GET, to the end of its redirects; the page's text."""
        return self._go("GET", path)

    def press(self, action: str, **fields: str) -> str:
        """Send a form of the page."""
        return self._go("POST", f"/{NIGHT}/wait/{action}", urllib.parse.urlencode(fields).encode())

    def header(self, name: str) -> str | None:
        """A header of the last page."""
        return dict(self.reply.headers).get(name)

    def _go(self, method: str, path: str, body: bytes = b"") -> str:
        path, _, query = path.partition("?")
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {**self.headers, **({"cookie": cookie} if cookie else {})}
        request = Request(method=method, path=path, query=query, headers=headers, body=body, at_us=AT_US)
        found = self.pages.answer(request, self.door.api)
        assert found is not None
        if isinstance(found, Forward):
            found = found.finish(SignInAnswer(outcome=SignInOutcome.OK, duration_ms=1), AT_US)
        self.reply = found
        self._keep(found)
        if found.status == 303:
            return self._go("GET", dict(found.headers)["Location"])
        return found.body.decode()

    def _keep(self, reply: Reply) -> None:
        for name, value in reply.headers:
            if name == "Set-Cookie":
                for key, morsel in SimpleCookie(value).items():
                    self.cookies.pop(key, None)
                    if morsel["max-age"] != "0":
                        self.cookies[key] = morsel.value


@pytest.fixture
def night() -> Night:
    """The example night, begun long ago, so that its words do not change while the test runs."""
    text = (ROOT / "examples" / f"{NIGHT}.toml").read_text("utf-8")
    return parse_night(f'starts_at = "2022-09-06T19:00:00Z"\n{text}', source="night.toml")


@pytest.fixture
def door(night: Night) -> FakeDoor:
    """The scripted API."""
    return FakeDoor(night)


@pytest.fixture
def person(door: FakeDoor) -> Person:
    """Somebody who reads English."""
    return Person(door)


def get(pages: Pages, path: str, **headers: str) -> Reply | None:
    """One GET, as a server hands it in."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def nobody(request: Request) -> Reply:
        raise AssertionError(f"{request.path} is asked for in vain")

    found = pages.answer(Request(method="GET", path=path, headers=named, at_us=AT_US), nobody)
    assert not isinstance(found, Forward)
    return found


def test_the_page_may_be_cached_like_the_status_object(night: Night) -> None:
    """A door that does not answer leaves a page that is a day old and still true."""
    page = get(Pages(night), f"/{NIGHT}")
    assert page
    told = dict(page.headers)
    assert told["Cache-Control"] == "public, max-age=1, stale-while-revalidate=5, stale-if-error=86400"
    assert not [name for name, _ in page.headers if name == "Set-Cookie"]
    again = get(Pages(night), f"/{NIGHT}", if_none_match=told["ETag"])
    assert again
    assert (again.status, again.body) == (304, b"")


def test_everybody_gets_the_same_bytes(night: Night) -> None:
    """Whoever they are, whatever they speak: only then may one cache answer for all."""
    pages = Pages(night)
    plain = get(pages, f"/{NIGHT}")
    other = get(pages, f"/{NIGHT}", accept_language="fr", cookie="kickoff_session=x; kickoff_lang=fr")
    zipped = get(pages, f"/{NIGHT}", accept_encoding="br, gzip")
    assert plain
    assert other
    assert zipped
    assert plain.body == other.body == gzip.decompress(zipped.body)
    assert "lang=fr" in plain.body.decode()
    assert f"url=/{NIGHT}/wait" in plain.body.decode()


def test_no_page_lets_a_script_or_a_style_in_from_elsewhere(night: Night) -> None:
    """The policy names the page's own origin and that of the live picture, and excuses nothing."""
    page = get(Pages(night, live_base="https://live.example:8443/x"), f"/{NIGHT}")
    assert page
    policy = dict(page.headers)["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self' https://live.example:8443;" in policy
    assert "frame-ancestors 'none'" in policy


def test_what_the_night_file_says_cannot_end_the_script_element(night: Night) -> None:
    """A title is text, wherever it stands."""
    named = msgspec.structs.replace(night, title="</script><img src=x>")
    page = get(Pages(named), f"/{NIGHT}")
    assert page
    assert b"<img" not in page.body


def test_an_asset_is_cached_for_ever_and_an_old_name_is_not_found(night: Night) -> None:
    """The name holds the hash; a name that is gone answers a person in words."""
    pages = Pages(night)
    page = get(pages, f"/{NIGHT}")
    assert page
    paths = set(re.findall(r"/assets/[\w.-]+", page.body.decode()))
    assert len(paths) > 10
    for path in paths:
        asset = get(pages, path)
        assert asset
        assert asset.status == 200
        assert dict(asset.headers)["Cache-Control"] == "public, max-age=31536000, immutable"
    gone = get(pages, "/assets/app.000000000000.js")
    assert gone
    assert gone.status == 404


def test_programs_are_left_to_the_api_and_people_are_answered_in_words(night: Night) -> None:
    """An unknown address: the door's own JSON for programs, a page with a way on for people, in their language."""
    pages = Pages(night)
    assert get(pages, "/v1/other/status", accept="text/html") is None
    assert get(pages, "/healthz") is None
    assert get(pages, "/nothing", accept="application/json") is None
    found = get(pages, "/nothing", accept="text/html", accept_language="fr")
    assert found
    assert found.status == 404
    assert "Il n’y a rien ici" in found.body.decode()
    assert f'href="/{NIGHT}/wait"' in found.body.decode()


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 503])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_problem_has_a_page_that_leads_on(night: Night, status: int, language: str) -> None:
    """Where waiting helps, it says how long, and the header says the same."""
    request = Request(method="GET", path="/x", headers={"accept-language": language}, at_us=AT_US)
    page = Pages(night).problem(request, status)
    words = all_words()[language]
    assert page.status == status
    assert words(f"problem.{status}.title") in page.body.decode()
    assert words("problem.back") in page.body.decode()
    assert ("Retry-After" in dict(page.headers)) == (status in {429, 503})


def test_who_must_wait_without_a_time_told_does_not_come_back_with_everybody_else(night: Night) -> None:
    """Pages that all look again after the same five seconds come as one: header, Refresh and words say the same."""
    pages, waits = Pages(night), set()
    for instant in range(200):
        page = pages.problem(Request(method="GET", path="/x", at_us=AT_US + instant), 503)
        told = dict(page.headers)
        assert told["Refresh"] == f"{told['Retry-After']}; url=/{NIGHT}/wait"
        waits.add(int(told["Retry-After"]))
    assert waits == {4, 5, 6, 7}


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


def test_a_form_of_another_site_does_nothing(person: Person, door: FakeDoor) -> None:
    """Cookies travel with a top-level POST in old browsers: the origin is looked at."""
    for guilty in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"origin": "http://["}):
        person.headers = {"host": "tv.example", **guilty}
        person.press("join")
        assert person.reply.status == 403
    assert door.calls == []
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


def token(expires_s: float) -> str:
    """Something shaped like a JWT."""
    payload = urlsafe_b64encode(msgspec.json.encode({"exp": expires_s})).rstrip(b"=").decode()
    return f"head.{payload}.mac"


def test_the_picture_asks_for_a_fresh_token_before_the_old_one_is_over() -> None:
    """At three fifths of its life; where the token does not say, each minute."""
    url = f"https://live.example/live/north/{token(AT_US / 1e6 + 600)}/main/master.m3u8"
    assert renews_s(url, AT_US) == 360
    assert renews_s(url, AT_US + 599_000_000) == 10
    assert renews_s("https://live.example/live/north/opaque/main/master.m3u8", AT_US) == 60
    assert renewed_url("/live/north/old/main/master.m3u8", "new") == "/live/north/new/main/master.m3u8"
    assert renewed_url("/live/north/old/main/master.m3u8", None) == "/live/north/old/main/master.m3u8"


def test_the_pictures_cookie_reads_what_it_wrote() -> None:
    """And nothing else."""
    kept = PictureCookie(channel="main", url="https://live.example/live/a/b/main/master.m3u8")
    assert read_picture(kept.written()) == kept
    assert read_picture("") is None
    assert read_picture("main|javascript:alert(1)") is None
    lease = {"channel": "main", "cdn": "south", "channels": {"main": {"urls": {"north": "/n", "south": "/s"}}}}
    assert picture_of(lease).url == "/s"
    assert picture_of({}).url == ""
