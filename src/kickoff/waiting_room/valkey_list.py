"""Who came before the doors, of a line that many doors share? Closed once for all, then read, from Valkey or Redis.

`close` notes in the line's hash how far the numbers had gone: whoever comes later is not on the list, and who closes
it again reads the same. Where another server goes on meanwhile (`valkey.py`, the fence) something may be forgotten, and
the doors are about to tell it: there is no list at that moment, and whoever asks asks again.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import Lane
from kickoff.waiting_room.places import PLACE_BITS
from kickoff.waiting_room.skips import Skips, held
from kickoff.waiting_room.valkey import BUCKETS, Caller, key_of, skips_of

BUCKETS_READ = 256
"""At once: nobody else is answered meanwhile, for some milliseconds where two million came."""

_CLOSE = """
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local state = redis.call('HMGET', KEYS[1], 'run', 'last', 'hold', 'skips', 'closed', 'closed_skips', 'epoch')
if state[1] ~= run or tonumber(state[3] or 0) > 0 then return {} end
if not state[5] then
  state[5], state[6] = state[2] or '0', state[4] or ''
  redis.call('HSET', KEYS[1], 'closed', state[5], 'closed_skips', state[6])
end
return {state[5], state[6], state[7]}
"""

_READ = """
local prefix = string.sub(KEYS[1], 1, -5)
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local state = redis.call('HMGET', KEYS[1], 'run', 'epoch')
if state[1] ~= run or state[2] ~= ARGV[3] then return {} end
local found = {}
for bucket = tonumber(ARGV[1]), ARGV[1] + ARGV[2] - 1 do
  local name = prefix .. 'i:' .. struct.pack('<I2', bucket)
  found[#found + 1] = table.concat(redis.call('HGETALL', name))
end
return {table.concat(found)}
"""
_ENTRY = np.dtype([("subject", "<i8"), ("word", "<u4"), ("joined_ms", "<u4")])


class Closed(Struct, frozen=True, kw_only=True):
    """A list that nobody is added to any more."""

    last: int
    """The highest number given by then."""
    skips: Skips
    """Of these numbers, those that nobody has."""
    epoch: bytes
    """Of the line when it was read: another one may have forgotten some."""

    @property
    def count(self) -> int:
        """How many numbers somebody has."""
        return held(self.last, self.skips)


class ValkeyList:
    """The list of one lane."""

    def __init__(self, server: Caller, *, night: str, lane: Lane) -> None:
        self._server = server
        self._key = key_of(night, lane)

    async def close(self) -> Closed | None:
        """Close it, or hear how it was closed; None: the line is being made whole, ask again shortly."""
        told = await self._server.call(_CLOSE, self._key, [])
        if not told:
            return None
        last, skips, epoch = told
        return Closed(last=int(last), skips=skips_of(skips), epoch=epoch)

    async def read(self, closed: Closed) -> list[NDArray[np.void]] | None:
        """Its parts, see `tickets_of`; None: it was made whole meanwhile, close it again."""
        parts: list[NDArray[np.void]] = []
        for first in range(0, BUCKETS, BUCKETS_READ):
            told = await self._server.call(_READ, self._key, [first, BUCKETS_READ, closed.epoch])
            if not told:
                return None
            parts.extend(_on_list(told[0], closed))
        return parts


def tickets_of(parts: list[NDArray[np.void]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(numbers, subjects) of the parts of a list, numbers upwards."""
    entries = np.concatenate(parts) if parts else np.empty(0, _ENTRY)
    numbers, rows = np.unique(entries["word"], return_index=True)
    return numbers.astype(np.int64), entries["subject"][rows]


def _on_list(raw: bytes, closed: Closed) -> Iterator[NDArray[np.void]]:
    """Places of this lane up to the last; a place of another lane carries that lane's number above its own."""
    entries = np.frombuffer(raw, _ENTRY)
    word = entries["word"]
    is_listed = (word >> PLACE_BITS == 0) & (word > 0) & (word <= closed.last)
    for first, last in closed.skips:
        is_listed &= (word < first) | (word > last)
    if is_listed.any():
        yield entries[is_listed]
