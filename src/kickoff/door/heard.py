"""What does the parser hear? The parts of one request until it is whole, and the names that come again and again."""

from collections.abc import Callable

import httptools


class Heard:
    """What the parser calls. It holds one request until it is whole."""

    # PERF: header fields and body go into their collections without a Python call of ours: 2 µs less a request
    # (make bench-door). Lengths and codings said twice are refused by the parser itself, before anything is kept.
    __slots__ = ("body", "fields", "on_body", "on_header", "on_message_complete", "target")

    def __init__(self, on_message_complete: Callable[[], None]) -> None:
        self.target = b""
        self.fields: dict[bytes, bytes] = {}
        self.body: list[bytes] = []
        self.on_header = self.fields.__setitem__
        self.on_body = self.body.append
        self.on_message_complete = on_message_complete

    def on_url(self, url: bytes) -> None:
        """The target, whole or in pieces: from here on a request is in hand."""
        self.target += url

    def clear(self) -> None:
        """Make room for the next request."""
        self.target = b""
        self.fields.clear()
        self.body.clear()


class Names(dict[bytes, str]):
    """Lower-case texts of header names and methods, remembered up to a bound: the same few come again and again."""

    def __init__(self, change: Callable[[str], str]) -> None:
        self._change = change

    def __missing__(self, name: bytes) -> str:
        text = self._change(name.decode("latin-1"))
        if len(self) < 1024:
            self[name] = text
        return text


NAMES = Names(str.lower)
METHODS = Names(str.upper)


def origin_form(target: bytes) -> bytes:
    """`/path?query` of an absolute target, which a server must accept (RFC 9112 §3.2.2); empty: neither form."""
    try:
        url = httptools.parse_url(target)
    except httptools.HttpParserInvalidURLError:
        return b""
    path, query = url.path or b"/", url.query
    return (path + b"?" + query if query else path) if url.host else b""
