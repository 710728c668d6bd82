"""How does a reply look on the wire? HTTP/1.1 bytes of a `Reply`; heads that come often are made once."""

from email.utils import formatdate
from http import HTTPStatus

from kickoff.door.seam import Reply, Request

WITHOUT_BODY, LAST = 1, 2
"""How a reply goes: to HEAD, and the last on its connection. PERF: one number is handed on faster than two words."""
_HEADS: dict[tuple[int, str], bytes] = {}
UNSENT_BYTES_MAX = 4 * 1024 * 1024
"""Of one connection: who asks and asks, and reads nothing, is cut off."""
_HEADS_MAX = 256
_LINES: dict[tuple[tuple[str, str], ...], bytes] = {}
_REPEATED = frozenset({
    "Cache-Control", "RateLimit", "RateLimit-Policy", "WWW-Authenticate", "Vary", "Access-Control-Allow-Origin",
    "Access-Control-Expose-Headers",
})  # fmt: skip


def reply_bytes(reply: Reply, date: bytes, form: int = 0) -> bytes:
    """Status line, headers and body. `date`: the Date header's line. `form`: `WITHOUT_BODY` and `LAST`, added up."""
    key = (reply.status, reply.content_type)
    head = _HEADS.get(key) or _made_head(key)
    headers, body = reply.headers, reply.body
    lines = (_LINES.get(headers) or _made_lines(headers)) if headers else b""
    if form & LAST:
        lines += b"Connection: close\r\n"
    if reply.status == 204:
        # No length beside a 204 (RFC 9110 §8.6).
        return b"%b%b%b\r\n" % (head, date, lines)
    sent = b"" if form & WITHOUT_BODY else body
    # PERF: bytes formatting is the fastest way to glue (make bench-door).
    return b"%b%bContent-Length: %d\r\n%b\r\n%b" % (head, date, len(body), lines, sent)


def date_line(at_us: int) -> bytes:
    """The Date header of an instant (RFC 9110 §6.6.1)."""
    return f"Date: {formatdate(at_us / 1_000_000, usegmt=True)}\r\n".encode()


def is_head(request: Request | None) -> bool:
    """Whether the reply goes without its body."""
    return request is not None and request.method == "HEAD"


def _made_head(key: tuple[int, str]) -> bytes:
    status, content_type = key
    phrase = HTTPStatus(status).phrase
    kind = f"Content-Type: {content_type}\r\n" if status != 204 else ""
    head = f"HTTP/1.1 {status} {phrase}\r\n{kind}".encode("latin-1")
    if len(_HEADS) < _HEADS_MAX:
        _HEADS[key] = head
    return head


def _made_lines(headers: tuple[tuple[str, str], ...]) -> bytes:
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers]).encode("latin-1")
    # Only headers that are the same for everybody come again.
    if all(name in _REPEATED for name, _ in headers):
        if len(_LINES) >= _HEADS_MAX:
            _LINES.clear()
        _LINES[headers] = lines
    return lines
