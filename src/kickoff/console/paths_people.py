"""The way in and out, and one's own account: password, second factor."""

import asyncio
import base64
import binascii

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kickoff.console import pages
from kickoff.console.accounts import Person, new_factor
from kickoff.console.attempts import EACH_S
from kickoff.console.guard import FRESH, Guard, Signed, form_of, is_https, is_ours, is_own, language_of, page
from kickoff.console.room import Room
from kickoff.console.second_factor import address, step_matching, step_of, written
from kickoff.console.sessions import COOKIE
from kickoff.door.networks import FORWARDED, network_name

SERVICE = "Kickoff"


class PeoplePaths:
    """One method a path."""

    def __init__(self, room: Room, guard: Guard) -> None:
        self._room = room
        self._guard = guard

    async def way_in(self, request: Request) -> Response:
        """The form."""
        if self._guard.who(request):
            return RedirectResponse("/", status_code=303, headers=FRESH)
        language = language_of(request)
        return page(pages.sign_in(self._room.night, language=language), language)

    async def sign_in(self, request: Request) -> Response:
        """Check name, password and code; one check at a time, so that a flood of tries costs no more than one core."""
        room, language = self._room, language_of(request)
        t, form = pages.words_of(language), await form_of(request)
        name = str(form.get("name", ""))[:64]
        network = self._network_of(request)
        if not is_own(request):
            return page(pages.sign_in(room.night, language=language, wrong=t("door.stale")), language, status=403)
        wait_s = room.attempts.take(network, at_us=room.clock.now())
        if wait_s > 0:
            return self._later(name, language, wait_s)
        person, wrong = await self._check(name, form)
        if person is None or wrong:
            if wrong != "code_asked":
                room.trail.write(at=room.clock.now(), by=name or "?", act="sign_in", came=wrong)
            else:
                room.attempts.give_back(network)
            if wrong == "code_too_often":
                return self._later(name, language, EACH_S)
            body = pages.sign_in(
                room.night, language=language, wrong=t(f"sign_in.{wrong}"), name=name, asks_code=wrong != "wrong"
            )
            return page(body, language, status=401)
        room.attempts.give_back(network)
        room.trail.write(at=room.clock.now(), by=name, act="sign_in")
        return self._enter(request, person)

    async def sign_out(self, request: Request, signed: Signed) -> Response:
        """Forget the cookie."""
        if not is_ours(request, signed, await form_of(request)):
            return Response(status_code=403, headers=FRESH)
        answer = RedirectResponse("/sign-in", status_code=303, headers=FRESH)
        answer.delete_cookie(COOKIE)
        return answer

    async def account(self, request: Request, signed: Signed) -> Response:
        """One's own roles and second factor; a new secret each time, kept once a code of it has come back."""
        return self._account(request, signed, secret=new_factor())

    async def set_factor(self, request: Request, signed: Signed) -> Response:
        """Keep the second factor whose code was typed."""
        form, at = await form_of(request), self._room.clock.now()
        if not is_ours(request, signed, form):
            return Response(status_code=403, headers=FRESH)
        secret = _secret_of(form)
        if signed.person.has_factor:
            # A factor is changed by whoever adds people, never by whoever has found a screen that is signed in.
            return self._account(request, signed, secret=secret, wrong="account.has_factor", status=409)
        if step_matching(secret, str(form.get("code", "")), at=at, after=0) is None:
            return self._account(request, signed, secret=secret, wrong="account.wrong", status=400)
        self._room.people.set_factor(signed.name, secret, step=step_of(at) + 1)
        self._guard.note(signed, "second_factor")
        person = self._room.people.person(signed.name)
        return self._enter(request, person) if person else RedirectResponse("/sign-in", status_code=303, headers=FRESH)

    async def _check(self, name: str, form: FormData) -> tuple[Person | None, str]:
        """Who this is, and what is wrong: `wrong`, `code_asked`, `code_too_often`, `code_wrong`, or nothing."""
        room, password = self._room, str(form.get("password", ""))[:256]
        async with room.checking:
            is_right = await asyncio.to_thread(room.people.is_right, name, password)
        person = room.people.person(name) if is_right else None
        if person is None:
            return None, "wrong"
        code = str(form.get("code", ""))[:16]
        if not person.has_factor:
            return person, ""
        if not code:
            return person, "code_asked"
        # Counted by account too: who has a password has a million codes to try, and may have many networks.
        if room.codes.take(person.name, at_us=room.clock.now()) > 0:
            return person, "code_too_often"
        if not room.people.holds_factor(name, code, at=room.clock.now()):
            return person, "code_wrong"
        room.codes.give_back(person.name)
        return person, ""

    def _network_of(self, request: Request) -> str:
        """The /24 or /48 that asks; behind a trusted proxy the one that it names."""
        peer, proxies = request.client.host if request.client else "", self._room.proxies
        if proxies.trusts(peer):
            peer = proxies.client(peer, ",".join(request.headers.getlist(FORWARDED)))
        return network_name(peer)[0]

    def _later(self, name: str, language: str, wait_s: float) -> Response:
        """Too many tries: when there is one again."""
        n = round(wait_s + 0.5)
        wrong = pages.words_of(language)("sign_in.wait", n=n)
        body = pages.sign_in(self._room.night, language=language, wrong=wrong, name=name)
        return page(body, language, status=429, retry_after_s=n)

    def _enter(self, request: Request, person: Person) -> Response:
        sessions = self._room.sessions
        cookie = sessions.begin(
            person.name, at_us=self._room.clock.now(), stamp=person.stamp, has_shown_factor=person.has_factor
        )
        answer = RedirectResponse("/", status_code=303, headers=FRESH)
        age_s = round(sessions.session_s)
        answer.set_cookie(COOKIE, cookie, max_age=age_s, httponly=True, samesite="strict", secure=is_https(request))
        return answer

    def _account(
        self, request: Request, signed: Signed, *, secret: bytes, wrong: str = "", status: int = 200
    ) -> Response:
        language = language_of(request)
        body = pages.account(
            self._room.night,
            signed,
            language=language,
            secret=base64.b32encode(secret).decode(),
            written=written(secret),
            address=address(secret, name=signed.name, service=SERVICE),
            wrong=wrong,
        )
        return page(body, language, status=status)


def _secret_of(form: FormData) -> bytes:
    """The secret that stood on the page; one of our own making where it is none."""
    try:
        secret = base64.b32decode(str(form.get("secret", "")))
    except (binascii.Error, ValueError):
        return new_factor()
    return secret if len(secret) >= 16 else new_factor()
