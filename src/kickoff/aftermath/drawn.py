"""In which order were those drawn who came before the doors? Read from the journal."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kickoff.facts import DRAWN, Fact
from kickoff.waiting_room.draw import Draw, draw_told


def draw_of(facts: pa.Table) -> Draw | None:
    """The draw that the journal tells of; None: none was held."""
    acts = facts.filter(pc.field("fact") == str(Fact.OPERATOR))
    told = zip(*(acts[name].to_pylist() for name in ("lane", "place", "code")), strict=True)
    parts = ((lane, place or 0, *(code or "").partition(" ")) for lane, place, code in told)
    return draw_told((lane, place, words) for lane, place, act, _, words in parts if act == DRAWN)


def drawn_places(own: pa.Table) -> NDArray[np.int64]:
    """The drawn place of each number of one lane's list, from the lane's facts; index 0 stands for nobody."""
    draw = draw_of(own)
    for lane in draw.counts if draw else ():
        if draw and draw.counts[lane]:
            return draw.order(lane).places()
    return np.zeros(1, np.int64)


def positions_of(own: pa.Table, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where tickets of one lane stand in the order of calling."""
    drawn = drawn_places(own)
    was_drawn = places < len(drawn)
    return np.where(was_drawn, drawn[np.where(was_drawn, places, 0)], places)
