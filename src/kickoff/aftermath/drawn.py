"""In which order were those drawn who came before the doors? Read from the journal; and the sheet to check it by.

The sheet is two public files: `draw.json` (commitment, secret, seed, counts) and `draw-list.txt`, a line a ticket:
lane, number, and the hash that its holder can make of the ticket. `kickoff draw verify` needs nothing else.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import DRAWN, Fact
from kickoff.waiting_room.draw import Ballot, Draw, all_permuted, commitment_of, leaf_of, round_keys

COLUMNS = ("at", "fact", "subject", "lane", "place", "code")


class Sheet(Struct, frozen=True, kw_only=True):
    """What is published of a draw. Bytes in hexadecimal."""

    night: str
    commitment: str
    secret: str
    seed: str
    counts: dict[str, int]


def draw_of(facts: pa.Table) -> Draw | None:
    """The draw that the journal tells of; None: none was held."""
    acts = facts.filter(pc.field("fact") == str(Fact.OPERATOR))
    counts: dict[str, int] = {}
    seed = b""
    for lane, count, code in zip(*(acts[name].to_pylist() for name in ("lane", "place", "code")), strict=True):
        act, _, text = (code or "").partition(" ")
        if act == DRAWN:
            counts[lane], seed = count or 0, bytes.fromhex(text)
    return Draw(counts=counts, seed=seed) if counts else None


def drawn_places(own: pa.Table) -> NDArray[np.int64]:
    """The drawn place of each number of one lane's list, from the lane's facts; index 0 stands for nobody."""
    draw = draw_of(own)
    for lane, count in draw.counts.items() if draw else ():
        if draw and count:
            return all_permuted(count, round_keys(draw.seed, lane))
    return np.zeros(1, np.int64)


def positions_of(own: pa.Table, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where tickets of one lane stand in the order of calling."""
    drawn = drawn_places(own)
    was_drawn = places < len(drawn)
    return np.where(was_drawn, drawn[np.where(was_drawn, places, 0)], places)


def sheet_of(draw: Draw, *, night: str, secret: bytes) -> Sheet:
    """What is published once the doors are open."""
    return Sheet(
        night=night, commitment=commitment_of(secret), secret=secret.hex(), seed=draw.seed.hex(), counts=draw.counts
    )


def list_lines(facts: pa.Table, draw: Draw, *, night: str) -> Iterator[str]:
    """The list: `lane number leaf`, lanes by name, numbers upwards."""
    joined = facts.filter(pc.field("fact") == str(Fact.JOINED)).sort_by([("lane", "ascending"), ("place", "ascending")])
    for lane, number, subject in zip(*(joined[name].to_pylist() for name in ("lane", "place", "subject")), strict=True):
        if number <= draw.counts.get(lane, 0):
            leaf = leaf_of(night, Ballot(lane=lane, number=number, subject=subject))
            yield f"{lane} {number} {leaf.hex()}"
