"""How is it said? Every text of the viewer's pages, one file a language; a further language is one further file.

A text is found by a dotted key and holds `{names}` that are filled in. A table with `one` and `other` is a text that
depends on a number `n`; which numbers take `one` is said by the file itself (`singular`). The scripts in the browser
read the same files, as JSON, by the same rules.
"""

import functools
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

FOLDER = Path(__file__).parent / "words"
DEFAULT = "en"
_BLANK = re.compile(r"\{(\w+)\}")
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[\w-]{1,20})?\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$")
_RANGES_MAX = 20


class Words(Struct, frozen=True, kw_only=True):
    """The texts of one language."""

    code: str
    """As in `lang=`: `fr`."""
    tree: Mapping[str, Any]

    def __call__(self, key: str, **blanks: object) -> str:
        """The text of a key, filled in. Numbers are written as the language writes them."""
        found: Any = self.tree
        for part in key.split("."):
            found = found[part]
        if isinstance(found, dict):
            found = found["one" if blanks.get("n") in self.tree["singular"] else "other"]
        return _BLANK.sub(lambda blank: self._written(blanks[blank[1]]), found)

    def has(self, key: str) -> bool:
        """Whether there is a text or table under the key."""
        found: Any = self.tree
        for part in key.split("."):
            if not isinstance(found, dict) or part not in found:
                return False
            found = found[part]
        return True

    def _written(self, value: object) -> str:
        return f"{value:,}".replace(",", self.tree["thousands"]) if isinstance(value, int) else str(value)


@functools.cache
def all_words() -> dict[str, Words]:
    """Every language that there is a file for, by its code."""
    trees = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
    return {code: Words(code=code, tree=tree) for code, tree in trees.items()}


def choose(accept_language: str) -> str:
    """The best language that we have for an Accept-Language header (RFC 9110, 12.5.4); `DEFAULT` where none fits."""
    ranges = [_RANGE.match(part) for part in accept_language.split(",")[:_RANGES_MAX]]
    wanted = [(float(found[2] or 1), found[1].lower()) for found in ranges if found]
    # A stable sort: of equal weights the one named first.
    for weight, code in sorted(wanted, key=lambda one: -one[0]):
        if weight > 0 and code in all_words():
            return code
    return DEFAULT
