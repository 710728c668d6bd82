"""May this request fetch this channel? Playback tokens, signed with Ed25519, that any edge can check.

JSON Web Tokens here; `common_access_tokens.py` writes the same claims in the form of CTA-5007.

Signing takes 23 µs of a core and verifying 70 µs, so a token is signed once in its life and verified through a bounded
cache. The key that a token names says the algorithm, whatever the token's header says (`signatures.py`); JSON Web
Tokens are EdDSA always.

    TokenError    raised by `Verifier.verify`: the token is not ours, not whole, or over
"""

import base64
from collections.abc import Callable, Mapping

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from kickoff.signatures import PublicKey, public_key

ISSUER = "kickoff"
TOKEN_CHARACTERS_MAX = 1024
LIFE_S_MIN = 600.0


class TokenError(Exception):
    """This playback token is not accepted. Its holder fetches a new one with the next beat."""


class PlaybackClaims(Struct, frozen=True, kw_only=True):
    """What a playback token says. `iat` and `exp` are seconds UTC."""

    iss: str
    sub: str
    night: str
    channels: tuple[str, ...]
    stream: int
    iat: int
    exp: int


Reader = Callable[[str, Mapping[str, PublicKey]], PlaybackClaims]
"""(token, keys by id) → the claims of a token that one of them signed. Raises `TokenError`."""


class _Header(Struct, frozen=True, kw_only=True):
    alg: str
    kid: str
    typ: str = "JWT"


def life_s(*, beat_s_max: float) -> float:
    """Longer than twice the longest stretched interval: a lapse of the door ends no stream."""
    return max(LIFE_S_MIN, 4 * beat_s_max)


class Signer:
    """Signs with the first key of the ring."""

    __slots__ = ("_head", "_key")

    def __init__(self, key_id: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._head = _base64(msgspec.json.encode(_Header(alg="EdDSA", kid=key_id))) + b"."

    def sign(self, claims: PlaybackClaims) -> str:
        """The token's text."""
        signed = self._head + _base64(msgspec.json.encode(claims))
        return (signed + b"." + _base64(self._key.sign(signed))).decode()


class Verifier:
    """Verifies with all keys of the ring; remembers at most `cache_max` good tokens, the oldest leave first."""

    __slots__ = ("_cache", "_cache_max", "_keys", "_night", "_readers")

    def __init__(
        self,
        keys: Mapping[str, bytes],
        *,
        night: str,
        readers: Mapping[str, Reader] | None = None,
        cache_max: int = 65_536,
    ) -> None:
        """`readers`: by the kind of token, `jwt` or `cat`; those named are accepted. None: JSON Web Tokens alone."""
        self._readers = {"jwt": read_jwt} if readers is None else dict(readers)
        self._keys = {key_id: public_key(raw) for key_id, raw in keys.items()}
        self._night = night
        self._cache: dict[str, PlaybackClaims] = {}
        self._cache_max = cache_max

    def verify(self, token: str, *, at_us: int) -> PlaybackClaims:
        """The claims of a good token of this night. Raises `TokenError`."""
        claims = self._cache.get(token)
        if claims is None:
            claims = self._checked(token)
            if len(self._cache) >= self._cache_max:
                del self._cache[next(iter(self._cache))]
            self._cache[token] = claims
        if claims.exp * 1_000_000 < at_us:
            raise TokenError("this playback token is over")
        return claims

    def _checked(self, token: str) -> PlaybackClaims:
        if len(token) > TOKEN_CHARACTERS_MAX:
            raise TokenError(f"a playback token has at most {TOKEN_CHARACTERS_MAX} characters")
        # No CBOR Web Token has a dot, and no JSON Web Token lacks one.
        read = self._readers.get("jwt" if "." in token else "cat")
        if read is None:
            raise TokenError("playback tokens of this kind are not accepted here")
        claims = read(token, self._keys)
        if claims.iss != ISSUER or claims.night != self._night:
            raise TokenError("this playback token is of another night")
        return claims


def read_jwt(token: str, keys: Mapping[str, PublicKey]) -> PlaybackClaims:
    """The claims of a JSON Web Token that one of these keys signed. Raises `TokenError`."""
    signed, _, signature = token.encode("ascii", "replace").rpartition(b".")
    head, _, payload = signed.partition(b".")
    try:
        header = msgspec.json.decode(_unbase64(head), type=_Header)
        key = keys.get(header.kid)
        if header.alg != "EdDSA" or not isinstance(key, Ed25519PublicKey):
            raise TokenError("this playback token was not signed by a key of this night")
        key.verify(_unbase64(signature), signed)
        return msgspec.json.decode(_unbase64(payload), type=PlaybackClaims)
    except (ValueError, msgspec.DecodeError, InvalidSignature) as error:
        raise TokenError("this is not a valid playback token") from error


def _base64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _unbase64(text: bytes) -> bytes:
    return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
