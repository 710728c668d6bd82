"""How does a phone let a television in? The page behind a television's code, without a script, and its QR code.

GET  /{night}/tv?code=…    who is signed in sees the code and says yes or no; who is not, how to come to be
POST /{night}/tv           the yes or no
GET  /{night}/tv/qr?code=… the address of this page with the code, as a QR code (ISO/IEC 18004)
"""

import io
from urllib.parse import parse_qs, quote

import segno

from kickoff.accounts.pairing import written
from kickoff.door.identity import SESSION_COOKIE
from kickoff.door.pages_reply import fields_of, form_of, is_from_elsewhere, retry_after_s
from kickoff.door.pages_sheet import Api, Ask, Headers, Sheets, post, read
from kickoff.door.seam import Reply, Request
from kickoff.night import Night

SVG = "image/svg+xml"
QR_CACHE = ("Cache-Control", "private, max-age=600")


class TelevisionPages:
    """The two addresses of one night."""

    def __init__(self, night: Night, *, headers: Headers) -> None:
        self._night = night
        self._sheets = Sheets(night, headers=headers)
        self._home = f"/{night.name}"

    def answer(self, request: Request, api: Api, *, step: str) -> Reply:
        """The answer to `/{night}/tv` and `/{night}/tv/{step}`."""
        ask = read(request, api)
        if step == "qr" and request.method in {"GET", "HEAD"}:
            return self._qr(request)
        if step:
            return self._sheets.problem(ask, Reply(status=404))
        if request.method == "POST":
            return self._decide(ask)
        return self._show(ask, _code_asked(request))

    def _show(self, ask: Ask, code: str, *, problem: str = "", status: int = 200, n: int = 0) -> Reply:
        if SESSION_COOKIE not in ask.cookies:
            link = {"href": self._home, "label": ask.said("tv.sign_in_here")}
            return self._sheets.step(ask, "tv.title", why=ask.said("tv.not_signed_in"), link=link)
        why = ask.said(problem, n=n) if problem else ask.said("tv.why")
        said = {"heading": "tv.title", "why": why, "wrong": bool(problem), "code": code}
        return self._sheets.page(ask, "wait_code.html", said, status=status)

    def _decide(self, ask: Ask) -> Reply:
        if is_from_elsewhere(ask.request):
            return self._sheets.step(ask, "problem.403.title", why=ask.said("problem.403.foreign"), status=403)
        form = form_of(ask.request)
        code, allow = written(form.get("code", "")[:40]), form.get("allow") != "no"
        reply = post(ask, f"/v1/{self._night.name}/devices/decision", {"user_code": code, "allow": allow})
        if reply.status == 204:
            done = "tv.allowed" if allow else "tv.denied"
            link = {"href": self._home, "label": ask.said("problem.back")}
            return self._sheets.step(ask, f"{done}.title", why=ask.said(f"{done}.why"), link=link)
        if fields_of(reply).get("code") == "no_code":
            return self._show(ask, code, problem="tv.unknown", status=404)
        if reply.status == 429:
            return self._show(ask, code, problem="tv.too_many", status=429, n=retry_after_s(reply))
        return self._sheets.problem(ask, reply)

    def _qr(self, request: Request) -> Reply:
        scheme = "https" if request.headers.get("x-forwarded-proto") == "https" else "http"
        address = f"{scheme}://{request.headers.get('host', 'localhost')}{self._home}/tv"
        drawn = io.BytesIO()
        code = quote(_code_asked(request))
        # A quiet zone and dark on light, whatever the page's theme: cameras read nothing else.
        segno.make(f"{address}?code={code}", micro=False).save(drawn, kind="svg", scale=4, border=4, light="#fff")
        return Reply(status=200, body=drawn.getvalue(), content_type=SVG, headers=(QR_CACHE,))


def _code_asked(request: Request) -> str:
    """The code in the address, as it is written; nothing where there is none."""
    typed = parse_qs(request.query).get("code", [""])[0][:40]
    return written(typed) if typed else ""
