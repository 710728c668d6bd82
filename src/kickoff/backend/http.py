"""Which paths does the back end have? Sign-in, health, and the live channels.

Errors are problem documents (RFC 9457) with a `code`. Everything below `/live/` may be read from any page (CORS): what
protects it is the token in its path.
"""

from collections.abc import Callable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import StatelessLifespan

from kickoff.backend.faults import breaks_playlist, breaks_sign_in
from kickoff.backend.film import Reel
from kickoff.backend.gauge import Measured
from kickoff.backend.loop_meter import LoopMeter
from kickoff.backend.playback_tokens import PlaybackTokens, TokenForeign, TokenInvalid
from kickoff.backend.playlists import film_index, master, media
from kickoff.backend.sign_in import Outcome, SignInDesk
from kickoff.clock import Clock
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs

BODY_BYTES_MAX = 4096
_JSON = "application/json"
_PROBLEM = "application/problem+json"
_PLAYLIST = "application/vnd.apple.mpegurl"
_OPEN = {"access-control-allow-origin": "*", "timing-allow-origin": "*"}
_SOON = {**_OPEN, "cache-control": "public, max-age=1"}
_FOR_EVER = {**_OPEN, "cache-control": "public, max-age=3600, immutable"}
_ENCODE = msgspec.json.encode


class Credentials(Struct, frozen=True):
    """What a person types."""

    login: Annotated[str, Meta(max_length=254)]
    password: Annotated[str, Meta(max_length=256)]


class Backend:
    """The parts that the paths speak to, and the health of the last second."""

    def __init__(
        self,
        *,
        night: Night,
        starts_at: AtUs,
        clock: Clock,
        desk: SignInDesk,
        tokens: PlaybackTokens,
        reels: Mapping[str, Reel],
        meter: LoopMeter,
        draw: Callable[[], float],
    ) -> None:
        self.night = night
        self.starts_at = starts_at
        self.clock = clock
        self.desk = desk
        self.tokens = tokens
        self.reels = reels
        self.meter = meter
        self.draw = draw
        self.health: tuple[Measured, ...] = ()

    def seconds(self) -> float:
        """Seconds since the night's start."""
        return (self.clock.now() - self.starts_at) / US_PER_S


def application(backend: Backend, lifespan: StatelessLifespan[Starlette]) -> Starlette:
    """The paths of the back end over its parts."""
    paths = _Paths(backend)
    live = "/live/{cdn}/{token}/{channel}"
    return Starlette(
        routes=[
            Route("/v1/sessions", paths.sign_in, methods=["POST"]),
            Route("/health", paths.health),
            Route(f"{live}/master.m3u8", paths.master),
            Route(f"{live}/{{rendition}}/index.m3u8", paths.media),
            Route(f"{live}/{{rendition}}/init.mp4", paths.init),
            Route(f"{live}/{{rendition}}/{{name}}", paths.segment),
            Route("/live/{path:path}", paths.preflight, methods=["OPTIONS"]),
            Route("/{path:path}", paths.nowhere),
        ],
        lifespan=lifespan,
    )


class _Refused(Exception):
    """A live path that is not answered: the problem document that says why."""

    def __init__(self, problem: Response) -> None:
        super().__init__()
        self.problem = problem


class _Paths:
    """One method a path."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def sign_in(self, request: Request) -> Response:
        """Check a login and password: `POST /v1/sessions`."""
        backend = self._backend
        try:
            asked = msgspec.json.decode(await _body(request), type=Credentials)
            deadline_us = _deadline(request)
        except (ValueError, msgspec.DecodeError) as error:
            return _problem(400, "malformed", f"{error}; send login and password as JSON")
        if breaks_sign_in(backend.night.faults, seconds=backend.seconds(), draw=backend.draw()):
            backend.desk.fail()
            return _problem(503, "error", "sign-in does not work at the moment")
        answer = await backend.desk.ask(asked.login, asked.password, deadline_us=deadline_us)
        if answer.subscriber is None:
            return _REFUSALS[answer.outcome]
        offer = backend.night.offers[answer.subscriber.offer]
        found = {
            "account": answer.subscriber.account,
            "offer": answer.subscriber.offer,
            "streams_max": offer.streams_max,
            "channels": offer.channels,
        }
        return Response(_ENCODE(found), media_type=_JSON)

    async def health(self, _: Request) -> Response:
        """The last second: `GET /health`."""
        return Response(_ENCODE({"dependencies": self._backend.health}), media_type=_JSON)

    async def master(self, request: Request) -> Response:
        """The bitrates of a channel: where a new playback begins, and so where a broken delivery is met."""
        return self._live(request, self._master)

    async def media(self, request: Request) -> Response:
        """The live playlist of one bitrate."""
        return self._live(request, self._media)

    async def init(self, request: Request) -> Response:
        """The initialisation segment of one bitrate."""
        return self._live(request, lambda _, reel: reel.init(request.path_params["rendition"]))

    async def segment(self, request: Request) -> Response:
        """Two seconds of picture and sound."""
        return self._live(request, self._segment)

    async def preflight(self, _: Request) -> Response:
        """Any page may read what its token opens, with whatever headers its player sends."""
        allowed = {"access-control-allow-methods": "GET", "access-control-allow-headers": "*"}
        return Response(status_code=204, headers={**_OPEN, **allowed, "access-control-max-age": "86400"})

    async def nowhere(self, _: Request) -> Response:
        """Any other path."""
        return _problem(404, "nowhere", "the back end has no such path")

    def _live(self, request: Request, find: "Callable[[Request, Reel], str | bytes | None]") -> Response:
        self._backend.meter.count()
        try:
            found = find(request, self._reel(request.path_params))
        except _Refused as refused:
            return refused.problem
        if found is None:
            return _problem(404, "no_segment", "there is no such segment now", headers=_SOON)
        if isinstance(found, str):
            return Response(found, media_type=_PLAYLIST, headers=_SOON)
        return Response(found, media_type="video/mp4", headers=_FOR_EVER)

    def _reel(self, path: Mapping[str, str]) -> Reel:
        backend = self._backend
        try:
            backend.tokens.check(path["token"], path["channel"])
        except TokenInvalid as refused:
            raise _Refused(_problem(401, "bad_token", str(refused), headers=_OPEN)) from refused
        except TokenForeign as refused:
            raise _Refused(_problem(403, "not_in_offer", str(refused), headers=_OPEN)) from refused
        reel = backend.reels.get(path["channel"])
        if reel is None or path["cdn"] not in backend.night.cdns:
            raise _Refused(_problem(404, "no_channel", "there is no such channel or delivery network", headers=_OPEN))
        return reel

    def _master(self, request: Request, reel: Reel) -> str:
        backend = self._backend
        where = {**request.query_params, "cdn": request.path_params["cdn"]}
        if breaks_playlist(backend.night.faults, seconds=backend.seconds(), where=where, draw=backend.draw()):
            # Not an error of the back end's own: a delivery network fails outside it, and its health does not see that.
            raise _Refused(_problem(503, "delivery", "this delivery network hands out no playlists", headers=_OPEN))
        return master(reel.film)

    def _media(self, request: Request, reel: Reel) -> str | None:
        backend = self._backend
        if reel.init(request.path_params["rendition"]) is None:
            return None
        return media(reel.film, at=backend.clock.now(), starts_at=backend.starts_at)

    def _segment(self, request: Request, reel: Reel) -> bytes | None:
        backend = self._backend
        path = request.path_params
        index = film_index(reel.film, path["name"], at=backend.clock.now(), starts_at=backend.starts_at)
        return None if index is None else reel.segment(path["rendition"], index)


async def _body(request: Request) -> bytes:
    """The request's body. Raises `ValueError` past its bound, before the rest is read."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES_MAX:
            raise ValueError(f"the body is longer than {BODY_BYTES_MAX} bytes")
    return bytes(body)


def _deadline(request: Request) -> int | None:
    """Microseconds UTC, or None where the caller waits for ever. Raises `ValueError`."""
    said = request.headers.get("x-kickoff-deadline")
    if said is None:
        return None
    if not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise ValueError("X-Kickoff-Deadline is not microseconds UTC")
    return int(said)


def _problem(status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None) -> Response:
    document = {"type": "about:blank", "title": _TITLES[status], "status": status, "detail": detail, "code": code}
    return Response(_ENCODE(document), status_code=status, media_type=_PROBLEM, headers=headers)


_TITLES = {
    400: "Malformed request",
    401: "Not accepted",
    403: "Not yours",
    404: "Not here",
    503: "Not now",
}

_REFUSALS = {
    # The same words for both: what is wrong stands in the code, for the door, which tells no stranger.
    Outcome.WRONG_PASSWORD: _problem(401, "wrong_password", "login or password is wrong"),
    Outcome.UNKNOWN_ACCOUNT: _problem(401, "unknown_account", "login or password is wrong"),
    Outcome.LATE: _problem(503, "deadline", "the answer would have come too late"),
    Outcome.ERROR: _problem(503, "error", "the subscribers cannot be read at the moment"),
    Outcome.FULL: _problem(503, "overloaded", "the queue is full"),
}
