"""Has this head come before? Clients of one class send the same head, but for a token: it is parsed once for all.

Nothing is parsed here. A head that the parser has taken is remembered byte by byte, in two pieces around the token. A
later request is recognised where it consists of the first piece, a token of characters that mean nothing to a parser
(token68 of RFC 9110 §11.2), the second piece, and a body of the same length: the parser would find in it what it found
then. Whatever differs in a byte goes to the parser. So does what names one client besides its token.
"""

from collections.abc import Collection
from typing import NamedTuple

from msgspec import Struct

from kickoff.door.seam import Headers, Request

CHANCES = 8
"""So many requests of a connection may have heads that are new; then none of its heads is looked for any more."""
REMEMBERED_MAX = 1024
"""Heads; when so many are remembered all are forgotten, and those that still come are learnt again."""
HEAD_BYTES_MAX = 2048
TARGET_MAX = 64
"""A longer one names one stream or one file, and hardly comes again."""
MARKS = (
    (b"uthorization: Bearer ", "authorization", "Bearer "),
    (b"ookie: kickoff_device=", "cookie", "kickoff_device="),
    (b"ookie: kickoff_session=", "cookie", "kickoff_session="),
)
"""What stands before a token: in the bytes, whether its name is written large or small; its field; within the field."""
_PERSONAL = frozenset({"authorization", "cookie", "x-forwarded-for", "x-kickoff-device", "x-original-uri"})
_METHODS = frozenset({"GET", "POST"})
_OF_TOKENS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="
_END = b"\r\n\r\n"


class Head(Struct, frozen=True, kw_only=True, gc=False):
    """A head that was parsed, around its token."""

    before: bytes
    """Up to the token; all of it where there is none."""
    behind: bytes
    """From the token's end to the empty line; empty where there is none."""
    at: int
    """Where the token stands, or else the body."""
    body_bytes: int
    method: str
    path: str
    query: str
    fields: dict[str, str]
    """Lower-case name → value; without the one in which the token stands."""
    field: str
    begins: str
    """What stands in that field before the token."""

    def request(self, data: bytes, peer: str, at_us: int) -> Request | None:
        """The request that these bytes are, where nothing but token and body differ; None: the parser must say."""
        if not data.startswith(self.before):
            return None
        fields, behind, at = self.fields, self.behind, self.at
        if behind:
            stop = data.find(b"\r", at)
            token = data[at:stop]
            if not data.startswith(behind, stop) or not token or token.translate(None, _OF_TOKENS):
                return None
            fields = {**fields, self.field: self.begins + token.decode()}
            at = stop + len(behind)
        body = data[at:]
        if len(body) != self.body_bytes:
            return None
        return Request(
            method=self.method, path=self.path, query=self.query, headers=fields, body=body, peer=peer, at_us=at_us
        )


class Heads(dict[bytes, Head]):
    """The heads that are remembered, by their bytes without the token."""

    def find(self, data: bytes) -> Head | None:
        """The head with which these bytes may begin."""
        end = data.find(_END) + len(_END)
        for mark, _, _ in MARKS:
            at = data.find(mark, 0, end)
            if at > 0:
                at += len(mark)
                return self.get(data[:at] + data[data.find(b"\r", at) : end])
        return self.get(data[:end])

    def learn(self, data: bytes, request: Request, names: Collection[str]) -> None:
        """Remember the head of a request that the parser took as these bytes and no others, and that had no coding.

        `names`: of its fields, in lower case.
        """
        end = len(data) - len(request.body)
        if end > HEAD_BYTES_MAX or len(request.path) + len(request.query) > TARGET_MAX:
            return
        if request.method not in _METHODS or "upgrade" in names:
            return
        cut = _cut(data[:end], request.headers)
        if cut is None or _PERSONAL.intersection(names) - {cut.field}:
            return
        if len(self) >= REMEMBERED_MAX:
            self.clear()
        self[cut.before + cut.behind] = Head(
            before=cut.before,
            behind=cut.behind,
            at=len(cut.before),
            body_bytes=len(request.body),
            method=request.method,
            path=request.path,
            query=request.query,
            fields={name: request.headers[name] for name in names if name != cut.field},
            field=cut.field,
            begins=cut.begins,
        )


class Recall:
    """What one connection makes of the heads that all share."""

    __slots__ = ("_chances", "_head", "_heads")

    def __init__(self, heads: Heads) -> None:
        self._heads = heads
        self._head: Head | None = None
        """The one that came last: most often it comes again."""
        self._chances = CHANCES

    def give_up(self) -> None:
        """Look for no head any more: each names another client."""
        self._chances, self._head = 0, None

    def request(self, data: bytes, peer: str, at_us: int) -> Request | None:
        """The request that these bytes are, whole and alone, where its head has come before."""
        # PERF: nearly all requests of a rush are recognised: 3 µs less a join (make bench-door).
        head = self._head
        if head is not None and (request := head.request(data, peer, at_us)) is not None:
            return request
        if not self._chances:
            return None
        head = self._head = self._heads.find(data)
        request = None if head is None else head.request(data, peer, at_us)
        self._chances = self._chances - 1 if request is None else CHANCES
        return request

    def learn(self, data: bytes, request: Request, names: Collection[str]) -> None:
        """As `Heads.learn`, while there are chances that it comes again."""
        if self._chances:
            self._heads.learn(data, request, names)


class _Cut(NamedTuple):
    """A head around its token; the fields of `Head`."""

    before: bytes
    behind: bytes = b""
    field: str = ""
    begins: str = ""


def _cut(head: bytes, headers: Headers) -> _Cut | None:
    """The head around its first token; None: what looks like one is not what the parser found on a line of its own."""
    for mark, field, begins in MARKS:
        if (at := head.find(mark)) > 0:
            at += len(mark)
            stop = head.find(b"\r", at)
            token, line = head[at:stop], head[head.rfind(b"\n", 0, at) + 1 : at]
            is_one = token and not token.translate(None, _OF_TOKENS) and headers.get(field) == begins + token.decode()
            is_own = line.lower() == f"{field}: {begins}".lower().encode()
            return _Cut(head[:at], head[stop:], field, begins) if is_one and is_own else None
    return _Cut(head)
