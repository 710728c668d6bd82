"""How is one page of the way without JavaScript put together? Words, buttons that post, cookies, calls to the door."""

from collections.abc import Callable
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

from kickoff.door.answer_codes import WAITING_STATUSES
from kickoff.door.pages_reply import HTML, cookies_of, fields_of, language_of, retry_after_s, set_cookie
from kickoff.door.pages_told import Told, told_in
from kickoff.door.pages_words import NightWords
from kickoff.door.seam import Forward, Reply, Request
from kickoff.night import Night
from kickoff.web.templates import render
from kickoff.web.words import Words, all_words

Api = Callable[[Request], Reply | Forward]
Headers = tuple[tuple[str, str], ...]

_PROBLEMS = frozenset({401, 403, 404, 409, 429, 503})
_OWN_WORDS = {
    ("closed", ""): ("line.closed.title", "line.state.closed"),
    ("not_open", ""): ("held.early_title", "held.early"),
    ("draining", ""): ("held.drain_title", "held.drain"),
    ("full_house", ""): ("next.title", "next.full"),
    ("not_yet", "full"): ("next.title", "next.full"),
    ("not_yet", "everyone"): ("next.title", "next.everyone"),
}
"""Code of a problem and its `why` → title and text, where more can be said than a status says."""
TV_CODE = "kickoff_tv"
"""The cookie of a television's code, kept while its owner signs in."""
_HANDED_ON = ("cookie", "user-agent", "x-forwarded-for", "x-forwarded-proto", "host", "x-kickoff-device")
"""Request headers that an inner call carries too."""


class Ask(Struct, frozen=True, kw_only=True):
    """One request, with what was read from it once."""

    request: Request
    api: Api
    cookies: dict[str, str]
    language: str
    still: bool
    """The person asked the page not to look again by itself."""

    @property
    def said(self) -> Words:
        """The words of the person's language."""
        return all_words()[self.language]


class Choice(Struct, frozen=True, kw_only=True):
    """One of several channels that a form asks about."""

    value: str
    label: str
    is_chosen: bool


class Button(Struct, frozen=True, kw_only=True):
    """One thing that can be done: a form that posts."""

    action: str
    label: str
    kind: str = "main"
    fields: dict[str, str] = {}
    choices: tuple[Choice, ...] = ()


def read(request: Request, api: Api) -> Ask:
    """Read once what every step needs."""
    return Ask(
        request=request,
        api=api,
        cookies=cookies_of(request),
        language=language_of(request),
        still="still" in parse_qs(request.query),
    )


class Sheets:
    """The pages of one night. `headers`: those that every page has."""

    def __init__(self, night: Night, *, headers: Headers) -> None:
        self.root = f"/{night.name}/wait"
        self._status = f"/v1/{night.name}/status"
        self.words = NightWords(night)
        self._headers = (*headers, ("Cache-Control", "no-store"))

    def told(self, ask: Ask) -> Told:
        """What everybody is told by now."""
        status = call(ask, "GET", self._status)
        return told_in(status.body) if isinstance(status, Reply) and status.status == 200 else Told()

    def step(
        self,
        ask: Ask,
        heading: str,
        *,
        why: str,
        status: int = 200,
        lines: tuple[str, ...] = (),
        buttons: tuple[Button, ...] = (),
        headers: Headers = (),
        **more: object,
    ) -> Reply:
        """One sentence and what can be done. `heading` is the key of a text; `why` is said already."""
        said = {
            "heading": heading,
            "why": why,
            "problem": status >= 400,
            "lines": lines,
            "buttons": buttons,
            "streams": (),
            "link": None,
            "ways": self.words.ways(ask.language) if status == 403 else (),
            **more,
        }
        return self.page(ask, "wait_step.html", said, status=status, headers=headers)

    def problem(self, ask: Ask, reply: Reply, *, headers: Headers = ()) -> Reply:
        """A refusal of the door as a page that leads on; where waiting helps it looks again by itself."""
        status = reply.status if reply.status in {*_PROBLEMS, *WAITING_STATUSES} else 503
        wait_s = retry_after_s(reply, ask.request.at_us)
        key = f"problem.{status if status in _PROBLEMS else 429}"
        told: Headers = ()
        if status in {429, *WAITING_STATUSES}:
            again = () if ask.still else (("Refresh", f"{wait_s}; url={self.root}"),)
            told = (("Retry-After", str(wait_s)), *again)
        back = {"href": self.root, "label": ask.said("problem.back")}
        title, why = f"{key}.title", ask.said(f"{key}.why", n=wait_s)
        found = fields_of(reply)
        if own := _OWN_WORDS.get((str(found.get("code")), str(found.get("why", "")))):
            title, why = own[0], ask.said(own[1], n=wait_s)
        return self.step(ask, title, why=why, status=status, headers=(*headers, *told), link=back)

    def page(
        self,
        ask: Ask,
        template: str,
        said: dict[str, object],
        *,
        status: int = 200,
        refresh_s: int | None = None,
        headers: Headers = (),
    ) -> Reply:
        """A template filled in. `refresh_s`: it looks again by itself after so many seconds.

        The operator's notice stands on it, looked up where `said` does not hold it.
        """
        notice = said["notice"] if "notice" in said else self.told(ask).notice.get(ask.language, "")
        when = self.words.when(ask.language, ask.request.at_us)
        values = {**said, "notice": notice, "night": self.words.facts, "when": when, "refresh_s": refresh_s}
        body = render(template, language=ask.language, **values)
        # The header, not its copy in the markup: the way to stop it stands on the page.
        again = (("Refresh", f"{refresh_s}; url={self.root}"),) if refresh_s else ()
        return Reply(status=status, body=body, content_type=HTML, headers=(*self._headers, *again, *headers))

    def cookie(self, ask: Ask, name: str, value: str) -> tuple[str, str]:
        """A header that keeps a value for these pages; an empty value drops it."""
        return set_cookie(ask.request, name, value, path=self.root)


def call(ask: Ask, method: str, path: str, body: object = None) -> Reply | Forward:
    """An inner call to the door: the same person's, at the same instant."""
    headers = {name: ask.request.headers[name] for name in _HANDED_ON if name in ask.request.headers}
    inner = Request(
        method=method,
        path=path,
        headers={**headers, "content-type": "application/json"},
        body=b"" if body is None else msgspec.json.encode(body),
        peer=ask.request.peer,
        is_proxied=ask.request.is_proxied,
        at_us=ask.request.at_us,
    )
    return ask.api(inner)


def post(ask: Ask, path: str, body: object) -> Reply:
    """As `call`, for what the door answers itself."""
    answer = call(ask, "POST", path, body)
    assert isinstance(answer, Reply), f"{path} is answered by the door itself"
    return answer
