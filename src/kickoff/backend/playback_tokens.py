"""May this stream be fetched? Playback tokens of either kind, checked with the door's public keys.

A token rides in the path of every playlist and segment, so what was found genuine is remembered: a signature costs
70 µs, looking it up costs less than one.

    TokenRefused       raised by `check`; the answer says which
    ├── TokenInvalid   not a token of the door for this night, or over: 401, ask the door for a new one
    └── TokenForeign   genuine, but for other channels: 403
"""

from pathlib import Path

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from kickoff.backend import common_access_tokens
from kickoff.clock import Clock
from kickoff.units import US_PER_S, AtUs

CACHE_MAX = 65_536
"""Tokens remembered; beyond that the oldest is forgotten and checked again."""
KEYS_AGAIN_S = 1.0
"""A key that we do not hold makes us read the key file again, at most this often."""
ISSUER = "kickoff"


class TokenRefused(Exception):
    """This token does not open this stream."""


class TokenInvalid(TokenRefused):
    """Forged, cut, over, or of another night."""


class TokenForeign(TokenRefused):
    """Genuine, but the channel is not in it."""


class _Claims(Struct, frozen=True, kw_only=True):
    iss: str
    night: str
    channels: frozenset[str]
    exp: float
    """Seconds UTC, as RFC 7519 has it."""


class PlaybackTokens:
    """Checks playback tokens of one night."""

    def __init__(self, key_file: Path, *, night: str, clock: Clock) -> None:
        self._key_file = key_file
        self._night = night
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at: AtUs | None = None
        self._genuine: dict[str, _Claims] = {}

    def check(self, token: str, channel: str) -> None:
        """Return when the token opens the channel now. Raises `TokenInvalid` or `TokenForeign`."""
        claims = self._genuine.get(token) or self._verify(token)
        if claims.exp * US_PER_S <= self._clock.now():
            self._genuine.pop(token, None)
            raise TokenInvalid("this playback token is over; a heartbeat to the door brings a new one")
        if channel not in claims.channels:
            raise TokenForeign(f"this playback token is not for the channel {channel!r}")

    def _verify(self, token: str) -> _Claims:
        try:
            raw = self._json_web_token(token) if "." in token else self._common_access_token(token)
            claims = msgspec.convert(raw, _Claims)
        except (jwt.PyJWTError, *common_access_tokens.WRONG) as error:
            raise TokenInvalid("this is not a playback token of the door") from error
        if claims.iss != ISSUER:
            raise TokenInvalid("this playback token is not the door's")
        if claims.night != self._night:
            raise TokenInvalid("this playback token is for another night")
        self._remember(token, claims)
        return claims

    def _json_web_token(self, token: str) -> dict[str, object]:
        key = self._key(str(jwt.get_unverified_header(token).get("kid", "")))
        # What is over is said by the night's clock, which a rehearsal moves.
        return dict(jwt.decode(token, key, algorithms=["EdDSA"], options={"verify_exp": False, "verify_iat": False}))

    def _common_access_token(self, token: str) -> dict[str, object]:
        key = self._key(common_access_tokens.key_id(token)).key
        if not isinstance(key, Ed25519PublicKey | EllipticCurvePublicKey):
            raise jwt.InvalidKeyError("not a key of this kind")
        return common_access_tokens.read(token, key)

    def _key(self, key_id: str) -> jwt.PyJWK:
        if key_id not in self._keys:
            self._read_keys()
        key = self._keys.get(key_id)
        if key is None:
            raise jwt.InvalidKeyError("no such key")
        return key

    def _read_keys(self) -> None:
        now = self._clock.now()
        if self._read_at is not None and now - self._read_at < KEYS_AGAIN_S * US_PER_S:
            return
        self._read_at = now
        try:
            keys = jwt.PyJWKSet.from_json(self._key_file.read_text("utf-8"))
        except (OSError, jwt.PyJWTError, ValueError):
            # The door has not written its keys yet: nobody holds a token of it either.
            return
        self._keys = {key.key_id: key for key in keys.keys if key.key_id}

    def _remember(self, token: str, claims: _Claims) -> None:
        if len(self._genuine) >= CACHE_MAX:
            del self._genuine[next(iter(self._genuine))]
        self._genuine[token] = claims
