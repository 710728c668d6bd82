"""How is a sentence of the stages said in another language? By its pattern; where there is none, as it is.

The stages speak English: their sentences are evidence, kept as they were found. `sentences/LANGUAGE.toml` holds each
pattern with what it is in that language; what stands in braces goes over as it is.
"""

import functools
import re
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent / "sentences"
SPOKEN = "en"
"""What the stages speak."""
_BLANK = re.compile(r"\{(\w+)\}")


def told(sentence: str, language: str) -> tuple[str, str]:
    """(the sentence, the language that it is in): translated where its pattern is known."""
    for pattern, words in _patterns(language):
        if found := pattern.fullmatch(sentence):
            return words.format(**{name: _figures(value) for name, value in found.groupdict().items()}), language
    return sentence, SPOKEN


def _figures(value: str) -> str:
    """Figures as French writes them: `82 %`."""
    return value.replace("%", "\u00a0%")


@functools.cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    path = FOLDER / f"{language}.toml"
    if not path.is_file():
        return ()
    said: dict[str, str] = tomllib.loads(path.read_text("utf-8"))["said"]
    # The longest first: one sentence may begin like another.
    return tuple((_pattern(sentence), said[sentence]) for sentence in sorted(said, key=len, reverse=True))


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = _BLANK.split(sentence)
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if number % 2 else re.escape(part) for number, part in enumerate(parts))
    )
