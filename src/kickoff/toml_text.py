"""Where in a TOML text does a key stand, and which key was meant? For messages that a person can act on."""

import difflib
import re
from collections.abc import Iterable


def line_of(text: str, path: tuple[str, ...]) -> int:
    """The line, from 1 on, on which the key of this path stands, or its table, or the first table within it, or 1."""
    wanted = ".".join(path)
    lines: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]", line):
            table = header[1].replace('"', "")
            lines.setdefault(table, number)
        elif key := re.match(r'\s*"?([\w.-]+)"?\s*=', line):
            lines.setdefault(f"{table}.{key[1]}" if table else key[1], number)
    within = [number for name, number in lines.items() if name.startswith(f"{wanted}.")]
    return lines.get(wanted) or min(within, default=0) or lines.get(".".join(path[:-1]), 1)


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean 'doors'?`, or all that is known where nothing is near."""
    names = list(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"
