"""Does this household or device already hold a place? The one-place index: 64-bit key → 63-bit value, packed.

Open addressing with linear probing in two plain arrays of 64-bit words, cut into `SEGMENTS` tables by the key's low
bits, so that growing moves one small table and no join waits for all of them. A table grows by `GROWTH` when `LOAD_MAX`
of it is taken: 16 bytes a slot are 20 to 30 bytes an entry. Nothing is evicted while the night lasts; full, `put` says
so.

`bulk` builds the same tables from arrays, for the way back from the log: sorted by home slot, an entry stands at
max(home, slot of the one before + 1), which NumPy computes for all of them at once.
"""

from array import array

import numpy as np
from numpy.typing import NDArray

SEGMENTS = 256
LOAD_MAX = 0.8
GROWTH = 1.5
_SLOTS_FIRST = 256
"""One megabyte to begin with: the first 50,000 of a rush wait for no table to grow."""
_MASK = (1 << 64) - 1
_SHIFT = 8
ABSENT = -1
_NOBODY = 0
"""No key: a slot that is free. A key that happens to be 0 stands as 1."""


class PackedIndex:
    """Keys are signed 64-bit hashes (uniform already); values 0…2⁶³−1. At most `entries_max` entries."""

    __slots__ = ("_count", "_entries_max", "_keys", "_missed", "_missed_at", "_room", "_values")

    def __init__(self, entries_max: int) -> None:
        assert entries_max > 0, "an index of nothing indexes nothing"
        self._entries_max = entries_max
        self._count = 0
        self._keys = [array("q", bytes(8 * _SLOTS_FIRST)) for _ in range(SEGMENTS)]
        self._values = [array("q", bytes(8 * _SLOTS_FIRST)) for _ in range(SEGMENTS)]
        self._room = [int(_SLOTS_FIRST * LOAD_MAX)] * SEGMENTS
        """Entries that each table still takes before it grows."""
        self._missed = _NOBODY
        self._missed_at = 0
        """The key that was last looked for in vain, while the tables are as they were then; and its slot."""

    def __len__(self) -> int:
        return self._count

    @property
    def is_full(self) -> bool:
        """Whether a new key would be refused."""
        return self._count >= self._entries_max

    @property
    def bytes_used(self) -> int:
        """Bytes of all tables."""
        return sum(16 * len(keys) for keys in self._keys)

    def get(self, key: int) -> int:
        """The value of the key, or `ABSENT`."""
        # PERF: the probe is written out here and in `put`: a call costs as much as the probe (make bench-door).
        key = key or 1
        segment = key & (SEGMENTS - 1)
        keys = self._keys[segment]
        size = len(keys)
        at = ((key & _MASK) >> _SHIFT) % size
        while (found := keys[at]) != key:
            if found == _NOBODY:
                self._missed, self._missed_at = key, at
                return ABSENT
            at += 1
            if at == size:
                at = 0
        return self._values[segment][at]

    def put(self, key: int, value: int) -> bool:
        """Set the value of a key, new or known; False: full, and nothing was set."""
        key = key or 1
        segment = key & (SEGMENTS - 1)
        if key == self._missed:
            # PERF: who joins was looked for a moment before: its slot is known (make bench-door: 0.3 µs).
            return self._insert(segment, self._missed_at, key, value)
        keys = self._keys[segment]
        size = len(keys)
        at = ((key & _MASK) >> _SHIFT) % size
        while (found := keys[at]) != key:
            if found == _NOBODY:
                return self._insert(segment, at, key, value)
            at += 1
            if at == size:
                at = 0
        self._values[segment][at] = value
        return True

    def _insert(self, segment: int, at: int, key: int, value: int) -> bool:
        self._missed = _NOBODY
        if self._count >= self._entries_max:
            return False
        if self._room[segment] == 0:
            self._grow(segment)
            return self.put(key, value)
        self._keys[segment][at] = key
        self._values[segment][at] = value
        self._room[segment] -= 1
        self._count += 1
        return True

    def _grow(self, segment: int) -> None:
        keys = np.frombuffer(self._keys[segment], dtype=np.int64)
        values = np.frombuffer(self._values[segment], dtype=np.int64)
        taken = keys != 0
        self._build(segment, keys[taken], values[taken], slots=int(len(keys) * GROWTH))

    def entries(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(all keys, their values), in no order."""
        keys, values = (np.concatenate([np.array(one) for one in part]) for part in (self._keys, self._values))
        return keys[keys != 0], values[keys != 0]

    def bulk(self, keys: NDArray[np.int64], values: NDArray[np.int64]) -> None:
        """Fill an empty index at once; of a key that comes twice the first value stands. Asserts that it is empty.

        Of more keys than the index may hold those that come first are kept: the caller puts them in their order.
        """
        assert self._count == 0, "bulk fills an empty index"
        keys = np.where(keys == 0, 1, keys)
        # PERF: cut by segment first, each part sorts within the processor's cache (make bench-rush: `restart_s`).
        segments = (keys & (SEGMENTS - 1)).astype(np.uint8)
        order = np.argsort(segments, kind="stable")
        cuts = np.cumsum(np.bincount(segments, minlength=SEGMENTS))[:-1]
        kept = [_first_of_each(keys, rows) for rows in np.split(order, cuts)]
        self._count = sum(map(len, kept))
        if self._count > self._entries_max:
            last = np.partition(np.concatenate(kept), self._entries_max - 1)[self._entries_max - 1]
            kept = [rows[rows <= last] for rows in kept]
            self._count = self._entries_max
        for segment, rows in enumerate(kept):
            slots = max(_SLOTS_FIRST, int(len(rows) / LOAD_MAX * 1.25))
            self._build(segment, keys[rows], values[rows], slots=slots)

    def _build(self, segment: int, keys: NDArray[np.int64], values: NDArray[np.int64], *, slots: int) -> None:
        homes = ((keys.view(np.uint64) >> np.uint64(_SHIFT)) % np.uint64(slots)).astype(np.int64)
        order = np.argsort(homes)
        steps = np.arange(len(keys), dtype=np.int64)
        places = np.maximum.accumulate(homes[order] - steps) + steps if len(keys) else steps
        table_keys, table_values = np.zeros(slots, np.int64), np.zeros(slots, np.int64)
        fits = places < slots
        table_keys[places[fits]] = keys[order][fits]
        table_values[places[fits]] = values[order][fits]
        # What ran over the end goes round to the first free slots, as a probe would.
        over = order[~fits]
        free = np.flatnonzero(table_keys == 0)[: len(over)]
        table_keys[free], table_values[free] = keys[over], values[over]
        self._keys[segment] = array("q", table_keys.tobytes())
        self._values[segment] = array("q", table_values.tobytes())
        self._room[segment] = int(slots * LOAD_MAX) - len(keys)
        self._missed = _NOBODY


def _first_of_each(keys: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of these rows, one for each key: the first."""
    chosen = keys[rows]
    order = np.argsort(chosen)
    ordered = chosen[order]
    again = ordered[1:] == ordered[:-1]
    if not again.any():
        return rows
    # Of equal keys the sort kept no order: the earliest row of each run of them is looked for.
    runs = np.flatnonzero(np.concatenate(([True], ~again)))
    return rows[np.minimum.reduceat(order, runs)]
