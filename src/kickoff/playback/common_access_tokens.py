"""The same right as a Common Access Token (CTA-5007), for edges that know those: a signed CBOR Web Token.

    61(18([<<{1: -8}>>, {4: kid}, claims, signature]))      RFC 8392 tags, COSE_Sign1 (RFC 9052); −8 EdDSA or −7 ES256,
                                                            as the key that `kid` names makes it (`signatures.py`)

    1 iss "kickoff"    2 sub    3 aud: the night    4 exp    6 iat
    310 catv 1         312 catu: the paths, by channel       313 catm: GET and HEAD
    −65537 the stream  −65538 the channels, as our own edges read them (private use, RFC 8392 §9.1)

A token is read by writing it anew: what is not, byte for byte, what this signer would have written is refused, whoever
made it and however well it may be formed. So nobody can make ten texts of one token, and no claim goes unread.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any

import cbor2
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kickoff import signatures
from kickoff.playback.tokens import ISSUER, TOKEN_CHARACTERS_MAX, PlaybackClaims, TokenError
from kickoff.signatures import PublicKey

CWT_TAG, COSE_SIGN1_TAG = b"\xd8\x3d", b"\xd2"
VERSION = 1
METHODS = ["GET", "HEAD"]
CATV, CATU, CATM = 310, 312, 313
STREAM, CHANNELS = -65537, -65538
PATH, REGEX = 3, 4
_SIGNATURE_BYTES = signatures.SIGNATURE_BYTES
_SIGNATURE_HEAD = b"\x58\x40"
_PROTECTED = {algorithm: cbor2.dumps({1: algorithm}) for algorithm in (signatures.EDDSA, signatures.ES256)}
_FOUR_PARTS = b"\x84"
_ANY_HEAD = re.compile(
    rb"\xd8\x3d\xd2\x84\x43\xa1\x01[\x26\x27]\xa1\x04(?:(?P<short>[\x40-\x57])|\x58(?P<long>.))", re.DOTALL
)


class CatSigner:
    """Signs with the first seed of the ring."""

    __slots__ = ("_algorithm", "_head", "_key")

    def __init__(self, key_id: str, seed: bytes, algorithm: int = signatures.EDDSA) -> None:
        is_es256 = algorithm == signatures.ES256
        self._key = signatures.es256_key(seed) if is_es256 else Ed25519PrivateKey.from_private_bytes(seed)
        self._algorithm = signatures.algorithm_of(self._key)
        self._head = _head(signatures.es256_id(key_id) if is_es256 else key_id, self._algorithm)

    def sign(self, claims: PlaybackClaims) -> str:
        """The token's text."""
        payload = _written(claims)
        signature = signatures.signature(self._key, _signed(payload, self._algorithm))
        return _base64(b"".join((self._head, cbor2.dumps(payload), _SIGNATURE_HEAD, signature)))


def read_cat(token: str, keys: Mapping[str, PublicKey]) -> PlaybackClaims:
    """The claims of a token that one of these keys signed, each by its own algorithm. Raises `TokenError`."""
    raw = _unbase64(token)
    for key_id, key in keys.items():
        head = _head(key_id, signatures.algorithm_of(key))
        if raw.startswith(head):
            return _verified(raw[len(head) :], key)
    raise TokenError("this playback token was not signed by a key of this night")


def stated_expiry_s(token: str) -> float | None:
    """The `exp` that a token states, unchecked: it may decide when to ask for another one, and nothing else."""
    try:
        raw = _unbase64(token)
        found = _ANY_HEAD.match(raw)
        if found is None:
            return None
        key_id_bytes = found["long"][0] if found["long"] else found["short"][0] - 0x40
        return float(cbor2.loads(_payload(raw[found.end() + key_id_bytes :]))[4])
    except (TokenError, cbor2.CBORError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return None


def claims_of(claims: PlaybackClaims) -> dict[int, Any]:
    """The claims by their numbers, in the order in which they are written."""
    return {
        1: claims.iss,
        2: claims.sub,
        3: claims.night,
        4: claims.exp,
        6: claims.iat,
        CATV: VERSION,
        CATU: {PATH: {REGEX: [paths_of(claims.channels)]}},
        CATM: METHODS,
        STREAM: claims.stream,
        CHANNELS: list(claims.channels),
    }


def paths_of(channels: tuple[str, ...]) -> str:
    """The paths that these channels are fetched from, as a regular expression: names of channels need no escaping."""
    return f"^/live/[^/]+/[^/]+/({'|'.join(channels)})/"


def _verified(rest: bytes, key: PublicKey) -> PlaybackClaims:
    payload, signature = _payload(rest), rest[-_SIGNATURE_BYTES:]
    try:
        signatures.verify(key, signature, _signed(payload, signatures.algorithm_of(key)))
        found = cbor2.loads(payload)
        claims = msgspec.convert(
            {
                "iss": found[1],
                "sub": found[2],
                "night": found[3],
                "exp": found[4],
                "iat": found[6],
                "stream": found[STREAM],
                "channels": found[CHANNELS],
            },
            PlaybackClaims,
        )
    except (InvalidSignature, cbor2.CBORError, KeyError, TypeError, ValueError) as error:
        raise TokenError("this is not a valid playback token") from error
    if _written(claims) != payload or claims.iss != ISSUER:
        raise TokenError("this playback token is not as this house writes them")
    return claims


def _payload(rest: bytes) -> bytes:
    """What stands between head and signature. Raises `TokenError`."""
    written, tail = rest[: -_SIGNATURE_BYTES - 2], rest[-_SIGNATURE_BYTES - 2 :]
    payload = written[3:] if written[:1] == b"\x59" else written[2:]
    if not tail.startswith(_SIGNATURE_HEAD) or cbor2.dumps(payload) != written:
        raise TokenError("this is not a valid playback token")
    return payload


def _head(key_id: str, algorithm: int) -> bytes:
    protected = cbor2.dumps(_PROTECTED[algorithm])
    return b"".join((CWT_TAG, COSE_SIGN1_TAG, _FOUR_PARTS, protected, cbor2.dumps({4: key_id.encode()})))


def _written(claims: PlaybackClaims) -> bytes:
    return cbor2.dumps(claims_of(claims))


def _signed(payload: bytes, algorithm: int) -> bytes:
    """Sig_structure (RFC 9052 §4.4)."""
    return cbor2.dumps(["Signature1", _PROTECTED[algorithm], b"", payload])


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unbase64(token: str) -> bytes:
    """Raises `TokenError`; also where other characters would mean the same bytes."""
    try:
        text = token.encode("ascii")
        raw = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise TokenError("this is not a valid playback token") from error
    if len(token) > TOKEN_CHARACTERS_MAX or _base64(raw) != token:
        raise TokenError("this is not a valid playback token")
    return raw
