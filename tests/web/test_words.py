import json
import re
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kickoff.web.words import all_words, choose
from tests.web.browser import ROOT

WEB = ROOT / "src" / "kickoff" / "web"
BLANK = re.compile(r"\{(\w+)\}")


def texts(tree: Mapping[str, Any], path: str = "") -> dict[str, str]:
    """Every text by its key."""
    found: dict[str, str] = {}
    for name, value in tree.items():
        key = f"{path}.{name}" if path else name
        found |= texts(value, key) if isinstance(value, dict) else {key: str(value)}
    return found


def test_every_language_says_everything_with_the_same_blanks() -> None:
    """Another language is one file: this says what it must hold."""
    languages = {code: texts(words.tree) for code, words in all_words().items()}
    assert set(languages) >= {"en", "fr"}
    for code, found in languages.items():
        assert set(found) == set(languages["en"]), code
        for key, text in found.items():
            assert set(BLANK.findall(text)) == set(BLANK.findall(languages["en"][key])), f"{code}: {key}"


def test_every_key_that_a_page_names_has_a_text() -> None:
    """A missing text would be seen first by a person on the night."""
    keys = set(texts(all_words()["en"].tree))
    tables = {key.rpartition(".")[0] for key in keys}
    named: set[str] = set()
    for path in [*WEB.glob("scripts/*.js"), *WEB.glob("templates/*.html"), *(WEB.parent / "door").glob("pages*.py")]:
        named |= set(re.findall(r'(?:\bt|\bwords|\bsaid)\("([a-z_]+(?:\.[a-z_0-9]+)+)"', path.read_text("utf-8")))
    assert len(named) > 60
    assert not sorted(named - keys - tables)


def test_the_words_try_again_are_nowhere() -> None:
    """They end a way; every text of ours leads on."""
    for words in all_words().values():
        for key, text in texts(words.tree).items():
            assert not re.search(r"try again|réessay", text, re.IGNORECASE), key


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA,fr;q=0.8,en;q=0.5", "fr"),
        ("de, en;q=0.4, fr;q=0.9", "fr"),
        ("en;q=0.1, fr;q=0", "en"),
        ("de", "en"),
        ("*, ;;;q=x, fr;q=1.0", "fr"),
        ("x" * 10_000, "en"),
    ],
)
def test_the_language_is_the_best_one_that_there_is(header: str, code: str) -> None:
    """Accept-Language as RFC 9110 weighs it; rubbish is passed over."""
    assert choose(header) == code


def test_numbers_are_written_as_the_language_writes_them() -> None:
    """1,248 and 1 248; and French counts none and one alike."""
    en, fr = all_words()["en"], all_words()["fr"]
    assert en("line.ahead", n=1248) == "1,248 people ahead of you"
    assert fr("line.ahead", n=1248) == "1\u202f248 personnes devant vous"
    assert en("line.ahead", n=0) == "0 people ahead of you"
    assert fr("line.ahead", n=0) == "0 personne devant vous"


FRENCH = sorted(path for path in (ROOT / "src" / "kickoff").rglob("fr.toml"))


@pytest.mark.parametrize("path", FRENCH, ids=lambda path: path.parent.parent.name)
def test_no_line_begins_with_a_french_mark(path: Path) -> None:
    """Before : ; ? ! and within « » stands a space that no line breaks at (U+00A0, U+202F)."""
    found = texts(tomllib.loads(path.read_text("utf-8")))
    assert found
    assert not {key: text for key, text in found.items() if re.search(r" [:;?!»]|« ", text)}


def test_the_script_tells_the_time_of_where_the_match_is_played() -> None:
    """As the page without scripts and the notices do: one evening has one clock. A zone that is none: the browser's."""
    script = f"""
        import {{ Words }} from "{(WEB / "scripts" / "words.js").as_uri()}";
        const at = Date.UTC(2022, 8, 6, 19, 4);
        const zones = ["Europe/Paris", "America/Guadeloupe", "Nowhere/Atlantis"];
        console.log(JSON.stringify(zones.map((zone) => new Words("en", {{}}, zone).clock(at))));
    """
    node = ROOT / ".venv" / "bin" / "node"
    done = subprocess.run(
        [node, "--input-type=module", "-e", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"TZ": "Asia/Tokyo"},
    )
    assert json.loads(done.stdout) == ["21:04", "15:04", "04:04"]
