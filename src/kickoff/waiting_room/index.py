"""Does this household or device already hold a place? The one-place index: 64-bit key → 63-bit value, packed.

Open addressing with linear probing in plain arrays of 64-bit words, cut into `SEGMENTS` tables by the key's low bits,
so that growing moves one small table and no join waits for all of them. In a table a key is followed by its value, so
that both are fetched from memory at once. A table grows by `GROWTH` when `LOAD_MAX` of it is taken: 16 bytes a slot are
20 to 30 bytes an entry. Nothing is evicted while the night lasts; full, `put` says so.

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
_SHIFT = 8
_EVEN = -2
"""Where a key stands: at the even words of its table."""
ABSENT = -1
_NOBODY = 0
"""No key: a slot that is free. A key that happens to be 0 stands as 1."""


class PackedIndex:
    """Keys are signed 64-bit hashes (uniform already); values 0…2⁶³−1. At most `entries_max` entries."""

    __slots__ = ("_entries_max", "_missed", "_missed_at", "_room", "_tables", "left")

    def __init__(self, entries_max: int) -> None:
        assert entries_max > 0, "an index of nothing indexes nothing"
        self._entries_max = entries_max
        self.left = entries_max
        """New keys that it still takes."""
        self._tables = [array("q", bytes(16 * _SLOTS_FIRST)) for _ in range(SEGMENTS)]
        self._room = [int(_SLOTS_FIRST * LOAD_MAX)] * SEGMENTS
        """Entries that each table still takes before it grows."""
        self._missed = _NOBODY
        self._missed_at = 0
        """The key last looked for in vain, while the tables are as they were then; and where it would stand."""

    def __len__(self) -> int:
        return self._entries_max - self.left

    @property
    def bytes_used(self) -> int:
        """Bytes of all tables."""
        return sum(8 * len(table) for table in self._tables)

    def get(self, key: int) -> int:
        """The value of the key, or `ABSENT`."""
        # PERF: the probe of `_stands_at` is written out: a call costs as much as the probe (make bench-door).
        key = key or 1
        table = self._tables[key & (SEGMENTS - 1)]
        words = len(table)
        at = (key >> _SHIFT) % words & _EVEN
        while (found := table[at]) != key:
            if found == _NOBODY:
                self._missed, self._missed_at = key, at
                return ABSENT
            at += 2
            if at == words:
                at = 0
        return table[at + 1]

    def put(self, key: int, value: int) -> bool:
        """Set the value of a key, new or known; False: full, and nothing was set."""
        key = key or 1
        segment = key & (SEGMENTS - 1)
        table = self._tables[segment]
        # Who joins was looked for a moment before: where it would stand is known.
        at = self._missed_at if key == self._missed else _stands_at(table, key)
        if table[at] == _NOBODY:
            if not self.left:
                return False
            if not self._room[segment]:
                self._grow(segment)
                return self.put(key, value)
            table[at] = key
            self._room[segment] -= 1
            self.left -= 1
            self._missed = _NOBODY
        table[at + 1] = value
        return True

    def _grow(self, segment: int) -> None:
        pairs = np.frombuffer(self._tables[segment], dtype=np.int64).reshape(-1, 2)
        taken = pairs[pairs[:, 0] != _NOBODY]
        self._build(segment, taken[:, 0], taken[:, 1], slots=int(len(pairs) * GROWTH))

    def entries(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(all keys, their values), in no order."""
        pairs = np.concatenate([np.array(table) for table in self._tables]).reshape(-1, 2)
        taken = pairs[pairs[:, 0] != _NOBODY]
        return taken[:, 0].copy(), taken[:, 1].copy()

    def bulk(self, keys: NDArray[np.int64], values: NDArray[np.int64]) -> None:
        """Fill an empty index at once; of a key that comes twice the first value stands. Asserts that it is empty.

        Of more keys than the index may hold those that come first are kept: the caller puts them in their order.
        """
        assert self.left == self._entries_max, "bulk fills an empty index"
        keys = np.where(keys == 0, 1, keys)
        # PERF: cut by segment first, each part sorts within the processor's cache (make bench-rush: `restart_s`).
        segments = (keys & (SEGMENTS - 1)).astype(np.uint8)
        order = np.argsort(segments, kind="stable")
        cuts = np.cumsum(np.bincount(segments, minlength=SEGMENTS))[:-1]
        kept = [_first_of_each(keys, rows) for rows in np.split(order, cuts)]
        self.left -= sum(map(len, kept))
        if self.left < 0:
            last = np.partition(np.concatenate(kept), self._entries_max - 1)[self._entries_max - 1]
            kept = [rows[rows <= last] for rows in kept]
            self.left = 0
        for segment, rows in enumerate(kept):
            slots = max(_SLOTS_FIRST, int(len(rows) / LOAD_MAX * 1.25))
            self._build(segment, keys[rows], values[rows], slots=slots)

    def _build(self, segment: int, keys: NDArray[np.int64], values: NDArray[np.int64], *, slots: int) -> None:
        homes = (keys >> _SHIFT) % (2 * slots) >> 1
        order = np.argsort(homes)
        steps = np.arange(len(keys), dtype=np.int64)
        places = np.maximum.accumulate(homes[order] - steps) + steps if len(keys) else steps
        pairs = np.zeros((slots, 2), np.int64)
        fits = places < slots
        pairs[places[fits], 0], pairs[places[fits], 1] = keys[order][fits], values[order][fits]
        # What ran over the end goes round to the first free slots, as a probe would.
        over = order[~fits]
        free = np.flatnonzero(pairs[:, 0] == _NOBODY)[: len(over)]
        pairs[free, 0], pairs[free, 1] = keys[over], values[over]
        self._tables[segment] = array("q", pairs.tobytes())
        self._room[segment] = int(slots * LOAD_MAX) - len(keys)
        self._missed = _NOBODY


def _stands_at(table: "array[int]", key: int) -> int:
    """Where the key stands in its table, or would."""
    words = len(table)
    at = (key >> _SHIFT) % words & _EVEN
    while table[at] not in {key, _NOBODY}:
        at = at + 2 if at + 2 < words else 0
    return at


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
