"""What does a stream in progress carry? The claims of a lease token."""

from typing import NamedTuple

from msgspec import Struct, msgpack

LEASE_PURPOSE = "lease"


class Client(NamedTuple):
    """What the stream is watched with."""

    device: str = ""
    app: str = ""
    isp: str = ""
    region: str = ""


class LeaseClaims(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One stream of one account: enough to reinstate it where the door forgot it. Instants in microseconds UTC."""

    night: str
    account: int
    subject: int
    stream: int
    """32-bit number of the lease; unique in the night."""
    offer: str
    streams_max: int
    channel: str
    cdn: str
    client: Client
    granted_at: int
    expires_at: int


LEASE_DECODER = msgpack.Decoder(LeaseClaims)
