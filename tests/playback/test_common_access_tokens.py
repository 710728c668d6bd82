"""Common Access Tokens: another library reads ours, and ours reads nothing that it would not have written itself."""

import base64
from collections.abc import Callable
from typing import Any

import cbor2
import cwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from kickoff.playback.common_access_tokens import CATM, CATU, CATV, CatSigner, claims_of, read_cat, stated_expiry_s
from kickoff.playback.token_kinds import TokenKind, expiry_s, readers_of, signer_of
from kickoff.playback.tokens import PlaybackClaims, Signer, TokenError, Verifier
from kickoff.signatures import EDDSA, ES256, es256_id, es256_key, public_key, public_raws
from kickoff.units import US_PER_S

SEED, OTHER = bytes(range(32)), bytes(range(1, 33))
NOW = 1_700_000_000
KEYS = {"k": Ed25519PrivateKey.from_private_bytes(SEED).public_key()}
BOTH = frozenset({TokenKind.JWT, TokenKind.CAT})
ALL_KEYS = {name: public_key(raw) for name, raw in public_raws("k", SEED).items()}


def claims(night: str = "n", exp: int = NOW + 600, issuer: str = "kickoff") -> PlaybackClaims:
    """A good token's claims."""
    channels = ("canal-plus", "canal-plus-foot")
    return PlaybackClaims(iss=issuer, sub="-5", night=night, channels=channels, stream=3, iat=NOW, exp=exp)


def text(raw: bytes) -> str:
    """As a token is written in an address."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(token: str) -> bytes:
    """The bytes of a token."""
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def their_key(seed: bytes = SEED, kid: str = "k") -> Any:  # noqa: ANN401 - the library has no types
    """The key pair as the other library has it."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return cwt.COSEKey.from_pem(pem, kid=kid)


def theirs(payload: object, *, seed: bytes = SEED, kid: str = "k", tagged: bool = True) -> str:
    """A token of these claims, made by the other library."""
    made = cwt.COSE.new(alg_auto_inclusion=True, kid_auto_inclusion=True).encode_and_sign(
        cbor2.dumps(payload), their_key(seed, kid)
    )
    return text(b"\xd8\x3d" * tagged + made)


def verifier(kinds: frozenset[TokenKind] = frozenset({TokenKind.CAT})) -> Verifier:
    """Knows one key and these kinds of token."""
    return Verifier(public_raws("k", SEED), night="n", readers=readers_of(kinds), cache_max=2)


def test_another_library_reads_what_we_sign() -> None:
    """By the standards' numbers: an edge that knows CTA-5007 needs nothing of ours."""
    token = CatSigner("k", SEED).sign(claims())
    public = KEYS["k"].public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    payload = cwt.COSE.new().decode(raw(token)[2:], cwt.COSEKey.from_pem(public, kid="k"))
    found = cbor2.loads(payload)
    assert (found[1], found[2], found[3], found[4], found[6]) == ("kickoff", "-5", "n", NOW + 600, NOW)
    assert (found[CATV], found[CATM]) == (1, ["GET", "HEAD"])
    assert found[CATU] == {3: {4: ["^/live/[^/]+/[^/]+/(canal-plus|canal-plus-foot)/"]}}


def test_we_read_what_another_library_signs_of_the_same_claims() -> None:
    """Byte for byte the same token: the form is the standard's, not ours."""
    assert theirs(claims_of(claims())) == CatSigner("k", SEED).sign(claims())
    assert read_cat(theirs(claims_of(claims())), KEYS) == claims()


ODD: dict[str, Callable[[dict[int, Any]], object]] = {
    "another issuer": lambda found: found | {1: "somebody"},
    "no time of its end": lambda found: {key: value for key, value in found.items() if key != 4},
    "a time with a fraction": lambda found: found | {4: float(NOW + 600)},
    "another version": lambda found: found | {CATV: 2},
    "other methods": lambda found: found | {CATM: ["GET", "HEAD", "POST"]},
    "paths of more channels": lambda found: found | {CATU: {3: {1: "/"}}},
    "a claim that we do not know": lambda found: found | {308: 1},
    "claims in another order": lambda found: dict(reversed(found.items())),
    "no claims": lambda _: [1, 2],
}


@pytest.mark.parametrize("odd", ODD)
def test_what_we_would_not_have_written_is_refused(odd: str) -> None:
    """Also with our own signature: no claim goes unread, and none is read in two ways."""
    with pytest.raises(TokenError):
        read_cat(theirs(ODD[odd](claims_of(claims()))), KEYS)


def test_another_key_algorithm_envelope_or_night_is_refused() -> None:
    """Ed25519 by a key of the night, tagged as RFC 8392 has it, and nothing else."""
    good = claims_of(claims())
    shared = cwt.COSEKey.generate_symmetric_key(alg="HS256", kid="k")
    mac = cwt.COSE.new(alg_auto_inclusion=True, kid_auto_inclusion=True).encode_and_mac(cbor2.dumps(good), shared)
    signed = raw(CatSigner("k", SEED).sign(claims()))
    for token in (
        theirs(good, seed=OTHER),
        theirs(good, kid="other"),
        theirs(good, tagged=False),
        text(b"\xd8\x3d" + mac),
        text(signed + b"\x00"),
        text(signed.replace(b"\xa1\x01\x27", b"\xa1\x01\x26")),
        text(signed.replace(b"\xa1\x04\x41k", b"\xa2\x04\x41k\x05\x40")),
        CatSigner("k", SEED).sign(claims(night="other")),
        "a" * 5_000,
        "",
        "é",
    ):
        with pytest.raises(TokenError):
            verifier().verify(token, at_us=NOW * US_PER_S)


def test_another_library_reads_es256_and_we_read_what_it_signs() -> None:
    """Edges that know no EdDSA check it with the key that is published."""
    token = CatSigner("k", SEED, ES256).sign(claims())
    assert token == CatSigner("k", SEED, ES256).sign(claims())
    public = es256_key(SEED).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    payload = cwt.COSE.new().decode(raw(token)[2:], cwt.COSEKey.from_pem(public, kid="k-es256"))

    assert cbor2.loads(payload) == claims_of(claims())
    assert read_cat(token, ALL_KEYS) == claims()


def test_a_token_cannot_say_by_which_algorithm_it_is_checked() -> None:
    """Each key has one. A header that names the other, the other's id, a secret made of a public key: nothing opens."""
    ed, es = (raw(CatSigner("k", SEED, algorithm).sign(claims())) for algorithm in (EDDSA, ES256))
    renamed = (b"\x41k", b"\x47k-es256")
    public = public_raws("k", SEED)
    macs = [
        cwt.COSE.new(alg_auto_inclusion=True, kid_auto_inclusion=True).encode_and_mac(
            cbor2.dumps(claims_of(claims())), cwt.COSEKey.from_symmetric_key(secret, alg="HS256", kid=name)
        )
        for name, secret in public.items()
    ]
    for token in (
        ed.replace(b"\xa1\x01\x27", b"\xa1\x01\x26"),
        es.replace(b"\xa1\x01\x26", b"\xa1\x01\x27"),
        ed.replace(*renamed),
        es.replace(renamed[1], renamed[0]),
        ed.replace(b"\xa1\x01\x27", b"\xa1\x01\x26").replace(*renamed),
        *(b"\xd8\x3d" + mac for mac in macs),
        *(b"\xd8\x3d\xd2" + mac[1:] for mac in macs),
    ):
        with pytest.raises(TokenError):
            read_cat(text(token), ALL_KEYS)
    with pytest.raises(TokenError):
        read_cat(text(es), {es256_id("k"): ALL_KEYS["k"]})


def test_one_es256_token_has_one_text() -> None:
    """ECDSA has two signatures of a message: the other half is refused, whoever computes it."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for _ in range(4):
        token = raw(CatSigner("k", SEED, ES256).sign(claims()))
        mirrored = token[:-32] + (order - int.from_bytes(token[-32:])).to_bytes(32)
        assert read_cat(text(token), ALL_KEYS) == claims()
        with pytest.raises(TokenError):
            read_cat(text(mirrored), ALL_KEYS)


@pytest.mark.parametrize("signs", [EDDSA, ES256])
def test_every_flipped_or_cut_token_is_refused(signs: int) -> None:
    """Not one character of it can be changed, the last one's spare bits included."""
    token = CatSigner("k", SEED, signs).sign(claims())
    for at in [*range(0, len(token), 7), len(token) - 1]:
        for changed in (token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :], token[:at]):
            with pytest.raises(TokenError):
                read_cat(changed, ALL_KEYS)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for last in set(letters) - {token[-1]}:
        with pytest.raises(TokenError):
            read_cat(token[:-1] + last, ALL_KEYS)


@pytest.mark.parametrize("kind", list(TokenKind))
def test_only_the_kinds_that_are_configured_are_accepted(kind: TokenKind) -> None:
    """One, the other, or both while one follows the other; always through the same bounded memory."""
    token = signer_of(kind, "k", SEED).sign(claims())
    for kinds in (frozenset({kind}), frozenset(TokenKind)):
        taken = verifier(kinds)
        assert taken.verify(token, at_us=NOW * US_PER_S) == claims()
        with pytest.raises(TokenError, match="over"):
            taken.verify(token, at_us=(NOW + 601) * US_PER_S)
    for others in (frozenset(TokenKind) - {kind}, *(frozenset({other}) for other in TokenKind if other != kind)):
        with pytest.raises(TokenError):
            verifier(others).verify(token, at_us=NOW * US_PER_S)


def test_tokens_of_both_kinds_are_remembered_within_one_bound() -> None:
    """A signature is checked once; distinct tokens without end cost bounded memory."""
    taken = verifier(BOTH)
    signers = (Signer("k", SEED), CatSigner("k", SEED))
    tokens = [signers[number % 2].sign(claims(exp=NOW + 600 + number)) for number in range(5)]
    for token in tokens:
        taken.verify(token, at_us=NOW * US_PER_S)
    assert list(taken._cache) == tokens[-2:]


def test_a_token_of_either_kind_says_when_it_is_over() -> None:
    """For the page without JavaScript, which must know when to fetch itself anew."""
    for kind in TokenKind:
        for key_id in ("k", "a-longer-name-of-a-key-than-fits-a-byte"):
            assert expiry_s(signer_of(kind, key_id, SEED).sign(claims())) == NOW + 600
    head, signature = b"\xd8\x3d\xd2\x84\x43\xa1\x01\x27\xa1\x04\x41k", b"\x58\x40" + bytes(64)
    assert stated_expiry_s(text(head + cbor2.dumps(cbor2.dumps({4: 10**400})) + signature)) is None
    assert expiry_s("a.b.c") is expiry_s("") is expiry_s("abc") is None


@given(st.binary(max_size=300), st.sampled_from(["framed", "bare"]))
def test_bytes_of_anybody_are_never_an_error(body: bytes, form: str) -> None:
    """They are read from the address and from a cookie, where anybody writes anything."""
    head = b"\xd8\x3d\xd2\x84\x43\xa1\x01\x27\xa1\x04\x41k"
    signature = b"\x58\x40" + bytes(64)
    token = text(head + cbor2.dumps(body) + signature if form == "framed" else body)
    stated_expiry_s(token)
    with pytest.raises(TokenError):
        read_cat(token, KEYS)
