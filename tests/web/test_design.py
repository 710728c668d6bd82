"""The design system: directions are logical, motion can be switched off, another language is one file."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kickoff.web import assets, templates, words
from tests.web.browser import ROOT

STYLES = sorted((ROOT / "src" / "kickoff").rglob("*.css"))
PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right|top|bottom)[\w-]*"
    r"|left|right|top|bottom|width|height|(?:min|max)-(?:width|height)|border-(?:top|bottom)-(?:left|right)-radius)\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)"
)


@pytest.mark.parametrize("style", [path for path in STYLES if "vendor" not in path.parts], ids=lambda path: path.name)
def test_directions_are_logical(style: Path) -> None:
    """A language from right to left needs nothing of its own: no left and right, no width and height."""
    # Within a media query a width is the screen's, which has no direction.
    text = re.sub(r"/\*.*?\*/|@media[^{]*", "", style.read_text("utf-8"), flags=re.DOTALL)
    assert PHYSICAL.findall(text) == []


def test_the_search_for_directions_finds_them() -> None:
    """Or the test above would pass for nothing."""
    for wrong in ("margin-left: 1rem", "a { left: 0", "text-align: right", "max-width: 3rem", "border-left: 1px solid"):
        assert PHYSICAL.search(wrong), wrong
    for right in ("margin-inline-start: 1rem", "text-align: end", "max-inline-size: 3rem", "line-height: 1.2"):
        assert not PHYSICAL.search(right), right


@pytest.fixture
def third_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A language file is added; everything that was read before is read anew, and again afterwards."""
    for path in words.FOLDER.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    text = (tmp_path / "en.toml").read_text("utf-8")
    text = text.replace('name = "English"', 'name = "العربية"').replace('direction = "ltr"', 'direction = "rtl"')
    (tmp_path / "ar.toml").write_text(text, "utf-8")
    cached = (words.all_words, assets.load_assets, templates.environment)
    monkeypatch.setattr(words, "FOLDER", tmp_path)
    for made in cached:
        made.cache_clear()
    yield
    for made in cached:
        made.cache_clear()


@pytest.mark.usefixtures("third_language")
def test_another_language_is_one_file() -> None:
    """Found by itself: offered, chosen by the browser's wish, served, written in its direction."""
    assert set(words.all_words()) == {"ar", "en", "fr"}
    assert words.choose("ar-MA, fr;q=0.5") == "ar"
    assert assets.load_assets().url("words.ar.json")
    night = {"night": "n", "title": "t", "service": "s"}
    said = {"heading": "tv.title", "why": "", "wrong": False, "code": "", "notice": "", "when": "", "refresh_s": None}
    page = templates.render("wait_code.html", language="ar", night=night, **said).decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert "العربية" in page
    assert "<bdi>s</bdi>" in page, "a name of another direction is not torn apart: it read +Canal"
    assert "<bdi>t</bdi>" in page
