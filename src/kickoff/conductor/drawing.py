"""Whoever leads draws: it closes the list of every lane in Valkey, reads it, keeps it, and has the order for all.

Two leaders in a row close the same list and draw the same order, for the secret is a key's. What was drawn counts once
it was published. While lots are drawn the doors stay shut, for `DRAW_PATIENCE_S` at the most (`tick.until_drawn`).
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kickoff.plumbing.valkey import Valkey, ValkeyLost
from kickoff.waiting_room.draw import Draw, seed_of
from kickoff.waiting_room.draw_list import LIST, write_list
from kickoff.waiting_room.line import LANES
from kickoff.waiting_room.valkey_list import Closed, ValkeyList, tickets_of

_AT_ONCE = 4096
Tickets = tuple[NDArray[np.int64], NDArray[np.int64]]
"""(numbers, subjects), numbers upwards."""


class Drawing:
    """The draw of one night, by whoever leads."""

    def __init__(self, server: Valkey, *, night: str, secret: bytes, folder: Path) -> None:
        """`folder`: where the list is kept, beside the log."""
        self._lists = {str(lane): ValkeyList(server, night=night, lane=lane) for lane in LANES}
        self._night, self._secret, self._folder = night, secret, folder
        self._task: asyncio.Task[Draw | None] | None = None

    def drawn(self) -> Draw | None:
        """What was drawn, once it is; asked at every tick, it begins, and begins again where it must."""
        if self._task is None:
            self._task = asyncio.create_task(self._hold())
        if not self._task.done():
            return None
        try:
            draw = self._task.result()
        except ValkeyLost:
            draw = None
        if draw is None:
            self._task = None
        return draw

    def stop(self) -> None:
        """Somebody else leads."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _hold(self) -> Draw | None:
        """None: the lines are being made whole after a failover. Raises `ValkeyLost`."""
        closed: dict[str, Closed] = {}
        for lane, one in self._lists.items():
            found = await one.close()
            if found is None:
                return None
            closed[lane] = found
        lanes: dict[str, list[NDArray[np.void]]] = {}
        for lane, one in self._lists.items():
            if not closed[lane].count:
                continue
            read = await one.read(closed[lane])
            if read is None:
                return None
            lanes[lane] = read
        # Two million hashes: the ticks go on meanwhile.
        digest = await asyncio.to_thread(self._kept, lanes)
        return Draw(
            counts={lane: one.count for lane, one in closed.items()},
            seed=seed_of(self._secret, digest),
            skips={lane: one.skips for lane, one in closed.items() if one.skips},
        )

    def _kept(self, lanes: dict[str, list[NDArray[np.void]]]) -> bytes:
        """Keep the list; its digest. A disk that is full holds up nobody: the list is made from the journal then."""
        tickets = {lane: tickets_of(parts) for lane, parts in lanes.items()}
        fresh = self._folder / f".{LIST}.new"
        try:
            digest = self._written(fresh, tickets)
            fresh.replace(self._folder / LIST)
        except OSError:
            return self._written(Path(os.devnull), tickets)
        return digest

    def _written(self, path: Path, tickets: dict[str, Tickets]) -> bytes:
        with path.open("w", encoding="ascii") as file:
            return write_list(file, self._night, {lane: _rows(*rows) for lane, rows in tickets.items()})


def _rows(numbers: NDArray[np.int64], subjects: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    for first in range(0, len(numbers), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        yield from zip(numbers[part].tolist(), subjects[part].tolist(), strict=True)
