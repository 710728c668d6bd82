"""What does the parser hear? The parts of one request until it is whole, and what the names of its head mean."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar, overload

import httptools
from msgspec import Struct

Other = TypeVar("Other")
REMEMBERED_MAX = 1024
HEADERS_MAX = 64
SINGLE = frozenset(
    {
        "authorization", "content-encoding", "content-length", "content-type", "expect", "host", "origin", "referer",
        "sec-fetch-site", "transfer-encoding", "user-agent", "x-kickoff-device", "x-original-uri",
    }
)  # fmt: skip
"""What a request says once: of two values, a proxy may have believed the other one."""


class RefusedRequest(Exception):
    """The bytes cannot be taken as one request. The connection gets the problem's code and is closed."""


class Heard:
    """What the parser calls. It holds one request until it is whole."""

    # PERF: target and body go into their lists without a Python call of ours (make bench-door). Lengths and codings
    # said twice are refused by the parser itself, before anything is kept.
    __slots__ = ("body", "fields", "is_trailer", "on_body", "on_message_complete", "on_url", "target")

    def __init__(self, on_message_complete: Callable[[], None]) -> None:
        self.target: list[bytes] = []
        """Whole or in pieces; empty: no request is in hand."""
        self.fields: dict[bytes, bytes] = {}
        self.body: list[bytes] = []
        self.is_trailer = False
        """The body has begun in pieces: fields that follow it stand at its end."""
        self.on_url = self.target.append
        self.on_body = self.body.append
        self.on_message_complete = on_message_complete

    def on_header(self, name: bytes, value: bytes) -> None:
        """One field of the head. Raises `RefusedRequest` where it says again what must be said once."""
        if name not in self.fields and not self.is_trailer:
            self.fields[name] = value
        elif not self.is_trailer:
            # The parser knows nothing of spellings; `shape_of` refuses what is said again in another one.
            separator = separator_of(name.decode("latin-1").lower()).encode()
            self.fields[name] += separator + value

    def on_chunk_header(self) -> None:
        """What follows the body counts for nothing: nobody says at its end who sent it (RFC 9110 §6.5.1)."""
        self.is_trailer = True

    def take(self) -> tuple[bytes, dict[bytes, bytes], bytes]:
        """Target, fields and body of the whole request; makes room for the next one."""
        target, fields, body = self.target, self.fields, self.body
        found = (
            target[0] if len(target) == 1 else b"".join(target),
            fields.copy(),
            body[0] if len(body) == 1 else b"".join(body),
        )
        target.clear()
        fields.clear()
        body.clear()
        self.is_trailer = False
        return found


def separator_of(name: str) -> str:
    """What joins two fields of one name (RFC 9110 §5.3). Raises `RefusedRequest` for those of `SINGLE`."""
    if name in SINGLE:
        raise RefusedRequest("bad_request")
    return "; " if name == "cookie" else ", "


class Shape(Struct, frozen=True, kw_only=True, gc=False):
    """What the names of a head say, whatever their values."""

    names: dict[str, bytes]
    """Lower-case text → the name as it was sent."""
    refusal: str = ""
    """The problem's code, where the names alone are reason enough."""
    is_plain: bool = False
    """Neither the values nor the version must be looked at to know where the request ends and whom it is for."""


class Shapes(dict[tuple[bytes, ...], Shape]):
    """Sequences of names and what they say, remembered up to a bound: a client sends the same ones each time."""

    # PERF: names are looked at once for a client instead of once for a request: 1.5 µs less (make bench-door).
    def __missing__(self, sent: tuple[bytes, ...]) -> Shape:
        shape = shape_of(sent)
        if len(self) < REMEMBERED_MAX:
            self[sent] = shape
        return shape


def shape_of(sent: tuple[bytes, ...]) -> Shape:
    """What a sequence of names says. Those that two readers could read differently are refused (RFC 9112 §6.3)."""
    names = {name.decode("latin-1").lower(): name for name in sent}
    if len(names) != len(sent) or {"transfer-encoding", "content-length"} <= names.keys():
        # A field in two spellings is said twice.
        return Shape(names=names, refusal="bad_request")
    if len(sent) > HEADERS_MAX:
        return Shape(names=names, refusal="head_too_large")
    return Shape(names=names, is_plain="host" in names and "transfer-encoding" not in names)


class Fields(Mapping[str, str]):
    """The headers of one request by their lower-case names; a value becomes text when somebody asks for it."""

    __slots__ = ("_names", "_values")

    def __init__(self, names: dict[str, bytes], values: dict[bytes, bytes]) -> None:
        self._names = names
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[self._names[name]].decode("latin-1")

    @overload
    def get(self, name: str, /) -> str | None: ...

    @overload
    def get(self, name: str, /, default: str | Other) -> str | Other: ...

    def get(self, name: str, /, default: str | Other | None = None) -> str | Other | None:
        """The value, or `default`."""
        # PERF: the mix-in's own raises and catches an error for each header that is not there (make bench-door).
        sent = self._names.get(name)
        return default if sent is None else self._values[sent].decode("latin-1")

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Names(dict[bytes, str]):
    """Upper-case texts of methods, remembered up to a bound: the same few come again and again."""

    def __missing__(self, name: bytes) -> str:
        text = name.decode("latin-1").upper()
        if len(self) < REMEMBERED_MAX:
            self[name] = text
        return text


SHAPES = Shapes()
METHODS = Names()


def origin_form(target: bytes) -> bytes:
    """`/path?query` of an absolute target, which a server must accept (RFC 9112 §3.2.2); empty: neither form."""
    try:
        url = httptools.parse_url(target)
    except httptools.HttpParserInvalidURLError:
        return b""
    path, query = url.path or b"/", url.query
    return (path + b"?" + query if query else path) if url.host else b""
