"""Where in a TOML text does a key stand, and which key was meant? For messages that a person can act on."""

import copy
import difflib
import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct, inspect

_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<key>[^`]+)`")
_MISSING = re.compile(r"missing required field `(?P<key>[^`]+)`")


def explain(error: str, *, shape: type[Struct], raw: dict[str, Any], text: str, source: str) -> str:
    """Turn msgspec's words on `raw`, which is no `shape`, into one line: file, line, key, what, remedy."""
    found = _PATH.search(error)
    parts = [part for part in re.split(r"[.\[\]]+", (found["path"] if found else "").replace("[...]", ".*")) if part]
    path = tuple(part for part in _guilty(shape, raw, parts, error) if not part.isdigit())
    what = _PATH.sub("", error)
    if unknown := _UNKNOWN.search(error):
        path = (*path, unknown["key"])
        what = f"there is no such key; {nearest(unknown['key'], _keys_of(inspect.type_info(shape), parts))}"
    elif missing := _MISSING.search(error):
        what = f"the key {missing['key']!r} is missing; add it"
    else:
        what = f"{what[0].lower()}{what[1:]}; change the value"
    return f"{source}:{line_of(text, path)}: {'.'.join(path) or 'the file'}: {what}"


def _guilty(shape: type[Struct], raw: dict[str, Any], parts: list[str], error: str) -> list[str]:
    """Put the name where the error says `*`: the first entry of that table which fails alone."""
    if "*" not in parts:
        return parts
    at = parts.index("*")
    for name in _table(raw, parts[:at]):
        alone = copy.deepcopy(raw)
        table = _table(alone, parts[:at])
        for other in [key for key in table if key != name]:
            del table[other]
        try:
            msgspec.convert(alone, shape)
        except msgspec.ValidationError as again:
            if str(again) == error:
                return _guilty(shape, raw, [*parts[:at], name, *parts[at + 1 :]], error)
    return [part for part in parts if part != "*"]


def _table(raw: dict[str, Any], parts: list[str]) -> dict[str, Any]:
    for part in parts:
        raw = raw[part]
    return raw


def _keys_of(known: inspect.Type, parts: list[str]) -> list[str]:
    """The keys of the table that the path leads to."""
    if isinstance(known, inspect.UnionType):
        return [key for one in known.types for key in _keys_of(one, parts)]
    if isinstance(known, inspect.DictType) and parts:
        return _keys_of(known.value_type, parts[1:])
    if isinstance(known, inspect.VarTupleType) and parts:
        return _keys_of(known.item_type, parts[1:])
    if not isinstance(known, inspect.StructType):
        return []
    if not parts:
        return [field.encode_name for field in known.fields]
    return [key for field in known.fields if field.encode_name == parts[0] for key in _keys_of(field.type, parts[1:])]


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
