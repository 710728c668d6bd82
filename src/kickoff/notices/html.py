"""How does the public page look, and where do its sentences stand?

One file with everything in it, in every language: it stays up, on any server, when door and console are dead.
"""

import functools
import tomllib
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from msgspec import Struct

from kickoff.night import Night
from kickoff.notices.history import incidents
from kickoff.notices.statuspage import INDICATORS, documents, indicator, part_states, stage_of
from kickoff.notices.words import Notice, State, Tongue, clock
from kickoff.web.assets import FOLDER as WEB

FOLDER = Path(__file__).parent
REFRESH_S = 30
"""Browsers look again after so long."""
MACHINES = "en"
"""The language of the JSON and the feed."""


@functools.cache
def tongues() -> dict[str, Tongue]:
    """Every language that there is a file for, by its code; the page shows them in this order."""
    found = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted((FOLDER / "words").glob("*.toml"))}
    return dict(sorted(found.items(), key=lambda item: (item[0] == MACHINES, item[0])))


class ShownDraw(Struct, frozen=True, kw_only=True):
    """What everybody may know of the draw, in hexadecimal; secret and seed are empty until it is held."""

    commitment: str
    secret: str = ""
    seed: str = ""


def pages(history: Sequence[Notice], now: Notice, night: Night, draw: ShownDraw | None = None) -> dict[str, bytes]:
    """Path → bytes of everything that the public sees: the page, the JSON, the feed."""
    return {
        "index.html": page(history, now, night, draw),
        **documents(history, now, night, tongues()[MACHINES]),
    }


def page(history: Sequence[Notice], now: Notice, night: Night, draw: ShownDraw | None = None) -> bytes:
    """The page, self-contained."""
    design = (WEB / "design.css").read_text("utf-8")
    own = (FOLDER / "templates" / "status.css").read_text("utf-8")
    sides = [_side(code, tongue, history, now, night) for code, tongue in tongues().items()]
    return (
        _templates()
        .get_template("status.html")
        .render(
            service=night.notices.service,
            title=night.title,
            style=f"{design}\n{own}",
            refresh_s=REFRESH_S,
            sides=sides,
            parts=part_states(now),
            indicator=indicator(now),
            indicators=INDICATORS,
            draw=draw,
        )
        .encode()
    )


def _side(code: str, tongue: Tongue, history: Sequence[Notice], now: Notice, night: Night) -> dict[str, object]:
    """What the page says in one language."""
    # The card shows the newest already.
    said = [one for told in incidents(history) for one in reversed(told.statements) if one is not history[-1]]
    # While something is wrong the notice itself names them.
    ways = [] if now.state is State.OPEN else [other.fr if code == "fr" else other.en for other in night.alternatives]
    return {
        "code": code,
        "tongue": tongue,
        "texts": now.texts[code],
        "when": clock(now.at, night, tongue),
        "alternatives": ways,
        "history": [
            {"when": clock(one.at, night, tongue), "stage": stage_of(one), "text": one.texts[code].status_page}
            for one in said
        ],
    }


@functools.cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
