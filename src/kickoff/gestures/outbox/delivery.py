"""What is sent of an entry, how is it signed, and when is it tried again?

The form is that of Standard Webhooks (standardwebhooks.com, 1.0.0), which receivers verify with ready libraries:
`webhook-id` (the entry's key, for ever the same), `webhook-timestamp` (seconds), `webhook-signature`
(`v1,` and the base64 of HMAC-SHA-256 over `id.timestamp.body`). `idempotency-key` says the id once more.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from enum import StrEnum

import msgspec
from msgspec import Struct

from kickoff.gestures.ledger import Entry
from kickoff.units import US_PER_S, AtUs, iso

FIRST_WAIT_S, WAIT_MAX_S = 1.0, 300.0
ATTEMPTS_MAX = 100
"""Tries of one entry, some eight hours of them; afterwards a person looks why, and has it tried again."""
STREAK_MAX = 5
"""So many tries in a row without a yes or no: the receiver is away, and nothing else is sent until it is back."""
SECRET_BYTES_MIN = 24
"""Standard Webhooks asks for 24 to 64 bytes."""
_PREFIX = "whsec_"
_LATER = frozenset({408, 409, 425, 429})
"""Refusals that time mends."""


class Came(StrEnum):
    """What came of a try."""

    DELIVERED = "delivered"
    """The receiver has it. Nothing is owed any more."""
    AGAIN = "again"
    """It may have it or not. Try again, under the same key."""
    REFUSED = "refused"
    """It says that it will not take it. A person looks why."""


class SecretMalformed(Exception):
    """Raised by `read_secret`: too short, or no base64. Whoever set it writes another."""


class Pending(Struct, frozen=True, kw_only=True):
    """An entry that is not handed on."""

    entry: Entry
    attempts: int = 0
    last_at: AtUs = AtUs(0)
    is_stuck: bool = False
    """It was refused, or tried too often."""


class Message(Struct, frozen=True, kw_only=True):
    """What is sent."""

    headers: dict[str, str]
    body: bytes


def message(entry: Entry, secret: bytes, *, at: AtUs) -> Message:
    """The entry as it is sent at this instant."""
    body = msgspec.json.encode(
        {
            "type": "gesture.granted" if entry.amount_cents > 0 else "gesture.taken_back",
            "timestamp": iso(entry.at),
            "data": {
                "key": key_of(entry),
                "scope": entry.scope,
                "subject": f"{entry.subject & 0xFFFF_FFFF_FFFF_FFFF:016x}",
                "number": entry.number,
                "offer": entry.offer,
                "kind": entry.kind,
                "amount_cents": entry.amount_cents,
                "why": entry.why,
            },
        }
    )
    key, at_s = key_of(entry), at // US_PER_S
    headers = {
        "content-type": "application/json",
        "webhook-id": key,
        "idempotency-key": key,
        "webhook-timestamp": str(at_s),
        "webhook-signature": signature(secret, key, at_s, body),
    }
    return Message(headers=headers, body=body)


def key_of(entry: Entry) -> str:
    """The entry's name, for ever: night and start, subscriber, running number. Letters that a header may hold."""
    subject = f"{entry.subject & 0xFFFF_FFFF_FFFF_FFFF:016x}"
    return f"{entry.scope}.{subject}.{entry.number}"


def signature(secret: bytes, key: str, at_s: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    mac = hmac.digest(secret, f"{key}.{at_s}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(mac).decode()}"


def read_secret(text: str) -> bytes:
    """`whsec_` and base64, as Standard Webhooks writes it, or the bytes of any other text. Raises `SecretMalformed`."""
    try:
        secret = base64.b64decode(text.removeprefix(_PREFIX), validate=True) if text.startswith(_PREFIX) else None
    except ValueError as error:
        raise SecretMalformed(f"after {_PREFIX} stands no base64") from error
    secret = text.encode() if secret is None else secret
    if len(secret) < SECRET_BYTES_MIN:
        raise SecretMalformed(f"has {len(secret)} bytes; it takes {SECRET_BYTES_MIN} or more")
    return secret


def came_of(status: int) -> Came:
    """What an answer means; 0: there was none."""
    if 200 <= status < 300:
        return Came.DELIVERED
    return Came.REFUSED if 400 <= status < 500 and status not in _LATER else Came.AGAIN


def wait_s(key: str, attempts: int) -> float:
    """Seconds from the last of so many tries to the next: doubling, at most `WAIT_MAX_S`, less up to a fifth.

    What is taken off is drawn by the key: those that failed together do not come back together.
    """
    full = min(WAIT_MAX_S, FIRST_WAIT_S * 2.0 ** min(attempts - 1, 30))
    drawn = hashlib.sha256(f"{key} {attempts}".encode()).digest()[0] / 255
    return full * (1 - drawn / 5)


def ready(entries: Sequence[Pending], *, at: AtUs, stuck_too: bool) -> tuple[Sequence[Pending], AtUs | None]:
    """One subscriber's entries that may be sent now, and when the next of them may (None: sent, or stuck).

    What waits or is stuck holds back all after it: a correction is never there before what it corrects.
    """
    for number, one in enumerate(entries):
        if stuck_too:
            continue
        if one.is_stuck:
            return entries[:number], None
        if due_at(one) > at:
            return entries[:number], due_at(one)
    return entries, None


def due_at(pending: Pending) -> AtUs:
    """When an entry is tried next."""
    if not pending.attempts:
        return AtUs(0)
    return AtUs(pending.last_at + round(wait_s(key_of(pending.entry), pending.attempts) * US_PER_S))
