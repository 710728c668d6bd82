"""How does a screen become a page, or parts of one? The console's templates in the shared frame.

Its words stand beside the frame's. Its files are served like the shared ones, under a name that holds their hash.
"""

import functools
import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec
from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from markupsafe import escape
from msgspec import Struct

from kickoff.console.care_view import MyEvening, Story
from kickoff.console.gestures_view import Listed
from kickoff.console.records_view import StepSeen
from kickoff.console.view import Screen, sketches
from kickoff.console.watch import Series
from kickoff.night import Night
from kickoff.units import US_PER_S
from kickoff.web.assets import FOLDER as WEB
from kickoff.web.assets import load_assets
from kickoff.web.templates import environment as web_environment
from kickoff.web.words import Words, all_words

HERE = Path(__file__).parent
PARTS = ("state", "silent", "tiles", "door", "funnel", "health", "refused", "found", "notice", "reports", "doors")
"""The parts of the screen that are sent again when they change; each has a template of its name."""


class Signed(Protocol):
    """Whoever is signed in: `guard.Signed`, named here so that pages need no session."""

    @property
    def name(self) -> str:
        """Who it is."""

    @property
    def csrf(self) -> str:
        """The word of their forms."""

    def may(self, *roles: str) -> bool:
        """What they may do."""


_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


class File(Struct, frozen=True, kw_only=True):
    """One file of the console as it is served."""

    path: str
    content_type: str
    body: bytes


@functools.cache
def files() -> dict[str, File]:
    """The console's own files by their name in the sources."""
    found = {}
    for path in sorted((HERE / "static").iterdir()):
        body = path.read_bytes()
        digest = hashlib.sha256(body).hexdigest()[:12]
        found[path.name] = File(
            path=f"/assets/{path.stem}.{digest}{path.suffix}", content_type=_TYPES[path.suffix], body=body
        )
    return found


@functools.cache
def words_of(language: str) -> Words:
    """The texts of a language: the viewer's pages' and the console's own."""
    own = tomllib.loads((HERE / "words" / f"{language}.toml").read_text("utf-8"))
    return Words(code=language, tree={**all_words()[language].tree, **own})


def languages() -> tuple[str, ...]:
    """The languages that the console speaks."""
    return tuple(path.stem for path in sorted((HERE / "words").glob("*.toml")))


def room(
    night: Night,
    screen: Screen,
    series: Series,
    signed: Signed,
    *,
    language: str,
    said: Mapping[str, str],
    is_still: bool = False,
) -> bytes:
    """The night on one screen. `said`: what came of the last act, below the buttons of `door` or `notice`.

    `is_still`: without scripts it does not renew itself.
    """
    t = words_of(language)
    return _render(
        "room.html",
        language,
        night=night,
        screen=screen,
        signed=signed,
        here="/",
        said=said,
        is_still=is_still,
        sketches=sketches(series),
        starts_s=night.at(0) / US_PER_S,
        marks=msgspec.json.encode([(t(f"plot.{code}"), second) for code, second in night.match_events()]).decode(),
    )


def parts(screen: Screen, *, language: str) -> dict[str, str]:
    """Each part of the screen by the id of its place."""
    made = {part: _render(f"{part}.html", language, screen=screen, here="/").decode() for part in PARTS}
    return {**made, "audience-words": str(escape(screen.audience_words)), "line-words": str(escape(screen.line_words))}


def sign_in(night: Night, *, language: str, wrong: str = "", name: str = "", asks_code: bool = False) -> bytes:
    """The way in. `asks_code`: the password is right, and a second factor stands behind it."""
    return _render("sign_in.html", language, night=night, wrong=wrong, name=name, asks_code=asks_code)


def message(night: Night, signed: Signed, *, language: str, title: str, words: str) -> bytes:
    """One sentence, with a way on."""
    return _render("message.html", language, night=night, signed=signed, here="", heading=title, words=words)


def account(
    night: Night, signed: Signed, *, language: str, secret: str, written: str, address: str, wrong: str
) -> bytes:
    """One's own account, and a second factor to be taken up."""
    values = {"secret": secret, "written": written, "address": address, "wrong": wrong}
    return _render("account.html", language, night=night, signed=signed, here="/account", **values)


def gestures(
    night: Night, signed: Signed, *, language: str, listed: Listed | None, said: str, wrong: str, has_factor: bool
) -> bytes:
    """The list of gestures."""
    values = {"listed": listed, "said": said, "wrong": wrong, "has_factor": has_factor}
    return _render("gestures.html", language, night=night, signed=signed, here="/gestures", **values)


def care(night: Night, signed: Signed, *, language: str, asked: str, found: Story | None, wrong: str) -> bytes:
    """One subscriber's night."""
    return _render(
        "care.html", language, night=night, signed=signed, here="/care", asked=asked, found=found, wrong=wrong
    )


def replay(
    night: Night, signed: Signed, screen: Screen, series: Series, *, language: str, second: float, wrong: str
) -> bytes:
    """The night again at a second of it."""
    t = words_of(language)
    marks = [(t(f"plot.{code}"), at) for code, at in night.match_events()]
    values = {"screen": screen, "sketches": sketches(series), "second": second, "marks": marks, "wrong": wrong}
    return _render("replay.html", language, night=night, signed=signed, here="/replay", **values)


def trail(night: Night, signed: Signed, *, language: str, steps: tuple[StepSeen, ...], broken: int | None) -> bytes:
    """Who did what."""
    return _render("trail.html", language, night=night, signed=signed, here="/trail", steps=steps, broken=broken)


def my_evening(night: Night, told: MyEvening | None, *, language: str) -> bytes:
    """A subscriber's own evening; without one, how to sign in."""
    return _render("my_evening.html", language, night=night, told=told)


def _render(template: str, language: str, **values: object) -> bytes:
    t = words_of(language)
    return (
        _environment()
        .get_template(template)
        .render(t=t, lang=language, dir=t.tree["direction"], own=_own(), **values)
        .encode()
    )


@functools.cache
def _environment() -> Environment:
    loader = ChoiceLoader([FileSystemLoader(HERE / "templates"), FileSystemLoader(WEB / "templates")])
    return web_environment().overlay(loader=loader)


@functools.cache
def _own() -> dict[str, str]:
    shared = load_assets()
    return {
        "css": files()["console.css"].path,
        "js": files()["console.js"].path,
        "replay_js": files()["replay.js"].path,
        "uplot": shared.url("uPlot.esm.js"),
        "uplot_css": shared.url("uPlot.min.css"),
    }
