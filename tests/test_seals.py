"""Tokens that we issue and check."""

import hmac

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given
from msgspec import Struct

from kickoff.seals import TOKEN_BYTES_MAX, Key, Mac, SealExpired, SealMalformed, Seals, account_subject, device_subject


class Claims(Struct, frozen=True, kw_only=True):
    """What is sealed here."""

    place: int
    expires_at: int = 100


DECODER = msgspec.msgpack.Decoder(Claims)
OLD, NEW = Key(id="a", secret=b"o" * 32), Key(id="b", secret=b"n" * 32)


def test_what_was_sealed_opens_again() -> None:
    """A ticket shown later is the ticket that was given."""
    seals = Seals((OLD,))

    assert seals.open("ticket", seals.seal("ticket", Claims(place=7)), DECODER, at_us=100) == Claims(place=7)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_any_changed_character_is_refused(position: int, change: int) -> None:
    """No bit of a token can be flipped unnoticed."""
    seals = Seals((OLD,))
    token = bytearray(seals.seal("ticket", Claims(place=7)).encode())
    token[position % len(token)] ^= change & 0x7F or 1

    with pytest.raises(SealMalformed):
        seals.open("ticket", token.decode("latin-1"), DECODER, at_us=0)


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


@given(st.binary(max_size=200), st.binary(max_size=300))
def test_the_mac_is_hmac_sha256(secret: bytes, data: bytes) -> None:
    """The standard's own, only with its key prepared beforehand."""
    assert Mac(secret).digest(data) == hmac.digest(secret, data, "sha256")
