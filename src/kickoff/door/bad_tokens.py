"""Who brings a token that is not accepted, and from where? Opens tokens, and records what is known of those refused.

Who is refused is, in this order: whom the request shows by its session or its device's token; whom the token names,
which is not proven and decides nothing, here or later; else what was brought stands for who brought it, as a login does
that fails. So a forger is one who tries, not nobody, and a household whose ticket is of last week is itself.
"""

from typing import Protocol, TypeVar

import msgspec

from kickoff.door import identity
from kickoff.door.problems import problem
from kickoff.door.seam import Reply, Request
from kickoff.door.state import House
from kickoff.facts import NULL_SUBJECT, Fact, Row
from kickoff.seals import (
    TOKEN_BYTES_MAX,
    SealError,
    SealExpired,
    account_subject,
    device_subject,
    keyed_hash64,
    unsealed,
)
from kickoff.waiting_room.tickets import Client

WORD_MAX = 40
"""Characters of a word that a client may say of itself, as in the bodies."""
_NOBODY = Client()


class Held(Protocol):
    """What a ticket, a pass and a lease say of their holder."""

    @property
    def subject(self) -> int:
        """The journal's identity."""

    @property
    def client(self) -> tuple[str, str, str, str]:
        """Device, app, provider and region."""

    @property
    def expires_at(self) -> int:
        """Microseconds UTC."""


Claims = TypeVar("Claims", bound=Held)


def opened(
    house: House,
    request: Request,
    token: str,
    purpose: str,
    decoder: "msgspec.msgpack.Decoder[Claims]",
    *,
    at_us: int | None = None,
) -> Claims | Reply:
    """The token's claims, or the refusal. `at_us`: the instant at which it must be good, if not the request's."""
    try:
        return house.seals.open(purpose, token, decoder, at_us=request.at_us if at_us is None else at_us)
    except SealError as error:
        claimed = _claimed(purpose, token, decoder)
        return bad_token(house, request, token, claimed, expired=isinstance(error, SealExpired))


def bad_token(house: House, request: Request, token: str, claimed: Held | None, *, expired: bool = False) -> Reply:
    """Refuse a token that is forged, cut, stale or of another night. `claimed`: what it says, as far as it is read."""
    device, app, isp, region = claimed.client if claimed else _NOBODY
    row = Row(
        at=request.at_us,
        fact=Fact.REFUSED,
        subject=_subject(house, request, token, claimed),
        device=device,
        app=app,
        isp=isp,
        region=region,
        source=house.networks.of(request.peer, request.at_us).source,
        code="bad_token",
    )
    return refused(house, row, expired=expired)


def refused(house: House, row: Row, *, expired: bool = False) -> Reply:
    """Record it, and say so."""
    house.refuse(row)
    return problem("expired" if expired else "bad_token", "Take a new place: it costs nothing to ask.")


def _subject(house: House, request: Request, token: str, claimed: Held | None) -> int:
    if session := identity.session_of(house, request):
        return account_subject(house.subject_key, session.account)
    device = identity.device_of(house, request)
    if device is not None:
        return device_subject(house.subject_key, device)
    if claimed:
        return claimed.subject
    return keyed_hash64(house.subject_key, b"token:" + token.encode()) if token else NULL_SUBJECT


def _claimed(purpose: str, token: str, decoder: "msgspec.msgpack.Decoder[Claims]") -> Claims | None:
    """What a refused token says, if it can stand in the journal: whoever forged it may have written anything."""
    try:
        claims = unsealed(purpose, token[:TOKEN_BYTES_MAX], decoder)
    except SealError:
        return None
    is_number = -(2**63) <= claims.subject < 2**63
    return claims if is_number and all(len(word) <= WORD_MAX for word in claims.client) else None
