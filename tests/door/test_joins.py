"""Bodies of joins, read once for a class of clients."""

import msgspec
import pytest

from kickoff.door.bodies import JOIN, decode
from kickoff.door.joins import REMEMBERED_BYTES_MAX, REMEMBERED_MAX, Joins


def test_what_is_remembered_says_what_was_sent() -> None:
    """Nobody can tell that their words were read before, from somebody else."""
    joins, sent = Joins(), b'{"client":{"device":"tv","app":"7.2.0"},"channel":"canal-plus"}'
    assert joins[sent] == decode(JOIN, sent)
    assert joins[bytes(bytearray(sent))] is joins[sent]


def test_a_stranger_who_invents_bodies_fills_no_memory() -> None:
    """Neither by many of them nor by long ones; each is read all the same."""
    joins = Joins()
    for number in range(REMEMBERED_MAX + 10):
        assert joins[b'{"channel":"%d"}' % number].channel == str(number)
    assert len(joins) == REMEMBERED_MAX
    long = b'{"channel":"c"%b}' % (b" " * REMEMBERED_BYTES_MAX)
    fresh = Joins()
    assert fresh[long].channel == "c"
    assert not fresh


def test_what_cannot_be_read_is_refused_each_time() -> None:
    """And takes no room from those who can be read."""
    joins = Joins()
    for _ in range(2):
        with pytest.raises(msgspec.DecodeError):
            joins[b"{"]
    assert not joins
