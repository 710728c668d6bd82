"""How is a sentence of the stages said in another language? By its pattern; where there is none, as it is.

The stages speak English: their sentences are evidence, kept as they were found. `sentences/LANGUAGE.toml` holds each
pattern with what it is in that language (`said`), what stands between two of them (`between`), of which of several
incidents one speaks (`of`), and the names that the stages use (`names`). What else stands in braces goes over as it is,
figures as the language writes them.
"""

import functools
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

FOLDER = Path(__file__).parent / "sentences"
SPOKEN = "en"
"""What the stages speak."""
_BLANK = re.compile(r"\{(\w+)\}")
_BETWEEN = re.compile(r"(; |\. Besides, |\. |\.$)")
_FIGURE = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w.]|,\d)")
_NAMED = re.compile(r"(?<=\()\w+(?=\))")
_SEEN = re.compile(r"(?P<said>.+) \((?P<facts>[a-z_, ]+), (?P<began>\d\d:\d\d:\d\d)-(?P<ended>\d\d:\d\d:\d\d) UTC\)")
_AS_IT_IS = frozenset({"version", "released", "who", "where"})
"""Blanks in which a figure may be a name: 7.2 is no number there."""


class Seen(Struct, frozen=True, kw_only=True):
    """Where a piece of evidence is to be seen: names of facts, the journal's clock; empty where it is not said."""

    facts: str = ""
    began: str = ""
    """`19:42:24`, UTC."""
    ended: str = ""


def parted(evidence: str) -> tuple[str, Seen]:
    """(the sentence, where it is to be seen)."""
    if found := _SEEN.fullmatch(evidence):
        return found["said"], Seen(facts=found["facts"], began=found["began"], ended=found["ended"])
    return evidence, Seen()


def told(sentence: str, language: str) -> tuple[str, str]:
    """(the sentence, the language that it is in): translated where its pattern is known."""
    of, colon, rest = sentence.partition(": ")
    if colon and (named := _spoken(language).get("of", {}).get(of)):
        words, spoken = told(rest, language)
        return (f"{named}\u00a0: {words}", spoken) if spoken == language else (sentence, SPOKEN)
    for pattern, words in _patterns(language):
        if found := pattern.fullmatch(sentence):
            names = _spoken(language).get("names", {})
            blanks = {name: _filled(name, value, names) for name, value in found.groupdict().items()}
            return words.format(**blanks), language
    return sentence, SPOKEN


def told_in_parts(text: str, language: str) -> tuple[str, str]:
    """The same for a text of several sentences: translated where each of them is known, else as it is."""
    between = _spoken(language).get("between", {})
    parts = [
        (between.get(part, part), language) if number % 2 or not part else told(part, language)
        for number, part in enumerate(_BETWEEN.split(text))
    ]
    if any(spoken != language for _, spoken in parts):
        return text, SPOKEN
    return "".join(part for part, _ in parts), language


def _filled(name: str, value: str, names: Mapping[str, str]) -> str:
    """What stands in a blank: a name as it is called here, figures as French writes them: `82 %`, `1 040`, `38,3`."""
    value = _NAMED.sub(lambda found: names.get(found[0], found[0]), names.get(value, value))
    if name not in _AS_IT_IS:
        value = _FIGURE.sub(lambda found: found[0].replace(",", "\u202f").replace(".", ","), value)
    return value.replace("%", "\u00a0%")


@functools.cache
def _spoken(language: str) -> Mapping[str, Mapping[str, str]]:
    path = FOLDER / f"{language}.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}


@functools.cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    said = _spoken(language).get("said", {})
    # The longest first: one sentence may begin like another.
    return tuple((_pattern(sentence), said[sentence]) for sentence in sorted(said, key=len, reverse=True))


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = _BLANK.split(sentence)
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if number % 2 else re.escape(part) for number, part in enumerate(parts))
    )
