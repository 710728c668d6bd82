"""What does a device keep from an earlier sign-in? The claims of session, device, operator and guest tokens.

Sealed by `kickoff.seals` under the purpose that the class names; short field order, because every request carries them.
"""

from msgspec import Struct, msgpack

SESSION_PURPOSE = "session"
DEVICE_PURPOSE = "device"
OPERATOR_PURPOSE = "operator"
GUEST_PURPOSE = "guest"
SESSION_DAYS = 30
SESSION_US = SESSION_DAYS * 86_400 * 1_000_000


class SessionClaims(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """A household account that signed in on this device, and what it pays for. Valid for `SESSION_DAYS`."""

    account: int
    offer: str
    streams_max: int
    expires_at: int
    """Microseconds UTC."""


class DeviceClaims(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """A device whose household is not known: a number that the door drew."""

    device: int
    expires_at: int


class OperatorClaims(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """Who may pause and cap the door: a person's or a console's name."""

    name: str
    expires_at: int


class GuestClaims(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One place in the operator's own lane: press, partners, those who test. `number`: nobody can guess another's."""

    night: str
    number: int
    expires_at: int


SESSION_DECODER = msgpack.Decoder(SessionClaims)
DEVICE_DECODER = msgpack.Decoder(DeviceClaims)
OPERATOR_DECODER = msgpack.Decoder(OperatorClaims)
GUEST_DECODER = msgpack.Decoder(GuestClaims)


def session_claims(account: int, offer: str, streams_max: int, *, at_us: int) -> SessionClaims:
    """The claims of a session that begins now."""
    return SessionClaims(account=account, offer=offer, streams_max=streams_max, expires_at=at_us + SESSION_US)
