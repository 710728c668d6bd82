"""How is the right to fetch a stream written? As JSON Web Tokens or as Common Access Tokens: the house chooses."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from enum import StrEnum

from kickoff.playback.common_access_tokens import CatSigner, read_cat, stated_expiry_s
from kickoff.playback.tokens import PlaybackClaims, Reader, Signer, read_jwt
from kickoff.signatures import EDDSA, ES256, PublicKey, algorithm_of


class TokenKind(StrEnum):
    """The forms."""

    JWT = "jwt"
    CAT = "cat"
    CAT_ES256 = "cat-es256"
    """The same, signed with P-256: many edges know no EdDSA."""


_ALGORITHMS = {TokenKind.CAT: EDDSA, TokenKind.CAT_ES256: ES256}


def signer_of(kind: TokenKind, key_id: str, seed: bytes) -> Signer | CatSigner:
    """What signs in this form."""
    if kind is TokenKind.JWT:
        return Signer(key_id, seed)
    return CatSigner(key_id, seed, _ALGORITHMS[kind])


def readers_of(kinds: frozenset[TokenKind]) -> dict[str, Reader]:
    """What reads these forms; no other is accepted."""
    algorithms = {_ALGORITHMS[kind] for kind in kinds - {TokenKind.JWT}}
    readers: dict[str, Reader] = {"jwt": read_jwt} if TokenKind.JWT in kinds else {}

    def read_accepted(token: str, keys: Mapping[str, PublicKey]) -> PlaybackClaims:
        return read_cat(token, {key_id: key for key_id, key in keys.items() if algorithm_of(key) in algorithms})

    return readers | ({"cat": read_accepted} if algorithms else {})


def expiry_s(token: str) -> float | None:
    """When a token says that it is over, seconds UTC: only read, never trusted. None: it says nothing."""
    if "." not in token:
        return stated_expiry_s(token)
    try:
        payload = token.split(".")[1]
        return float(json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"])
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return None
