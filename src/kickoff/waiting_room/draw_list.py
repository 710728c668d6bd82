"""Who is on the list of a draw? A line a ticket, `lane number leaf`: lanes by name, numbers upwards, leaves in hex.

The list is published and names nobody: a leaf is a hash that whoever holds the ticket can make (`draw.leaf_of`).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from kickoff.waiting_room.draw import digest_of, leaf_head, leaf_under

LIST = "draw-list.txt"


class Written(Protocol):
    """What lines are written to."""

    def write(self, text: str, /) -> object:
        """Take some."""


def write_list(to: Written, night: str, lanes: Mapping[str, Iterable[tuple[int, int]]]) -> bytes:
    """Write the list; its digest. `lanes`: lane → (number, subject), numbers upwards."""
    return digest_of({lane: _lines(to, night, lane, lanes[lane]) for lane in sorted(lanes)})


def _lines(to: Written, night: str, lane: str, tickets: Iterable[tuple[int, int]]) -> Iterator[tuple[int, bytes]]:
    head = leaf_head(night, lane)
    for number, subject in tickets:
        leaf = leaf_under(head, number, subject)
        to.write(f"{lane} {number} {leaf.hex()}\n")
        yield number, leaf


def digest_in(lines: Iterable[str]) -> bytes:
    """The digest of a list that was written. Raises `ValueError` for what is none."""
    lanes: dict[str, list[tuple[int, bytes]]] = {}
    for line in lines:
        lane, number, leaf = line.split()
        lanes.setdefault(lane, []).append((int(number), bytes.fromhex(leaf)))
    return digest_of({lane: iter(rows) for lane, rows in lanes.items()})
