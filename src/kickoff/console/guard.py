"""Who asks, and may they? What all paths of the console have in common: session, role, own form, answer.

All but the way in, the assets and a subscriber's own evening ask for a session; every path asks for a role; all that
changes something asks for the word of our own forms, refuses what another site sent, and stands in the trail.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kickoff.console import pages
from kickoff.console.accounts import Person
from kickoff.console.roles import Role
from kickoff.console.room import Room
from kickoff.console.sessions import COOKIE, OperatorSession, is_own_form
from kickoff.web.words import Words, choose

BODY_BYTES_MAX = 4096
LANGUAGE_COOKIE = "kickoff_language"
HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
FRESH = {**HEADERS, "cache-control": "no-store"}


class Signed(Struct, frozen=True, kw_only=True):
    """Who is signed in."""

    person: Person
    session: OperatorSession

    @property
    def name(self) -> str:
        """Their name."""
        return self.person.name

    @property
    def csrf(self) -> str:
        """The word that their forms carry."""
        return self.session.csrf

    def may(self, *roles: str) -> bool:
        """Whether one of these roles is theirs; the templates ask by name."""
        return self.person.may(*(Role(role) for role in roles))


Path = Callable[[Request, Signed], Awaitable[Response]]


class Guard:
    """Stands before the paths of one room."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def needs(self, path: Path, *roles: Role) -> Callable[[Request], Awaitable[Response]]:
        """The path for who is signed in and has one of these roles (none named: any account)."""

        async def answer(request: Request) -> Response:
            signed = self.who(request)
            if signed is None:
                return _to_sign_in(request)
            if roles and not signed.person.may(*roles):
                return self._not_yours(request, signed, roles)
            return await path(request, signed)

        return answer

    def who(self, request: Request) -> Signed | None:
        """Who is signed in: the cookie is whole, and the account is still what it was."""
        room = self._room
        session = room.sessions.read(request.cookies.get(COOKIE), at_us=room.clock.now())
        person = room.people.person(session.name) if session else None
        if session is None or person is None or person.stamp != session.stamp:
            return None
        return Signed(person=person, session=session)

    def note(self, signed: Signed, act: str, *, about: str = "", came: str = "done") -> None:
        """Write an act into the trail."""
        self._room.trail.write(at=self._room.clock.now(), by=signed.name, act=act, about=about, came=came)

    def _not_yours(self, request: Request, signed: Signed, roles: tuple[Role, ...]) -> Response:
        """Say which role it takes, in a page with a way back."""
        language = language_of(request)
        t = pages.words_of(language)
        if wants_json(request) or request.url.path in {"/live", "/curves"}:
            return said(t("roles.missing"), status=403)
        body = pages.message(
            self._room.night, signed, language=language, title=t("roles.missing"), words=_who_may(roles, t)
        )
        return page(body, language, status=403)


def _who_may(roles: tuple[Role, ...], t: Words) -> str:
    return t("roles.needed", roles=", ".join(t(f"roles.{role}") for role in roles))


def is_ours(request: Request, signed: Signed, form: FormData) -> bool:
    """Whether one of our own pages, made for this session, sent the form."""
    return is_own(request) and is_own_form(signed.session, str(form.get("csrf", "")))


def is_own(request: Request) -> bool:
    """Whether the browser says that one of our pages sent this. A browser without these headers is let through."""
    if (site := request.headers.get("sec-fetch-site")) is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")
    except ValueError:
        # No browser writes an origin that is none.
        return False


async def form_of(request: Request) -> FormData:
    """The form, or an empty one where the body is larger than any of ours."""
    if int(request.headers.get("content-length", "0") or 0) > BODY_BYTES_MAX:
        return FormData()
    async with request.form(max_files=0, max_fields=10, max_part_size=BODY_BYTES_MAX) as form:
        return FormData(form)


def language_of(request: Request) -> str:
    """The language that was asked for, else the one that was chosen before, else the browser's."""
    for wanted in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wanted in pages.languages():
            return wanted
    return choose(request.headers.get("accept-language", ""))


def page(body: bytes, language: str, *, status: int = 200, retry_after_s: int = 0) -> Response:
    """A page that nobody keeps; the language is remembered."""
    retry = {"retry-after": str(retry_after_s)} if retry_after_s else {}
    headers = {**FRESH, **retry, "content-language": language}
    answer = Response(body, status_code=status, media_type="text/html", headers=headers)
    answer.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, httponly=True, samesite="strict")
    return answer


def said(words: str, *, status: int = 200) -> Response:
    """What came of an act, for a script."""
    body = msgspec.json.encode({"said": words})
    return Response(body, status_code=status, media_type="application/json", headers=FRESH)


def wants_json(request: Request) -> bool:
    """Whether a script asks, which shows the words itself."""
    return "application/json" in request.headers.get("accept", "")


def is_https(request: Request) -> bool:
    """Whether the cookie may ask for an encrypted way."""
    return request.url.scheme == "https"


def _to_sign_in(request: Request) -> Response:
    """People are sent to the form; a script of ours is told no."""
    if request.method == "GET" and request.url.path not in {"/live", "/curves"}:
        return RedirectResponse("/sign-in", status_code=303, headers=FRESH)
    return Response(status_code=401, headers=FRESH)
