"""The one seam between a server and the door: request values in, reply values out. No socket on either side of it.

A server (our protocol class, Granian, a rehearsal, a test) builds a `Request`, calls `Door.answer`, writes the `Reply`.
When the answer needs the back end, the door returns a `Forward` instead: whoever holds the network makes the call
and hands its outcome to `finish`, which gives the `Reply`. When it needs a line that many doors share, it returns a
`Parked`: the questions of many requests are asked together, and each is finished with what the line said.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol, overload

from msgspec import Struct

from kickoff.waiting_room.shared import Answered, Question


class Headers(Protocol):
    """Headers by their lower-case names: a dictionary is one, and so is what reads them late (`heard.Fields`)."""

    @overload
    def get(self, name: str, /) -> str | None: ...

    @overload
    def get(self, name: str, default: str, /) -> str: ...

    def __getitem__(self, name: str, /) -> str: ...

    def __contains__(self, name: object, /) -> bool: ...


class Request(Struct, frozen=True, kw_only=True, gc=False):
    """One HTTP request, already bounded by the server. Header names are lower case."""

    method: str
    path: str
    """Percent-encoded as sent, without the query."""
    query: str = ""
    headers: Headers = {}
    body: bytes = b""
    peer: str = "127.0.0.1"
    """The address of the other end, or of the client when a trusted proxy names it."""
    is_proxied: bool = False
    """A trusted proxy handed it on: what it says of the connection in front of it is believed."""
    at_us: int
    """When it was read: microseconds UTC."""


class Reply(Struct, frozen=True, kw_only=True, gc=False):
    """One HTTP answer. `headers` come beside Content-Type and Content-Length, which the server writes."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    needs_log: bool = False
    """A promise: it leaves only once its fact is written; where the log refuses, `Door.unwritten` goes out instead."""


class SignInOutcome(StrEnum):
    """How a forwarded sign-in went."""

    OK = "ok"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of an outcome
    UNKNOWN_ACCOUNT = "unknown_account"
    OVERLOADED = "overloaded"
    TIMEOUT = "timeout"
    ERROR = "error"


class SignInAnswer(Struct, frozen=True, kw_only=True):
    """What the back end said. `account`, `offer` and `streams_max` have a meaning only when `outcome` is OK."""

    outcome: SignInOutcome
    duration_ms: int
    account: int = 0
    offer: str = ""
    streams_max: int = 0


class Forward(Struct, frozen=True, kw_only=True):
    """A sign-in to be made at the back end. The permit is taken: `finish` must be called exactly once."""

    login: str
    password: str
    deadline_us: int | None
    """Carried to the back end, so that work nobody waits for is dropped; None: not said (door open to all)."""
    finish: Callable[[SignInAnswer, int], Reply]
    """(answer, now in microseconds UTC) → reply."""


class Parked(Struct, frozen=True, kw_only=True, gc=False):
    """A question that only the shared line can answer. `finish` must be called exactly once, also where it is lost."""

    question: Question
    finish: Callable[[Answered, int], Reply]
    """(what the line said, now in microseconds UTC) → reply."""
