"""Which pages of other origins may call the API, and read what it answers? CORS, as the Fetch standard tells it.

None by default: then nothing here is in the way of a request. Cookies are not among what is allowed: an app on another
origin holds its session and its device's token itself, so that a page that is let in here acts in nobody's name but of
those who signed in there. What never was a request (cut, too large, one connection too many) is answered without.
"""

from collections.abc import Callable

from msgspec.structs import replace

from kickoff.door.seam import Forward, Parked, Reply, Request

Answer = Reply | Forward | Parked
Headers = tuple[tuple[str, str], ...]
BELOW = "/v1/"
"""The API. Pages, with their forms and cookies, are read by nobody else."""
_VARY = (("Vary", "Origin"),)
_EXPOSED = (
    "Access-Control-Expose-Headers",
    "Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate, X-Kickoff-Device",
)
_PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Kickoff-Device"),
    # Two hours: browsers keep it no longer.
    ("Access-Control-Max-Age", "7200"),
)


def opened_to(origins: str, answer: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
    """`answer` for pages of these origins too. `origins`: separated by commas, as browsers write them; empty: none."""
    listed = tuple(part.strip() for part in origins.split(",") if part.strip())
    return Origins(listed, answer).answer if listed else answer


class Origins:
    """The origins that are let in, around what answers."""

    def __init__(self, origins: tuple[str, ...], answer: Callable[[Request], Answer]) -> None:
        self._answer = answer
        self._told: dict[str | None, Headers] = {
            origin: (("Access-Control-Allow-Origin", origin), _EXPOSED, *_VARY) for origin in origins
        }

    def answer(self, request: Request) -> Answer:
        """The answer, and whether the page that asked may read it; a preflight is answered here."""
        if not request.path.startswith(BELOW):
            return self._answer(request)
        told = self._told.get(request.headers.get("origin"))
        if told is None:
            # Nor may a cache show this answer to a page of an origin that is let in.
            return _with(self._answer(request), _VARY)
        if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            return Reply(status=204, headers=(*told, *_PREFLIGHT))
        return _with(self._answer(request), told)


def readers(reply: Reply) -> Headers:
    """Those headers of a reply that say which pages may read it."""
    return tuple(each for each in reply.headers if each in _VARY or each[0].startswith("Access-Control-"))


def _with(answer: Answer, headers: Headers) -> Answer:
    """The answer with these headers too, now or once it is known."""
    if isinstance(answer, Reply):
        return replace(answer, headers=(*answer.headers, *headers))
    finish = answer.finish

    def told(heard: object, now_us: int) -> Reply:
        reply = finish(heard, now_us)  # type: ignore[arg-type]  # each is finished with what it waits for
        return replace(reply, headers=(*reply.headers, *headers))

    return replace(answer, finish=told)
