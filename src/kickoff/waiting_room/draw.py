"""Who comes first of those who came before the doors? A draw that anyone can check and nobody can know beforehand.

    before     SHA-256 of a secret is published: the commitment.
    at opening the list of tickets is closed; seed = HMAC-SHA256(secret, digest of the list). The list did not exist
               when the secret was committed to, and the secret was not known to those who made the list.
    after      secret, list and seed are published: everybody computes every place.

A ticket taken before the doors carries its number, 1…count, in the order of coming. Its drawn place is a permutation of
1…count under the seed: a balanced Feistel network (Luby and Rackoff, 1988) on the smallest even number of bits that
holds `count`, walked in cycles until it falls inside (Black and Rogaway, 2002, §3). Nothing is stored for a ticket.
Where a shared line went on beyond a gap (`skips.py`), tickets and places are counted without the numbers in it: who is
drawn stands where somebody stands.
The rounds mix 32-bit words only, so that a browser computes the same with `Math.imul` (`web/scripts/line.js`).

What a draw cannot rule out: whoever holds the secret *and* may add tickets in the last instant can try several lists.
The count of the list and its growth are public for that reason.
"""

import hmac
from collections.abc import Iterable, Iterator
from hashlib import sha256

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.waiting_room.skips import Skips, at_rank, rank

ROUNDS = 8
SECRET_BYTES = 32
_WORD = 0xFFFFFFFF


class Ballot(Struct, frozen=True, kw_only=True):
    """What of a ticket goes into the list: enough to know it again, nothing about the person."""

    lane: str
    number: int
    """1…count of the lane, in the order of coming."""
    subject: int


class Order(Struct, frozen=True, kw_only=True):
    """The drawn order of one lane: of `count` tickets, whose numbers are those up to `last` without the `skips`."""

    count: int = 0
    keys: tuple[int, ...] = ()
    """See `round_keys`."""
    skips: Skips = ()

    @property
    def last(self) -> int:
        """The highest number that was drawn."""
        return at_rank(self.count, self.skips)

    def place(self, number: int) -> int:
        """The drawn place of a ticket; numbers given after the doors opened are their own place."""
        if not self.skips:
            # PERF: asked several times for each pass, and next to no line has gaps (make bench-door).
            return permuted(number, self.count, self.keys) if 0 < number <= self.count else number
        at = rank(number, self.skips)
        return at_rank(permuted(at, self.count, self.keys), self.skips) if 0 < at <= self.count else number

    def places(self) -> NDArray[np.int64]:
        """As `place`, of every number up to the last that was drawn; index 0 stands for nobody."""
        places = np.arange(self.last + 1)
        is_held = np.ones(self.last + 1, bool)
        for first, last in self.skips:
            is_held[first : last + 1] = False
        numbers = np.flatnonzero(is_held)
        places[numbers] = numbers[all_permuted(self.count, self.keys)]
        return places


class Draw(Struct, frozen=True, kw_only=True):
    """A draw that has been held. `counts`: lane → tickets on the list. `seed`: 32 bytes."""

    counts: dict[str, int]
    seed: bytes
    skips: dict[str, Skips] = {}
    """Lane → the numbers up to the last on the list that nobody has; see `skips.py`."""

    def order(self, lane: str) -> Order:
        """The order of one lane."""
        count = self.counts.get(lane, 0)
        if not count:
            return Order()
        return Order(count=count, keys=round_keys(self.seed, lane), skips=self.skips.get(lane, ()))

    def place(self, lane: str, number: int) -> int:
        """The drawn place of a ticket; numbers given after the doors opened are their own place."""
        return self.order(lane).place(number)

    def told(self) -> Iterator[tuple[str, int, str]]:
        """(lane, place, words) of its facts: of each lane first and last of every gap, then count and seed."""
        for lane, count in self.counts.items():
            for first, last in self.skips.get(lane, ()):
                yield lane, first, f"-{last}"
            yield lane, count, self.seed.hex()


def draw_told(rows: Iterable[tuple[str, int, str]]) -> Draw | None:
    """The draw of which these facts tell, in any order and however often; None: there are none. See `Draw.told`."""
    counts: dict[str, int] = {}
    gaps: dict[str, set[tuple[int, int]]] = {}
    seed = b""
    for lane, place, words in rows:
        if words.startswith("-"):
            gaps.setdefault(lane, set()).add((place, int(words[1:])))
        else:
            counts[lane], seed = place, bytes.fromhex(words)
    skips = {lane: tuple(sorted(found)) for lane, found in gaps.items()}
    return Draw(counts=counts, seed=seed, skips=skips) if counts else None


class TicketList:
    """The tickets taken before the doors, as a digest that grows: nothing is kept of each."""

    def __init__(self, night: str) -> None:
        self._night = night
        self._lanes: dict[str, tuple[int, bytes]] = {}
        """lane → (highest number, digest of its list so far)."""

    @property
    def counts(self) -> dict[str, int]:
        """Lane → the highest number on the list."""
        return {lane: count for lane, (count, _) in self._lanes.items()}

    def add(self, ballot: Ballot) -> None:
        """The next ticket of its lane: numbers come in their order; a gap is one that a power cut left."""
        count, digest = self._lanes.get(ballot.lane, (0, b""))
        assert ballot.number > count, "the numbers of a lane rise"
        self._lanes[ballot.lane] = ballot.number, sha256(digest + leaf_of(self._night, ballot)).digest()

    def add_all(self, lane: str, numbers: list[int], subjects: list[int]) -> None:
        """The next tickets of a lane at once: numbers that rise."""
        count, digest = self._lanes.get(lane, (0, b""))
        head = leaf_head(self._night, lane)
        # PERF: a restart reads millions of them back while people wait (make bench-rush: `restart_s`).
        for number, subject in zip(numbers, subjects, strict=True):
            assert number > count, "the numbers of a lane rise"
            count = number
            digest = sha256(digest + sha256(head + b"%d\n%d\n" % (number, subject)).digest()).digest()
        self._lanes[lane] = count, digest

    def digest(self) -> bytes:
        """SHA-256 of the lanes in the order of their names: name, count and digest of each."""
        text = sha256()
        for lane, (count, digest) in sorted(self._lanes.items()):
            text.update(f"{lane}\n{count}\n".encode() + digest)
        return text.digest()


def secret_of(key: bytes, night: str) -> bytes:
    """The secret of a night's draw, from a key of the house; of no use for anything else, so it can be shown."""
    return hmac.digest(key, f"draw\n{night}\n".encode(), "sha256")


def commitment_of(secret: bytes) -> str:
    """What is published before: SHA-256 of the secret, in hexadecimal."""
    return sha256(secret).hexdigest()


def leaf_of(night: str, ballot: Ballot) -> bytes:
    """The line of one ticket in the published list: 32 bytes; the fields have separators of their own."""
    return leaf_under(leaf_head(night, ballot.lane), ballot.number, ballot.subject)


def leaf_under(head: bytes, number: int, subject: int) -> bytes:
    """The same, under what all of its lane begin with."""
    return sha256(head + b"%d\n%d\n" % (number, subject)).digest()


def leaf_head(night: str, lane: str) -> bytes:
    """What all lines of a lane begin with."""
    return f"kickoff draw 1\n{night}\n{lane}\n".encode()


def digest_of(leaves: dict[str, Iterable[tuple[int, bytes]]]) -> bytes:
    """The digest of a published list: lane → (number, leaf) in the order of the numbers. As `TicketList.digest`."""
    text = sha256()
    for lane, lines in sorted(leaves.items()):
        count, digest = 0, b""
        for number, leaf in lines:
            count, digest = number, sha256(digest + leaf).digest()
        if count:
            text.update(f"{lane}\n{count}\n".encode() + digest)
    return text.digest()


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
    half = _half_bits(count)
    value = number - 1
    while True:
        value = _feistel(value, half, keys)
        if value < count:
            return value + 1


def all_permuted(count: int, keys: tuple[int, ...]) -> NDArray[np.int64]:
    """The places of 1…count, as `permuted` gives them; index 0 stands for nobody."""
    half = _half_bits(max(1, count))
    values = np.arange(count, dtype=np.uint64)
    outside = np.arange(count)
    while outside.size:
        values[outside] = _all_feistel(values[outside], half, keys)
        outside = outside[values[outside] >= count]
    return np.concatenate([np.zeros(1, np.int64), values.astype(np.int64) + 1])


def _half_bits(count: int) -> int:
    return max(1, ((count - 1).bit_length() + 1) // 2)


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


def _all_feistel(values: NDArray[np.uint64], half: int, keys: tuple[int, ...]) -> NDArray[np.uint64]:
    mask, shift = np.uint64((1 << half) - 1), np.uint64(half)
    left, right = values >> shift, values & mask
    for key in keys:
        left, right = right, left ^ (_all_mixed(right ^ np.uint64(key)) & mask)
    return left << shift | right


def _all_mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    word = np.uint64(_WORD)
    words = words ^ words >> np.uint64(16)
    words = words * np.uint64(0x85EBCA6B) & word
    words = words ^ words >> np.uint64(13)
    words = words * np.uint64(0xC2B2AE35) & word
    return words ^ words >> np.uint64(16)
