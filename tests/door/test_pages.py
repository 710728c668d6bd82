import gzip
import re
from base64 import urlsafe_b64encode

import msgspec
import pytest

from kickoff.door.pages import Pages
from kickoff.door.pages_picture import PictureCookie, picture_of, read_picture, renewed_url, renews_s
from kickoff.door.seam import Forward, Reply, Request
from kickoff.night import Night
from kickoff.web.words import all_words
from tests.door.person import AT_US, NIGHT, long_ago


@pytest.fixture
def night() -> Night:
    """A night of which nothing changes by the clock."""
    return long_ago()


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
