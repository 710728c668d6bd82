"""What does a browser get? The viewer's page, its assets, the page without JavaScript, and problems in people's words.

The page and the assets are made once and are the same bytes for everybody; the page may be cached like the status
object, an asset for ever, since its name holds its hash. What is personal is computed in the browser, or on `/wait`.
"""

import hashlib
import zlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import msgspec
from markupsafe import Markup
from msgspec import Struct

from kickoff.door.pages_plain import PlainPages
from kickoff.door.pages_reply import HTML, redirect, security_headers
from kickoff.door.pages_tv import TelevisionPages
from kickoff.door.published import FILES, Published
from kickoff.door.seam import Forward, Reply, Request
from kickoff.night import Night
from kickoff.web import words
from kickoff.web.assets import load_assets
from kickoff.web.templates import render
from kickoff.web.words import all_words

Api = Callable[[Request], Reply | Forward]

PAGE_CACHE = "public, max-age=1, stale-while-revalidate=5, stale-if-error=86400"
ASSET_CACHE = "public, max-age=31536000, immutable"
NOT_PAGES = frozenset(
    {"v1", ".well-known", "healthz", "readyz", "metrics", "openapi.json", "console", "status", "live"}
)
"""First parts of paths that programs ask for: never answered with a page."""


class Made(Struct, frozen=True, kw_only=True):
    """Bytes that are the same for everybody, made once."""

    body: bytes
    zipped: bytes
    content_type: str
    tag: str
    """The ETag."""


class Pages:
    """The pages of one night.

    `live_base`: where the live picture comes from, for the content security policy. `published`: the folder of the
    status page, where the sheet of the draw comes to lie.
    """

    def __init__(self, night: Night, *, live_base: str = "", published: Path | None = None) -> None:
        self._night = night
        self._headers = security_headers(live_base)
        self._plain = PlainPages(night, headers=self._headers)
        self._televisions = TelevisionPages(night, headers=self._headers)
        self._page = _made(_page(night), HTML)
        self._assets = load_assets()
        self._published = Published(published)

    def answer(self, request: Request, api: Api) -> Reply | Forward | None:
        """The answer to a path that people's browsers ask for; None: not a page's path."""
        first, _, rest = request.path.removeprefix("/").partition("/")
        if first in NOT_PAGES:
            return None
        if first == self._night.name and (rest == "wait" or rest.startswith("wait/")):
            return self._plain.answer(request, api, step=rest.removeprefix("wait").removeprefix("/"))
        if first == self._night.name and (rest == "tv" or rest.startswith("tv/")):
            return self._televisions.answer(request, api, step=rest.removeprefix("tv").removeprefix("/"))
        return self._look(request, first, rest) if request.method in {"GET", "HEAD"} else None

    def _look(self, request: Request, first: str, rest: str) -> Reply | None:
        if first == "assets":
            return self._asset(request)
        if first == self._night.name and not rest:
            return _cached(request, self._page, cache=PAGE_CACHE, headers=self._headers)
        if first == self._night.name and rest in FILES:
            return self._published.answer(request, rest) or self.problem(request, 404)
        if not first:
            return redirect(f"/{self._night.name}")
        return self.problem(request, 404) if "text/html" in request.headers.get("accept", "") else None

    def problem(self, request: Request, status: int) -> Reply:
        """A problem, for a person: what it means and the way on."""
        return self._plain.problem(request, status)

    def _asset(self, request: Request) -> Reply:
        asset = self._assets.at(request.path)
        if asset is None:
            return self.problem(request, 404)
        made = Made(body=asset.body, zipped=asset.zipped, content_type=asset.content_type, tag=f'"{asset.path}"')
        # The service worker lies among the assets and keeps the page, which lies above them.
        scope = (("Service-Worker-Allowed", "/"),) if asset.name == "sw.js" else ()
        return _cached(request, made, cache=ASSET_CACHE, headers=(("X-Content-Type-Options", "nosniff"), *scope))


def _page(night: Night) -> bytes:
    """The viewer's page with all that it must know of the night."""
    assets = load_assets()
    times = night.schedule
    facts = {
        "night": night.name,
        "title": night.title,
        "service": night.notices.service,
        "zone": night.time_zone,
        "times": {
            "doors": night.at(times.doors) // 1000 if night.starts_at else None,
            "kick_off": night.at(times.kick_off) // 1000 if night.starts_at else None,
            "whistle": night.at(times.whistle) // 1000 if night.starts_at else None,
        },
        "channels": {name: channel.title for name, channel in night.channels.items()},
        "alternatives": [{"fr": way.fr, "en": way.en} for way in night.alternatives],
        "languages": {code: each.tree["name"] for code, each in all_words().items()},
        "words": {code: assets.url(f"words.{code}.json") for code in all_words()},
        "keeper": assets.url("sw.js"),
        "hls": assets.url("hls.min.mjs"),
        "app": f"web-{version('kickoff')}",
    }
    # Within a script element only `<` could end it.
    written = msgspec.json.encode(facts).decode().replace("<", "\\u003c")
    return render(
        "page.html",
        language=words.DEFAULT,
        night=facts,
        night_json=Markup(written),  # noqa: S704 - JSON of our own, with `<` escaped
        scripts=assets.with_imports("app.js"),
        every_words=list(all_words().values()),
    )


def _made(body: bytes, content_type: str) -> Made:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zipped = squeezer.compress(body) + squeezer.flush()
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return Made(body=body, zipped=zipped, content_type=content_type, tag=tag)


def _cached(request: Request, made: Made, *, cache: str, headers: tuple[tuple[str, str], ...]) -> Reply:
    """The bytes, compressed where the browser can undo it, or only the word that nothing has changed."""
    told = (("Cache-Control", cache), ("ETag", made.tag), ("Vary", "Accept-Encoding"), *headers)
    if request.headers.get("if-none-match") == made.tag:
        return Reply(status=304, content_type=made.content_type, headers=told)
    if "gzip" in request.headers.get("accept-encoding", ""):
        zipped = (*told, ("Content-Encoding", "gzip"))
        return Reply(status=200, body=made.zipped, content_type=made.content_type, headers=zipped)
    return Reply(status=200, body=made.body, content_type=made.content_type, headers=told)
