"""Who comes first of those who came before the doors? A draw that anyone can check and nobody can know beforehand.

    before     SHA-256 of a secret is published: the commitment.
    at opening the list of tickets is closed; seed = HMAC-SHA256(secret, digest of the list). The list did not exist
               when the secret was committed to, and the secret was not known to those who made the list.
    after      secret, list and seed are published: everybody computes every place.

A ticket taken before the doors carries its number, 1…count, in the order of coming. Its drawn place is a permutation of
1…count under the seed: a balanced Feistel network (Luby and Rackoff, 1988) on the smallest even number of bits that
holds `count`, walked in cycles until it falls inside (Black and Rogaway, 2002, §3). Nothing is stored for a ticket.
The rounds mix 32-bit words only, so that a browser computes the same with `Math.imul` (`web/scripts/line.js`).

What a draw cannot rule out: whoever holds the secret *and* may add tickets in the last instant can try several lists.
The count of the list and its growth are public for that reason.
"""

import hmac
from collections.abc import Iterable
from hashlib import sha256

from msgspec import Struct

ROUNDS = 8
_WORD = 0xFFFFFFFF


class Ballot(Struct, frozen=True, kw_only=True):
    """What of a ticket goes into the list: enough to know it again, nothing about the person."""

    lane: str
    number: int
    """1…count of the lane, in the order of coming."""
    subject: int
    joined_at: int


class Draw(Struct, frozen=True, kw_only=True):
    """A draw that has been held. `counts`: lane → tickets on the list. `seed`: 32 bytes."""

    counts: dict[str, int]
    seed: bytes

    def place(self, lane: str, number: int) -> int:
        """The drawn place of a ticket; numbers given after the doors opened are their own place."""
        count = self.counts.get(lane, 0)
        return permuted(number, count, round_keys(self.seed, lane)) if 0 < number <= count else number


def commitment_of(secret: bytes) -> str:
    """What is published before: SHA-256 of the secret, in hexadecimal."""
    return sha256(secret).hexdigest()


def leaf_of(night: str, ballot: Ballot) -> bytes:
    """The line of one ticket in the published list: 32 bytes; the fields have separators of their own."""
    text = f"kickoff draw 1\n{night}\n{ballot.lane}\n{ballot.number}\n{ballot.subject}\n{ballot.joined_at}\n"
    return sha256(text.encode()).digest()


def digest_of(leaves: Iterable[bytes]) -> bytes:
    """SHA-256 of the list, in its order: lanes by name, numbers upwards."""
    digest = sha256()
    for leaf in leaves:
        digest.update(leaf)
    return digest.digest()


def seed_of(secret: bytes, digest: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) of the list's digest under the secret."""
    return hmac.digest(secret, digest, "sha256")


def round_keys(seed: bytes, lane: str) -> tuple[int, ...]:
    """One 32-bit word a round, from SHA-256 of seed and lane."""
    raw = sha256(seed + lane.encode()).digest()
    return tuple(int.from_bytes(raw[4 * step : 4 * step + 4], "big") for step in range(ROUNDS))


def permuted(number: int, count: int, keys: tuple[int, ...]) -> int:
    """The place, 1…count, of a number, 1…count. Different numbers have different places."""
    assert 0 < number <= count, "only what is on the list is drawn"
    half = max(1, ((count - 1).bit_length() + 1) // 2)
    value = number - 1
    while True:
        value = _feistel(value, half, keys)
        if value < count:
            return value + 1


def _feistel(value: int, half: int, keys: tuple[int, ...]) -> int:
    mask = (1 << half) - 1
    left, right = value >> half, value & mask
    for key in keys:
        left, right = right, left ^ (_mixed(right ^ key) & mask)
    return left << half | right


def _mixed(word: int) -> int:
    """The finaliser of MurmurHash3 (Appleby, 2011): every bit of the word moves every bit of the result."""
    word ^= word >> 16
    word = word * 0x85EBCA6B & _WORD
    word ^= word >> 13
    word = word * 0xC2B2AE35 & _WORD
    return word ^ word >> 16
