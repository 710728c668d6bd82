"""What does a player say of itself in passing? Common Media Client Data (CTA-5004) in a query or in headers.

    br=3200,bs,d=4004,ot=v,sf=h,sid="6e2fb550-c457-11e9-bb97-0800200c9a66",st=l

A list of `key=value` by commas: numbers, tokens, texts in double quotes; a key alone is true. Version 2 (CTA-5004-B)
writes inner lists too, `br=(2500;v 128;a)`: of those the first item is taken, without its parameters.
"""

import re

CMCD_CHARACTERS_MAX = 2048
KEYS_MAX = 64

_TEXT = r'"(?:[^"\\]|\\.)*"'
_PAIR = re.compile(
    rf'\s*([a-z][a-z0-9._-]{{0,63}})(?:=({_TEXT}|\((?:[^()"]|{_TEXT})*\)|[^,"()]*))?\s*(?:,|$)', re.IGNORECASE
)
_FIRST = re.compile(rf'\(\s*({_TEXT}|[^\s;()"]+)')

Value = int | str | bool
KNOWN = frozenset(
    {"bl", "br", "bs", "cid", "d", "dl", "mtp", "nor", "nrr", "ot", "pr", "rtp", "sf", "sid", "st", "su", "tb", "v"}
    | {"ab", "bg", "bsa", "bsd", "bsda", "cdn", "cen", "cs", "dfa", "e", "ec", "h", "lab", "lb", "ltc", "msd", "nr"}
    | {"pb", "pt", "rc", "smrt", "sn", "sta", "tab", "tbl", "tpb", "ts", "ttfb", "ttfbb", "ttlb", "url"}
)
"""The keys of CMCD v1 and v2; others are kept too, and counted."""


class CmcdError(ValueError):
    """This text is not CMCD. The reader counts it and goes on."""


def parse(text: str) -> dict[str, Value]:
    """The keys and values. Raises `CmcdError` for what is not CMCD, or is beyond all bounds."""
    if len(text) > CMCD_CHARACTERS_MAX:
        raise CmcdError(f"longer than {CMCD_CHARACTERS_MAX} characters")
    found: dict[str, Value] = {}
    at = 0
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None or len(found) >= KEYS_MAX:
            raise CmcdError(f"not CMCD at character {at}")
        found[pair[1].lower()] = _value(pair[2])
        at = pair.end()
    return found


def _value(raw: str | None) -> Value:
    if raw is None:
        return True
    if raw.startswith("("):
        first = _FIRST.match(raw)
        raw = first[1] if first else ""
    if raw.startswith('"'):
        return re.sub(r"\\(.)", r"\1", raw[1:-1])
    text = raw.strip()
    return int(text) if re.fullmatch(r"-?\d{1,15}", text) else text
