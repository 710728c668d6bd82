"""What does the parser hear? The parts of one request until it is whole, and what the names of its head mean."""

from collections.abc import Callable
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

    # PERF: target, fields and body go into their collections without a Python call of ours: 2 µs less a request
    # (make bench-door). What that loses, a field said twice, `fields_of` finds in the bytes. Lengths and codings said
    # twice are refused by the parser itself, before anything is kept.
    __slots__ = ("body", "fields", "on_body", "on_header", "on_message_complete", "on_url", "target")

    def __init__(self, on_message_complete: Callable[[], None]) -> None:
        self.target: list[bytes] = []
        """Whole or in pieces; empty: no request is in hand."""
        self.fields: dict[bytes, bytes] = {}
        self.body: list[bytes] = []
        self.on_url = self.target.append
        self.on_header = self.fields.__setitem__
        self.on_body = self.body.append
        self.on_message_complete = on_message_complete

    def take(self) -> tuple[bytes, dict[bytes, bytes], bytes]:
        """Target, fields and body of the whole request; makes room for the next one."""
        # What came in one piece is not copied by a join.
        found = b"".join(self.target), self.fields.copy(), b"".join(self.body)
        self.target.clear()
        self.fields.clear()
        self.body.clear()
        return found


def read_again(raw: bytes | bytearray, start: int, body_bytes: int) -> tuple[dict[bytes, bytes], int]:
    """The fields as they were sent, and where the next request starts. Raises `RefusedRequest`."""
    fields, body_at = fields_of(raw, start)
    is_chunked = "transfer-encoding" in SHAPES[tuple(fields)].names
    return fields, chunks_end(raw, body_at) if is_chunked else body_at + body_bytes


def fields_of(raw: bytes | bytearray, start: int) -> tuple[dict[bytes, bytes], int]:
    """The fields of a head that the parser has taken, those said again joined; and where the head ends.

    Raises `RefusedRequest` where one is said again that must be said once. Two spellings of a name stay two.
    """
    while raw.startswith(b"\r\n", start):
        start += 2
    end = raw.index(b"\r\n\r\n", start)
    fields: dict[bytes, bytes] = {}
    for line in bytes(raw[start:end]).split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        value = value.strip(b" \t")
        again = separator_of(name.decode("latin-1").lower()).encode() if name in fields else b""
        fields[name] = fields[name] + again + value if again else value
    return fields, end + 4


def chunks_end(raw: bytes | bytearray, at: int) -> int:
    """Where a body in chunks ends that begins at `at`, its trailer included. The parser has taken it before."""
    while True:
        line = raw.index(b"\r\n", at)
        size = int(raw[at:line].partition(b";")[0], 16)
        if not size:
            return raw.index(b"\r\n\r\n", line) + 4
        at = line + 2 + size + 2


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


def checked(target: bytes, shape: Shape, fields: dict[bytes, bytes], *, version: str, bytes_max: int) -> bytes:
    """The target in origin form.

    Raises `RefusedRequest` where two readers could read the head as two different requests (RFC 9112 §6.3, §3.2), and
    where it is larger than `bytes_max`.
    """
    names = shape.names
    if shape.refusal:
        raise RefusedRequest(shape.refusal)
    if "transfer-encoding" in names and fields[names["transfer-encoding"]].lower() != b"chunked":
        raise RefusedRequest("bad_request")
    if "host" not in names and version != "1.0":
        raise RefusedRequest("bad_request")
    if len(target) + sum(len(name) + len(fields[name]) + 4 for name in fields) > bytes_max:
        raise RefusedRequest("head_too_large")
    return target if target[:1] == b"/" else origin_form(target)


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


class Fields(Struct, frozen=True, gc=False):
    """The headers of one request by their lower-case names; a value becomes text when somebody asks for it."""

    names: dict[str, bytes]
    """As in `Shape`."""
    values: dict[bytes, bytes]

    def __getitem__(self, name: str) -> str:
        return self.values[self.names[name]].decode("latin-1")

    def __contains__(self, name: object) -> bool:
        return name in self.names

    @overload
    def get(self, name: str, /) -> str | None: ...

    @overload
    def get(self, name: str, /, default: str | Other) -> str | Other: ...

    def get(self, name: str, /, default: str | Other | None = None) -> str | Other | None:
        """The value, or `default`."""
        sent = self.names.get(name)
        return default if sent is None else self.values[sent].decode("latin-1")


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
    """`/path?query` of an absolute target, which a server must accept (RFC 9112 §3.2.2).

    Raises `RefusedRequest` for any other form.
    """
    try:
        url = httptools.parse_url(target)
    except httptools.HttpParserInvalidURLError as error:
        raise RefusedRequest("bad_request") from error
    if not url.host:
        raise RefusedRequest("bad_request")
    path, query = url.path or b"/", url.query
    return path + b"?" + query if query else path
