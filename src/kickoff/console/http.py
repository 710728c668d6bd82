"""Which paths does the console have? The room, the way in, the acts, and what keeps the screen alive.

All but the way in and the assets ask for a session; all that changes something ask for the word of our own forms, and
refuse what another site sent.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from urllib.parse import urlsplit

import msgspec
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import StatelessLifespan

from kickoff.console import pages
from kickoff.console.acts import Act, ActMalformed, read_act
from kickoff.console.desk import DraftGone
from kickoff.console.door_link import ActRefused, DoorSilent
from kickoff.console.live import events
from kickoff.console.room import Room
from kickoff.console.sessions import COOKIE, OperatorSession, is_own_form
from kickoff.console.view import screen_of
from kickoff.web.assets import load_assets
from kickoff.web.words import choose

BODY_BYTES_MAX = 4096
LISTENERS_MAX = 100
"""Screens that are kept live at once; further ones renew themselves."""
SAYS = {"door": "door", "notice": "publish"}
"""Where it is said what came of an act → the words for it."""
LANGUAGE_COOKIE = "kickoff_language"
_HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
_FRESH = {**_HEADERS, "cache-control": "no-store"}
_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
_ENCODE = msgspec.json.encode


def application(room: Room, lifespan: StatelessLifespan[Starlette]) -> Starlette:
    """The console over its parts."""
    paths = _Paths(room)
    return Starlette(
        routes=[
            Route("/", paths.signed_in(paths.room)),
            Route("/live", paths.signed_in(paths.live)),
            Route("/curves", paths.signed_in(paths.curves)),
            Route("/door", paths.signed_in(paths.act), methods=["POST"]),
            Route("/notice", paths.signed_in(paths.notice), methods=["POST"]),
            Route("/sign-out", paths.signed_in(paths.sign_out), methods=["POST"]),
            Route("/sign-in", paths.way_in, methods=["GET"]),
            Route("/sign-in", paths.sign_in, methods=["POST"]),
            Route("/assets/{name}", asset),
            Route("/healthz", healthy),
        ],
        lifespan=lifespan,
    )


Doing = Coroutine[None, None, str]
"""An act under way; ends with the key of what we say when it is done."""
Signed = Callable[[Request, OperatorSession], Awaitable[Response]]


class _Paths:
    """One method a path."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def signed_in(self, path: Signed) -> Callable[[Request], Awaitable[Response]]:
        """The path for who is signed in; all others are sent to the way in."""

        async def answer(request: Request) -> Response:
            session = self._session(request)
            return await path(request, session) if session else _to_sign_in(request)

        return answer

    async def room(self, request: Request, session: OperatorSession) -> Response:
        """The night on one screen."""
        room, language = self._room, language_of(request)
        t = pages.words_of(language)
        screen = screen_of(room.watch.seen, room.night, at=room.clock.now(), t=t)
        said = request.query_params.get("said", "")
        is_known = said.startswith("done_")
        words = {
            place: t(f"{table}.{said}") if is_known and t.has(f"{table}.{said}") else ""
            for place, table in SAYS.items()
        }
        page = pages.room(room.night, screen, room.series(), session, language=language, said=words)
        return _page(page, language)

    async def curves(self, _: Request, __: OperatorSession) -> Response:
        """Every second so far."""
        return Response(_ENCODE(self._room.series()), media_type="application/json", headers=_FRESH)

    async def live(self, request: Request, _: OperatorSession) -> Response:
        """What changes, as server-sent events."""
        if self._room.listeners >= LISTENERS_MAX:
            return Response(status_code=503, headers={**_FRESH, "retry-after": "60"})
        told = events(self._room, lambda: self._session(request) is not None, language=language_of(request))
        return StreamingResponse(told, media_type="text/event-stream", headers=_FRESH)

    async def act(self, request: Request, session: OperatorSession) -> Response:
        """Pause, resume or cap the door."""
        form = await _form(request)
        return await self._do(request, session, form, self._act(form, session))

    async def notice(self, request: Request, session: OperatorSession) -> Response:
        """Publish the draft that was read, or take back what stands."""
        form = await _form(request)
        return await self._do(request, session, form, self._speak(form, session))

    async def _do(self, request: Request, session: OperatorSession, form: FormData, doing: Doing) -> Response:
        """Do what one of our own forms asks, and say what came of it: as JSON to a script, else as a page."""
        t, why = pages.words_of(language_of(request)), ""
        if not _is_own(request) or not is_own_form(session, str(form.get("csrf", ""))):
            doing.close()
            status, key = 403, "door.stale"
        else:
            try:
                status, key = 200, await doing
            except ActMalformed:
                status, key = 400, "door.not_a_cap"
            except DraftGone:
                status, key = 409, "publish.gone"
            except ActRefused as error:
                status, key, why = 409, "door.refused", str(error)
            except DoorSilent:
                status, key = 503, "door.silent"
        words = t(key, why=why)
        if "application/json" in request.headers.get("accept", ""):
            return Response(_ENCODE({"said": words}), status_code=status, media_type="application/json", headers=_FRESH)
        if status == 200:
            return RedirectResponse(f"/?said={key.partition('.')[2]}", status_code=303, headers=_FRESH)
        return Response(words, status_code=status, media_type="text/plain", headers=_FRESH)

    async def _act(self, form: FormData, session: OperatorSession) -> str:
        asked: Act = read_act(str(form.get("act", "")), str(form.get("value", "")))
        await self._room.door.act(asked.act, asked.value, by=session.name)
        return f"door.{asked.done}"

    async def _speak(self, form: FormData, session: OperatorSession) -> str:
        watch, act = self._room.watch, str(form.get("act", ""))
        if act == "publish":
            await watch.desk.publish(str(form.get("mark", "")), by=session.name)
        elif act == "take_back":
            await watch.desk.take_back(by=session.name)
        else:
            raise DraftGone
        await watch.show_desk()
        return f"publish.done_{act}"

    async def way_in(self, request: Request) -> Response:
        """The form."""
        if self._session(request):
            return RedirectResponse("/", status_code=303, headers=_FRESH)
        language = language_of(request)
        return _page(pages.sign_in(self._room.night, language=language), language)

    async def sign_in(self, request: Request) -> Response:
        """Check name and password; one check at a time, so that a flood of tries costs one core no more than that."""
        room, language = self._room, language_of(request)
        t, form = pages.words_of(language), await _form(request)
        name, password = str(form.get("name", ""))[:64], str(form.get("password", ""))[:256]
        network = request.client.host if request.client else ""
        if not _is_own(request):
            return _page(pages.sign_in(room.night, language=language, wrong=t("door.stale")), language, status=403)
        wait_s = room.attempts.take(network, at_us=room.clock.now())
        if wait_s > 0:
            wrong = t("sign_in.wait", n=round(wait_s + 0.5))
            page = pages.sign_in(room.night, language=language, wrong=wrong, name=name)
            return _page(page, language, status=429, retry_after_s=round(wait_s + 0.5))
        async with room.checking:
            right = await asyncio.to_thread(room.operators.is_right, name, password)
        if not right:
            page = pages.sign_in(room.night, language=language, wrong=t("sign_in.wrong"), name=name)
            return _page(page, language, status=401)
        room.attempts.give_back(network)
        answer = RedirectResponse("/", status_code=303, headers=_FRESH)
        cookie = room.sessions.begin(name, at_us=room.clock.now())
        age_s = round(room.sessions.session_s)
        answer.set_cookie(COOKIE, cookie, max_age=age_s, httponly=True, samesite="strict", secure=_is_https(request))
        return answer

    async def sign_out(self, request: Request, session: OperatorSession) -> Response:
        """Forget the cookie."""
        form = await _form(request)
        if not _is_own(request) or not is_own_form(session, str(form.get("csrf", ""))):
            return Response(status_code=403, headers=_FRESH)
        answer = RedirectResponse("/sign-in", status_code=303, headers=_FRESH)
        answer.delete_cookie(COOKIE)
        return answer

    def _session(self, request: Request) -> OperatorSession | None:
        return self._room.sessions.read(request.cookies.get(COOKIE), at_us=self._room.clock.now())


async def asset(request: Request) -> Response:
    """A file under a name that holds its hash."""
    path = f"/assets/{request.path_params['name']}"
    for file in pages.files().values():
        if file.path == path:
            return Response(file.body, media_type=file.content_type, headers=_FOR_EVER)
    shared = load_assets().at(path)
    if shared is None:
        return Response(status_code=404, headers=_FRESH)
    return Response(shared.body, media_type=shared.content_type, headers=_FOR_EVER)


async def healthy(_: Request) -> Response:
    """The process lives."""
    return Response(b"ok\n", media_type="text/plain", headers=_FRESH)


def language_of(request: Request) -> str:
    """The language that was asked for, else the one that was chosen before, else the browser's."""
    for wanted in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wanted in pages.languages():
            return wanted
    return choose(request.headers.get("accept-language", ""))


def _page(body: bytes, language: str, *, status: int = 200, retry_after_s: int = 0) -> Response:
    retry = {"retry-after": str(retry_after_s)} if retry_after_s else {}
    headers = {**_FRESH, **retry, "content-language": language}
    answer = Response(body, status_code=status, media_type="text/html", headers=headers)
    answer.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, httponly=True, samesite="strict")
    return answer


def _to_sign_in(request: Request) -> Response:
    """People are sent to the form; a script of ours is told no."""
    if request.url.path == "/":
        return RedirectResponse("/sign-in", status_code=303, headers=_FRESH)
    return Response(status_code=401, headers=_FRESH)


def _is_own(request: Request) -> bool:
    """Whether the browser says that one of our pages sent this. A browser without these headers is let through."""
    if (site := request.headers.get("sec-fetch-site")) is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")
    except ValueError:
        # No browser writes an origin that is none.
        return False


def _is_https(request: Request) -> bool:
    return request.url.scheme == "https"


async def _form(request: Request) -> FormData:
    """The form, or an empty one where the body is larger than any of ours."""
    if int(request.headers.get("content-length", "0") or 0) > BODY_BYTES_MAX:
        return FormData()
    async with request.form(max_files=0, max_fields=10, max_part_size=BODY_BYTES_MAX) as form:
        return FormData(form)
