"""What does a person in line hold? The claims of a ticket, and of the pass that a called ticket is redeemed for.

Both carry the class of the client, so that every later fact names it without asking again.
"""

from typing import NamedTuple

from msgspec import Struct, msgpack

TICKET_PURPOSE = "ticket"
PASS_PURPOSE = "pass"  # noqa: S105 - the name of a purpose


class Client(NamedTuple):
    """What a viewer comes with."""

    device: str = ""
    app: str = ""
    isp: str = ""
    region: str = ""


class TicketClaims(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """A place in a lane of one night's line. Instants in microseconds UTC."""

    night: str
    lane: str
    place: int
    subject: int
    joined_at: int
    offer: str
    """Empty where the household is not known."""
    client: Client
    expires_at: int
    behind: int = 0
    """The number of the main lane whose turn is its own too: of a television that takes none. 0: it has its own."""


class PassClaims(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """Permission to use the back end now. `good_until` is what its holder is told; `expires_at` is the night's end."""

    night: str
    lane: str
    place: int
    subject: int
    offer: str
    client: Client
    good_until: int
    """A pass that met a full permit stays good after it; any other is redeemed anew from the ticket."""
    expires_at: int
    unproved: bool = False
    """Of a television whose network floods the door: its sign-in must show that it is no bot's."""


TICKET_DECODER = msgpack.Decoder(TicketClaims)
PASS_DECODER = msgpack.Decoder(PassClaims)
