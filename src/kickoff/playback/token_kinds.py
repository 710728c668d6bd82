"""How is the right to fetch a stream written? As JSON Web Tokens or as Common Access Tokens: the house chooses."""

import json
from base64 import urlsafe_b64decode
from enum import StrEnum

from kickoff.playback.common_access_tokens import CatSigner, read_cat, stated_expiry_s
from kickoff.playback.tokens import Reader, Signer, read_jwt


class TokenKind(StrEnum):
    """The forms."""

    JWT = "jwt"
    CAT = "cat"


_READERS: dict[TokenKind, Reader] = {TokenKind.JWT: read_jwt, TokenKind.CAT: read_cat}


def signer_of(kind: TokenKind, key_id: str, seed: bytes) -> Signer | CatSigner:
    """What signs in this form."""
    return Signer(key_id, seed) if kind is TokenKind.JWT else CatSigner(key_id, seed)


def readers_of(kinds: frozenset[TokenKind]) -> dict[str, Reader]:
    """What reads these forms; no other is accepted."""
    return {str(kind): _READERS[kind] for kind in sorted(kinds)}


def expiry_s(token: str) -> float | None:
    """When a token says that it is over, seconds UTC: only read, never trusted. None: it says nothing."""
    if "." not in token:
        return stated_expiry_s(token)
    try:
        payload = token.split(".")[1]
        return float(json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"])
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return None
