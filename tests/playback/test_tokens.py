"""Playback tokens: any edge can check them, and nothing else passes for one."""

import base64
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kickoff.playback.tokens import PlaybackClaims, Signer, TokenError, Verifier
from kickoff.signatures import public_raws
from kickoff.units import US_PER_S

SEED, OTHER = bytes(range(32)), bytes(range(1, 33))
NOW = 1_700_000_000


def claims(night: str = "n", exp: int = NOW + 600) -> PlaybackClaims:
    """A good token's claims."""
    return PlaybackClaims(iss="kickoff", sub="-5", night=night, channels=("a", "b"), stream=3, iat=NOW, exp=exp)


@pytest.fixture
def verifier() -> Verifier:
    """Knows one key."""
    return Verifier(public_raws("k", SEED), night="n", cache_max=2)


def test_a_token_is_read_by_whoever_has_the_public_key(verifier: Verifier) -> None:
    """An independent library says the same as ours."""
    token = Signer("k", SEED).sign(claims())
    assert verifier.verify(token, at_us=NOW * US_PER_S) == claims()
    public = Ed25519PrivateKey.from_private_bytes(SEED).public_key()
    theirs = jwt.decode(token, public, algorithms=["EdDSA"], options={"verify_exp": False, "verify_iat": False})
    assert (theirs["sub"], theirs["channels"], theirs["stream"]) == ("-5", ["a", "b"], 3)
    assert jwt.get_unverified_header(token)["kid"] == "k"


def test_every_flipped_or_cut_token_is_refused(verifier: Verifier) -> None:
    """Not one character of it can be changed."""
    token = Signer("k", SEED).sign(claims())
    for at in range(0, len(token), 7):
        flipped = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        with pytest.raises(TokenError):
            verifier.verify(flipped, at_us=NOW * US_PER_S)
        with pytest.raises(TokenError):
            verifier.verify(token[:at], at_us=NOW * US_PER_S)


def test_another_key_night_or_time_is_refused(verifier: Verifier) -> None:
    """Also where the key's name is right; also from the cache."""
    good = Signer("k", SEED).sign(claims())
    for token, at in (
        (Signer("k", OTHER).sign(claims()), NOW),
        (Signer("stale", SEED).sign(claims()), NOW),
        (Signer("k", SEED).sign(claims(night="other")), NOW),
        (good, NOW + 601),
        ("a" * 5_000, NOW),
        ("é.é.é", NOW),
    ):
        with pytest.raises(TokenError):
            verifier.verify(token, at_us=at * US_PER_S)
    verifier.verify(good, at_us=NOW * US_PER_S)
    with pytest.raises(TokenError):
        verifier.verify(good, at_us=(NOW + 601) * US_PER_S)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS256"])
def test_no_other_algorithm_is_accepted(verifier: Verifier, algorithm: str) -> None:
    """A token does not choose how it is checked."""
    head, payload, _ = Signer("k", SEED).sign(claims()).split(".")
    header = json.dumps({"alg": algorithm, "kid": "k", "typ": "JWT"}).encode()
    forged = base64.urlsafe_b64encode(header).rstrip(b"=").decode()
    assert head != forged
    with pytest.raises(TokenError):
        verifier.verify(f"{forged}.{payload}.", at_us=NOW * US_PER_S)


def test_the_cache_is_bounded_and_forgets_the_oldest(verifier: Verifier) -> None:
    """Distinct tokens without end cost bounded memory."""
    tokens = [Signer("k", SEED).sign(claims(exp=NOW + 600 + number)) for number in range(5)]
    for token in tokens:
        verifier.verify(token, at_us=NOW * US_PER_S)
    assert list(verifier._cache) == tokens[-2:]
