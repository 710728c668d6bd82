"""Is this ours, whole and still valid? Tokens that Kickoff both issues and checks.

A token is `PURPOSE.KEYID.PAYLOAD.MAC`: the payload is MessagePack in base64url without padding, the MAC is 16 bytes of
keyed BLAKE2b (RFC 7693 §2.9), in hexadecimal, over everything before it, dots included, so that no two sequences of
fields share one text. The purpose is part of what is signed: a ticket never passes for a session. Comparison is in
constant time.

    SealError            raised by `Seals.open`; the caller refuses and says which
    ├── SealMalformed    cut, flipped, of another purpose, or by a key we do not hold: not ours
    └── SealExpired      ours and whole, but its time is over
"""

import hmac
import struct
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

TOKEN_BYTES_MAX = 1024
"""Longer texts are refused before anything is computed."""
_MAC_BYTES = 16
_INT64 = struct.Struct("<q")
_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")


class SealError(Exception):
    """This token is not accepted. The holder needs a new one."""


class SealMalformed(SealError):
    """Cut, changed, of another purpose, or sealed by a key that we do not hold."""


class SealExpired(SealError):
    """Ours and whole, but past its `expires_at`."""


class Expiring(Protocol):
    """What can be sealed: a frozen Struct that knows its end in microseconds UTC."""

    @property
    def expires_at(self) -> int:
        """Microseconds UTC after which it is refused."""


Claims = TypeVar("Claims", bound=Expiring)


class Key(Struct, frozen=True, kw_only=True):
    """One secret of the ring. `id` is public and short; it stands in every token."""

    id: str
    secret: bytes


class Seals:
    """Seals and opens claims with a ring of keys: the first seals, all open (rotation with overlap)."""

    # PERF: a copied context of keyed BLAKE2b takes 0.4 µs where HMAC-SHA256 takes 0.6, and a MAC in hexadecimal spares
    # a base64 (make bench-door).
    __slots__ = ("_encode", "_keys", "_rings", "_sealing", "_sealing_id", "_unknown")

    def __init__(self, keys: tuple[Key, ...]) -> None:
        assert keys, "a ring needs at least one key"
        self._keys = {key.id: _mac(key.secret) for key in keys}
        self._sealing_id = keys[0].id
        self._unknown = _mac(b"\0")
        self._rings: dict[str, dict[bytes, blake2b]] = {}
        """Purpose → `PURPOSE.KEYID` → the key's MAC, begun."""
        self._sealing: dict[str, tuple[bytes, blake2b]] = {}
        self._encode = msgspec.msgpack.Encoder().encode

    def seal(self, purpose: str, claims: Struct | tuple[object, ...]) -> str:
        """The token's text: ASCII, safe in a URL path, a cookie and a header.

        `claims`: a Struct; or the fields of one that is `array_like`, in their order.
        """
        begin, key = self._sealing.get(purpose) or self._begun(purpose)
        payload = b2a_base64(self._encode(claims), newline=False).translate(_TO_URL_SAFE).rstrip(b"=")
        signed = b"%b%b" % (begin, payload)
        mac = key.copy()
        mac.update(signed)
        return f"{signed.decode()}.{mac.hexdigest()}"

    def open(self, purpose: str, token: str, decoder: "msgspec.msgpack.Decoder[Claims]", at_us: int) -> Claims:
        """The claims of a token of this purpose.

        Raises `SealMalformed` (not ours) or `SealExpired` (`expires_at` < `at_us`).
        """
        if len(token) > TOKEN_BYTES_MAX:
            message = f"a token has at most {TOKEN_BYTES_MAX} characters"
            raise SealMalformed(message)
        signed, _, given = token.encode("ascii", "replace").rpartition(b".")
        named, _, payload = signed.rpartition(b".")
        ring = self._rings.get(purpose) or self._ring(purpose)
        # A key that we do not hold still costs one MAC, so that time does not tell which keys exist.
        mac = ring.get(named, self._unknown).copy()
        mac.update(signed)
        if not hmac.compare_digest(mac.hexdigest().encode(), given) or named not in ring:
            message = f"this is not a valid {purpose}"
            raise SealMalformed(message)
        # The decoder of base64 takes more padding than it needs.
        claims = decoder.decode(a2b_base64(payload.translate(_FROM_URL_SAFE) + b"=="))
        if claims.expires_at < at_us:
            message = f"this {purpose} is no longer valid"
            raise SealExpired(message)
        return claims

    def _begun(self, purpose: str) -> tuple[bytes, blake2b]:
        """How a token of this purpose begins, and the MAC of the key that seals."""
        begun = f"{purpose}.{self._sealing_id}.".encode(), self._keys[self._sealing_id]
        self._sealing[purpose] = begun
        return begun

    def _ring(self, purpose: str) -> dict[bytes, blake2b]:
        """The keys by how a token of this purpose begins. Purposes are named by the code, so there are few."""
        ring = {f"{purpose}.{key_id}".encode(): mac for key_id, mac in self._keys.items()}
        self._rings[purpose] = ring
        return ring


def unsealed(purpose: str, token: str, decoder: "msgspec.msgpack.Decoder[Claims]") -> Claims:
    """What a token says, unproven: for those who hold no key and check it against something else.

    Raises `SealMalformed`. Nothing may be granted by it.
    """
    named, _, payload = token[:TOKEN_BYTES_MAX].encode("ascii", "replace").rpartition(b".")[0].rpartition(b".")
    try:
        if named.partition(b".")[0] != purpose.encode():
            raise SealMalformed(f"this is not a {purpose}")
        return decoder.decode(a2b_base64(payload.translate(_FROM_URL_SAFE) + b"=="))
    except (ValueError, msgspec.DecodeError) as error:
        raise SealMalformed(f"this is not a {purpose}") from error


def _mac(secret: bytes) -> blake2b:
    """The MAC of one key, to be copied for each token. A secret longer than a key of BLAKE2b is hashed first."""
    assert secret, "without a key everybody could seal"
    key = secret if len(secret) <= blake2b.MAX_KEY_SIZE else blake2b(secret).digest()
    return blake2b(key=key, digest_size=_MAC_BYTES)


def keyed_hash64(key: bytes, data: bytes) -> int:
    """A signed 64-bit keyed hash (BLAKE2b): subjects, index keys. `key`: at most 64 bytes."""
    # PERF: the key's block is hashed once: 0.3 µs less a hash (make bench-door).
    hashed = _begun(key)()
    hashed.update(data)
    number: int = _INT64.unpack(hashed.digest())[0]
    return number


@lru_cache(maxsize=64)
def _begun(key: bytes) -> Callable[[], blake2b]:
    return blake2b(key=key, digest_size=8).copy


def account_subject(key: bytes, account: int) -> int:
    """The journal's identity of a household account. `key`: the season's subject key."""
    return keyed_hash64(key, b"account:%d" % account)


def device_subject(key: bytes, device: int) -> int:
    """The journal's identity of a device whose household is not known. `device`: its cookie's number."""
    return keyed_hash64(key, b"device:%d" % device)


def guest_subject(key: bytes, number: int) -> int:
    """The journal's identity of a guest of the operator's, by the number of the claim."""
    return keyed_hash64(key, b"guest:%d" % number)
