"""Somebody whose browser runs no script: what it keeps, follows and sends."""

import urllib.parse
from http.cookies import SimpleCookie

from kickoff.door.pages import Pages
from kickoff.door.seam import Forward, Reply, Request, SignInAnswer, SignInOutcome
from kickoff.night import Night, parse_night
from tests.web.browser import ROOT
from tests.web.fake_door import FakeDoor

AT_US = 1_662_490_800_000_000
NIGHT = "psg-juventus"


def long_ago() -> Night:
    """The example night, begun long ago, so that its words do not change while the test runs."""
    text = (ROOT / "examples" / f"{NIGHT}.toml").read_text("utf-8")
    return parse_night(f'starts_at = "2022-09-06T19:00:00Z"\n{text}', source="night.toml")


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
