"""How does a page travel? Headers, cookies and forms, as values."""

import json
import math
from collections.abc import Mapping
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlsplit

from kickoff.door.identity import is_encrypted
from kickoff.door.seam import Reply, Request
from kickoff.waiting_room.eta import personal_s
from kickoff.web import words
from kickoff.web.words import all_words

HTML = "text/html; charset=utf-8"
COOKIE_AGE_S = 86_400
RETRY_S = 5.0
_FIELDS_MAX = 20
_COOKIES_MAX = 50


def security_headers(live_base: str) -> tuple[tuple[str, str], ...]:
    """What every page forbids: scripts and styles from elsewhere or in the markup, being framed, leaking its address.

    `live_base`: the origin that the live picture comes from; empty: the same as the page's.
    """
    live = " " + "{0.scheme}://{0.netloc}".format(urlsplit(live_base)) if live_base else ""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'{live}; media-src 'self' blob:{live}; worker-src 'self' blob:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return (
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
    )


def cookies_of(request: Request) -> dict[str, str]:
    """The request's cookies, unquoted; the first of a name counts."""
    found: dict[str, str] = {}
    for part in request.headers.get("cookie", "").split(";")[:_COOKIES_MAX]:
        name, _, value = part.strip().partition("=")
        found.setdefault(name, unquote(value))
    return found


def set_cookie(request: Request, name: str, value: str, *, path: str) -> tuple[str, str]:
    """A header that keeps a value on the device for a day; an empty value drops it."""
    age_s = COOKIE_AGE_S if value else 0
    secure = "; Secure" if is_encrypted(request) else ""
    kept = quote(value, safe="")
    return "Set-Cookie", f"{name}={kept}; Path={path}; Max-Age={age_s}; HttpOnly; SameSite=Lax{secure}"


def origin_of(request: Request) -> str:
    """The address under which the browser met this door."""
    return f"http{'s' if is_encrypted(request) else ''}://{request.headers.get('host', 'localhost')}"


def language_of(request: Request) -> str:
    """Asked for in the address, chosen before, or wished for by the browser."""
    asked = parse_qs(request.query).get("lang", [""])[0] or cookies_of(request).get("kickoff_lang", "")
    return asked if asked in all_words() else words.choose(request.headers.get("accept-language", ""))


def form_of(request: Request) -> dict[str, str]:
    """The fields of a posted form. What is not one, or is too large, gives no fields."""
    try:
        return dict(parse_qsl(request.body.decode("utf-8", "replace"), max_num_fields=_FIELDS_MAX))
    except ValueError:
        return {}


def is_from_elsewhere(request: Request) -> bool:
    """Whether another site's page made the browser post this. Browsers too old to say so send an Origin."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin", "")
    if origin in {"", "null"}:
        return False
    try:
        return urlsplit(origin).netloc != request.headers.get("host", "")
    except ValueError:
        # No browser writes an origin that is none.
        return True


def redirect(location: str, *headers: tuple[str, str], needs_log: bool = False) -> Reply:
    """See there, with GET: after a form, so that looking again posts nothing twice."""
    told = (("Location", location), ("Cache-Control", "no-store"), *headers)
    return Reply(status=303, content_type=HTML, headers=told, needs_log=needs_log)


def fields_of(reply: Reply) -> Mapping[str, object]:
    """The JSON object of an inner answer; empty where it is none."""
    try:
        found = json.loads(reply.body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def cookies_set_by(reply: Reply) -> tuple[tuple[str, str], ...]:
    """The Set-Cookie headers of an inner answer, to hand on."""
    return tuple((name, value) for name, value in reply.headers if name.lower() == "set-cookie")


def retry_after_s(reply: Reply, at_us: int) -> int:
    """The seconds of an inner answer's Retry-After: 1 to 600. Where it says none, some 5, drawn by the instant."""
    for name, value in reply.headers:
        if name.lower() == "retry-after" and value.isdigit():
            return min(600, max(1, int(value)))
    return math.ceil(personal_s(RETRY_S, at_us))
