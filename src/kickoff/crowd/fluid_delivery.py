"""What do the pictures of those inside ask of the delivery networks? Bits that flow, and buffers that run empty.

Each viewer shows the largest picture under the cap that they last heard, at a beat or as they came in. That a player
comes down by itself when its fetches are slow is left out: here only the cap helps. Where all together ask for more
than there is, everybody gets the same share of what they ask, and lives on their buffer; when that is empty the picture
stands still for the rest of the time. *A viewer's second lost* is such a second.
"""

import numpy as np
from msgspec import Struct

from kickoff.crowd.fluid_world import TICK_S, Floats, Ints, Nights

TICKS_A_REPORT = round(1 / TICK_S)
REFILLS = 1.0
"""Seconds of film beyond those shown that a player fetches in one, at most."""


class Delivered(Struct, frozen=True, kw_only=True):
    """One second's word of the networks, and of the players. One number a night."""

    heard: int
    """The tick at which it was measured."""
    utilisation: Floats
    capacity_mbps: Floats
    kbps: Floats
    """Mean bitrate of those inside."""


class Pictures(Struct, frozen=True, kw_only=True):
    """How the nights went. [tick, night]."""

    rung: Ints
    """As ordered: 0 is the highest."""
    asked: Floats
    """Of the egress, by those inside; beyond 1: more than there is."""
    lost_s: Floats
    """Viewers' seconds without a picture that moves."""


class Delivery:
    """The pictures of all nights."""

    def __init__(self, nights: Nights) -> None:
        of, count = nights.parameters, len(nights.seeds)
        self._nights, self._kbps = nights, np.array(of.ladder_kbps, dtype=np.float64)
        self._share = np.zeros((len(of.ladder_kbps), count))
        self._share[0] = 1.0
        self._buffer_s = np.full(count, of.buffer_s)
        self._use = np.zeros((TICKS_A_REPORT, count))
        nothing = np.zeros(count)
        self.word = Delivered(heard=-1, utilisation=nothing, capacity_mbps=nothing, kbps=nothing)
        self._rung = np.zeros((of.ticks, count), dtype=np.int64)
        self._asked, self._lost_s = np.zeros((of.ticks, count)), np.zeros((of.ticks, count))

    @property
    def pictures(self) -> Pictures:
        """All that was, so far."""
        return Pictures(rung=self._rung, asked=self._asked, lost_s=self._lost_s)

    def tick(self, tick: int, rung: Ints, *, inside: Floats, heard: Floats) -> None:
        """A quarter of a second with so many inside, of whom the share `heard` has just heard this rung."""
        ordered = np.arange(len(self._kbps))[:, None] == rung
        self._share += heard * (ordered - self._share)
        kbps = (self._share * self._kbps[:, None]).sum(axis=0)
        use = inside * kbps / 1000 / self._nights.egress_mbps[tick]
        short = 1 - 1 / np.maximum(use, 1 / (1 + REFILLS))
        self._lost_s[tick] = inside * TICK_S * np.where(self._buffer_s <= 0, np.maximum(0.0, short), 0.0)
        self._buffer_s = np.clip(self._buffer_s - short * TICK_S, 0.0, self._nights.parameters.buffer_s)
        self._rung[tick], self._asked[tick] = rung, use
        self._use[tick % TICKS_A_REPORT] = np.minimum(1.0, use)
        if (tick + 1) % TICKS_A_REPORT == 0:
            # What a network carries is told by those who run it, and not measured from its load.
            capacity_mbps = self._nights.egress_mbps[tick] * self._nights.misread[tick, 0]
            self.word = Delivered(
                heard=tick + 1, utilisation=self._use.mean(axis=0), capacity_mbps=capacity_mbps, kbps=kbps
            )
