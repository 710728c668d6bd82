"""How does a phone let a television in? The page behind a television's code, without a script, and its QR code.

GET  /{night}/tv?code=…    who is signed in sees the code and says yes or no; who is not signs in first
POST /{night}/tv           the yes or no
POST /{night}/tv/sign-in   by the turn of the television that shows the code: no second place is taken
GET  /{night}/tv/qr?code=… the address of this page with the code, as a QR code (ISO/IEC 18004)
"""

import io
from urllib.parse import parse_qs, quote

import msgspec
import segno

from kickoff.accounts.pairing import written
from kickoff.door.identity import SESSION_COOKIE
from kickoff.door.pages_reply import (
    cookies_set_by,
    fields_of,
    form_of,
    is_from_elsewhere,
    origin_of,
    redirect,
    retry_after_s,
    set_cookie,
)
from kickoff.door.pages_sheet import TV_CODE, Api, Ask, Headers, Sheets, call, post, read
from kickoff.door.seam import Forward, Reply, Request, SignInAnswer
from kickoff.night import Night

SVG = "image/svg+xml"
QR_CACHE = ("Cache-Control", "private, max-age=600")


class TelevisionPages:
    """The two addresses of one night."""

    def __init__(self, night: Night, *, headers: Headers) -> None:
        self._night = night
        self._sheets = Sheets(night, headers=headers)
        self._home = f"/{night.name}"

    def answer(self, request: Request, api: Api, *, step: str) -> Reply | Forward:
        """The answer to `/{night}/tv` and `/{night}/tv/{step}`."""
        ask = read(request, api)
        if step == "qr" and request.method in {"GET", "HEAD"}:
            return self._qr(request)
        if step not in {"", "sign-in"}:
            return self._sheets.problem(ask, Reply(status=404))
        if request.method != "POST":
            return self._show(ask, _typed(parse_qs(request.query).get("code", [""])[0]))
        if is_from_elsewhere(request):
            return self._sheets.step(ask, "problem.403.title", why=ask.said("problem.403.foreign"), status=403)
        typed = _typed(form_of(request).get("code", ""))
        return self._sign_in(ask, typed) if step else self._decide(ask, typed)

    def _show(self, ask: Ask, typed: str) -> Reply:
        """Yes or no, or signing in first. A code that cannot be one is shown as it was typed."""
        if typed and not written(typed):
            return self._malformed(ask, typed)
        if SESSION_COOKIE not in ask.cookies:
            return self._sign_page(ask, typed, "tv.not_signed_in")
        return self._code_page(ask, typed, "tv.why")

    def _malformed(self, ask: Ask, typed: str, *, status: int = 200) -> Reply:
        page = self._code_page if SESSION_COOKIE in ask.cookies else self._sign_page
        return page(ask, typed, "tv.malformed", status=status, typed=typed)

    def _code_page(self, ask: Ask, code: str, why: str, *, status: int = 200, **blanks: object) -> Reply:
        said = {
            "heading": "tv.title",
            "why": ask.said(why, **blanks),
            "wrong": why != "tv.why",
            "code": written(code) or code,
        }
        return self._sheets.page(ask, "wait_code.html", said, status=status, headers=_language_chosen(ask))

    def _sign_page(self, ask: Ask, code: str, why: str, *, status: int = 200, **blanks: object) -> Reply:
        """Signing in by the television's turn; beside it the way by one's own, on which the code is kept."""
        code = written(code) or code
        said = {
            "heading": "tv.title",
            "why": ask.said(why, **blanks),
            "wrong": why not in {"tv.not_signed_in", "sign.full_still"},
            "code": code,
            "login": form_of(ask.request).get("login", "")[:200],
        }
        kept = (set_cookie(ask.request, TV_CODE, written(code), path=self._home),) if written(code) else ()
        headers = (*kept, *_language_chosen(ask))
        return self._sheets.page(ask, "wait_tv_sign.html", said, status=status, headers=headers)

    def _sign_in(self, ask: Ask, typed: str) -> Reply | Forward:
        form, code = form_of(ask.request), written(typed)
        login, password = form.get("login", "").strip(), form.get("password", "")
        if not code:
            return self._malformed(ask, typed, status=400)
        if not login or not password:
            return self._sign_page(ask, code, "sign.missing")
        body = {"night": self._night.name, "user_code": code, "login": login, "password": password}
        answer = call(ask, "POST", f"/v1/{self._night.name}/sessions", body)
        if isinstance(answer, Reply):
            return self._signed_in(ask, code, answer)
        finish = answer.finish

        def page(outcome: SignInAnswer, at_us: int) -> Reply:
            return self._signed_in(ask, code, finish(outcome, at_us))

        return msgspec.structs.replace(answer, finish=page)

    def _signed_in(self, ask: Ask, code: str, reply: Reply) -> Reply:
        if reply.status == 201:
            return redirect(f"{self._home}/tv?code={code}", *cookies_set_by(reply), needs_log=reply.needs_log)
        if fields_of(reply).get("code") == "wrong_login":
            return self._sign_page(ask, code, "sign.wrong", status=401)
        if reply.status in {400, 401, 403}:
            return self._sign_page(ask, code, "tv.not_called", status=reply.status)
        wait_s = retry_after_s(reply, ask.request.at_us)
        return self._sign_page(ask, code, "sign.full_still", status=reply.status, n=wait_s)

    def _decide(self, ask: Ask, typed: str) -> Reply:
        code, allow = written(typed), form_of(ask.request).get("allow") != "no"
        if not code:
            return self._malformed(ask, typed, status=400)
        reply = post(ask, f"/v1/{self._night.name}/devices/decision", {"user_code": code, "allow": allow})
        if reply.status == 204:
            done = "tv.allowed" if allow else "tv.denied"
            link = {"href": self._home, "label": ask.said("problem.back")}
            dropped = (set_cookie(ask.request, TV_CODE, "", path=self._home),)
            return self._sheets.step(ask, f"{done}.title", why=ask.said(f"{done}.why"), link=link, headers=dropped)
        if fields_of(reply).get("code") == "no_code":
            return self._code_page(ask, code, "tv.unknown", status=404)
        if reply.status == 429:
            return self._code_page(ask, code, "tv.too_many", status=429, n=retry_after_s(reply, ask.request.at_us))
        if reply.status == 401:
            return self._sign_page(ask, code, "sign.needed", status=401)
        return self._sheets.problem(ask, reply)

    def _qr(self, request: Request) -> Reply:
        address = f"{origin_of(request)}{self._home}/tv"
        drawn = io.BytesIO()
        code = quote(written(_typed(parse_qs(request.query).get("code", [""])[0])))
        # A quiet zone and dark on light, whatever the page's theme: cameras read nothing else.
        segno.make(f"{address}?code={code}", micro=False).save(drawn, kind="svg", scale=4, border=4, light="#fff")
        return Reply(status=200, body=drawn.getvalue(), content_type=SVG, headers=(QR_CACHE,))


def _language_chosen(ask: Ask) -> Headers:
    """The language asked for in the address, kept for the pages after it."""
    is_chosen = "lang" in parse_qs(ask.request.query)
    return (set_cookie(ask.request, "kickoff_lang", ask.language, path="/"),) if is_chosen else ()


def _typed(text: str) -> str:
    """What was typed for a code, within bounds."""
    return text.strip()[:40]
