"""Who comes for a place? A household where a session says so, the operator's guest by a claim, else a device."""

from msgspec import Struct

from kickoff.accounts.sessions import GUEST_DECODER, GUEST_PURPOSE, SESSION_US
from kickoff.door import identity
from kickoff.door.bodies import JoinBody
from kickoff.door.networks import Network
from kickoff.door.seam import Request
from kickoff.door.state import House
from kickoff.facts import Lane
from kickoff.seals import SealError, account_subject, device_subject, guest_subject

_KNOWN = Lane.KNOWN
"""PERF: a member of an enumeration is looked up for 50 ns each time (make bench-door)."""


class Comer(Struct, frozen=True, kw_only=True, gc=False):
    """Someone who asks for a place."""

    at: int
    subject: int
    offer: str
    """Empty where the household is not known."""
    lane: Lane
    """In which it stands unless its network is hot."""
    code: str
    """By what the place is given: session, device, proof or claim, as in the fact."""
    is_old: bool = False
    """A device that was here before this night."""
    kept: int = 0
    """The place that was kept back for it; 0: the next one is its."""
    body: JoinBody
    network: Network
    headers: tuple[tuple[str, str], ...]
    """What gives a new device its token."""


def comer_of(house: House, request: Request, body: JoinBody) -> Comer:
    """Who sends this request."""
    at = request.at_us
    session = identity.session_of(house, request)
    headers: tuple[tuple[str, str], ...] = ()
    is_old = False
    if session is None:
        known = identity.claims_of_device(house, request)
        if known is None:
            device, headers = identity.new_device(house, request)
        else:
            device, is_old = known.device, known.expires_at - SESSION_US < house.starts_at
        subject, offer, lane, code = device_subject(house.subject_key, device), "", Lane.MAIN, "device"
    else:
        subject, offer = account_subject(house.subject_key, session.account), session.offer
        lane, code = _KNOWN, "session"
    network = house.networks.of(request.peer, at)
    return Comer(
        at=at,
        subject=subject,
        offer=offer,
        lane=lane,
        code=code,
        is_old=is_old,
        body=body,
        network=network,
        headers=headers,
    )


def guest_of(house: House, comer: Comer) -> Comer | None:
    """The operator's guest whose claim this is: one place a claim, on whichever device; None: not a claim of tonight.

    The place is the claim's, not the household's: whoever comes in with it is let in as with a device's place.
    """
    try:
        claim = house.seals.open(GUEST_PURPOSE, comer.body.claim, GUEST_DECODER, at_us=comer.at)
    except SealError:
        return None
    if claim.night != house.night.name:
        return None
    return Comer(
        at=comer.at,
        subject=guest_subject(house.subject_key, claim.number),
        offer="",
        lane=Lane.OPERATOR,
        code="claim",
        body=comer.body,
        network=comer.network,
        headers=(),
    )
