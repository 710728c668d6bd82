"""Tokens that we issue and check."""

from binascii import hexlify
from hashlib import blake2b

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given
from msgspec import Struct

from kickoff.seals import TOKEN_BYTES_MAX, Key, SealExpired, SealMalformed, Seals, account_subject, device_subject


class Claims(Struct, frozen=True, kw_only=True):
    """What is sealed here."""

    place: int
    expires_at: int = 100


class Word(Struct, frozen=True):
    """Something of any length to be sealed."""

    word: str


DECODER = msgspec.msgpack.Decoder(Claims)
OLD, NEW = Key(id="a", secret=b"o" * 32), Key(id="b", secret=b"n" * 32)


def test_what_was_sealed_opens_again() -> None:
    """A ticket shown later is the ticket that was given."""
    seals = Seals((OLD,))

    assert seals.open("ticket", seals.seal("ticket", Claims(place=7)), DECODER, at_us=100) == Claims(place=7)


@pytest.mark.parametrize("bit", range(8))
def test_every_flipped_bit_is_refused(bit: int) -> None:
    """No bit of a token can be changed unnoticed, not even one that a lenient reader of base64 would pass over."""
    seals = Seals((OLD,))
    token = seals.seal("ticket", Claims(place=7)).encode()

    for position in range(len(token)):
        flipped = bytearray(token)
        flipped[position] ^= 1 << bit
        with pytest.raises(SealMalformed):
            seals.open("ticket", flipped.decode("latin-1"), DECODER, at_us=0)


def test_every_cut_is_refused() -> None:
    """A token that a proxy or a mail programme shortened is none."""
    seals = Seals((OLD,))
    token = seals.seal("ticket", Claims(place=7))

    for length in range(len(token)):
        for cut in (token[:length], token[length + 1 :]):
            with pytest.raises(SealMalformed):
                seals.open("ticket", cut, DECODER, at_us=0)


def test_the_comparison_takes_the_same_time_wherever_they_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time must not tell how much of a guessed MAC was right: the library's constant-time comparison decides, once."""
    compared: list[tuple[bytes, bytes]] = []

    def compare(ours: bytes, theirs: bytes) -> bool:
        compared.append((ours, theirs))
        return ours == theirs

    monkeypatch.setattr("kickoff.seals.hmac.compare_digest", compare)
    seals = Seals((OLD,))
    token = seals.seal("ticket", Claims(place=7))
    guesses = ["0" + token[1:], token[:-1] + "x", token.replace(".a.", ".z."), "ticket.a.x." + "0" * 32]
    for guess in guesses:
        with pytest.raises(SealMalformed):
            seals.open("ticket", guess, DECODER, at_us=0)

    assert len(compared) == len(guesses), "an unknown key or purpose costs one MAC too"
    assert all(len(ours) == 32 for ours, _ in compared)


def test_a_ticket_is_not_a_session() -> None:
    """The purpose is signed: a token never passes for one of another kind."""
    seals = Seals((OLD,))

    with pytest.raises(SealMalformed):
        seals.open("session", seals.seal("ticket", Claims(place=7)), DECODER, at_us=0)


def test_an_old_key_still_opens_and_the_new_one_seals() -> None:
    """Rotation in the middle of a night throws nobody out."""
    token = Seals((OLD,)).seal("ticket", Claims(place=7))
    ring = Seals((NEW, OLD))

    assert ring.open("ticket", token, DECODER, at_us=0).place == 7
    assert ring.seal("ticket", Claims(place=7)).split(".")[1] == "b"


def test_a_key_that_is_gone_no_longer_opens() -> None:
    """A stale key is refused like a forged token."""
    with pytest.raises(SealMalformed):
        Seals((NEW,)).open("ticket", Seals((OLD,)).seal("ticket", Claims(place=7)), DECODER, at_us=0)


def test_an_expired_token_says_so() -> None:
    """Its holder needs a new one, not a warning of forgery."""
    seals = Seals((OLD,))

    with pytest.raises(SealExpired):
        seals.open("ticket", seals.seal("ticket", Claims(place=7)), DECODER, at_us=101)


@pytest.mark.parametrize("text", ["", ".", "...", "ticket.a..", "é" * 40, "x" * (TOKEN_BYTES_MAX + 1)])
def test_rubbish_is_refused(text: str) -> None:
    """Whatever strangers send, the answer is a refusal and never a crash."""
    with pytest.raises(SealMalformed):
        Seals((OLD,)).open("ticket", text, DECODER, at_us=0)


def test_accounts_and_devices_never_share_an_identity() -> None:
    """Account 5 and device 5 are two subjects."""
    assert account_subject(b"k", 5) != device_subject(b"k", 5)


@given(st.binary(min_size=1, max_size=200), st.text(max_size=300))
def test_the_mac_is_keyed_blake2b(secret: bytes, word: str) -> None:
    """The standard's own (RFC 7693), over everything before the last dot."""
    token = Seals((Key(id="k", secret=secret),)).seal("ticket", Word(word=word))
    signed, _, mac = token.encode().rpartition(b".")
    key = secret if len(secret) <= 64 else blake2b(secret).digest()

    assert mac == hexlify(blake2b(signed, key=key, digest_size=16).digest())
