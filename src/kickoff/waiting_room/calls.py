"""Who has been called, who came, and who let the call lapse?

The serving number of a lane moves in steps; each step remembers when it was made and how many of it came in time.
Places that were called take one byte each; those who still wait take none.

A place is what a ticket says. Where those who came before the doors were drawn, it is called at its `position`: drawn
for them, the place itself for all later ones. Steps and the serving number are of positions.
"""

from bisect import bisect_left
from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kickoff.units import US_PER_S
from kickoff.waiting_room.draw import Draw, Order

PASSED = 1
USED = 2
PROLONGED = 4
DOUBTED = 8


class Step:
    """One call: the places `first`…`last`, called at `at`; `came` of them redeemed so far."""

    __slots__ = ("at", "came", "first", "last")

    def __init__(self, *, at: int, first: int, last: int) -> None:
        self.at = at
        self.first = first
        self.last = last
        self.came = 0


class ToldCalls(NamedTuple):
    """What was recorded of one lane's calls, in columns. Instants in microseconds UTC."""

    upto: NDArray[np.int32]
    """Each step's last position; it rises from step to step."""
    called_at: NDArray[np.int64]
    passed: NDArray[np.int32]
    """Places redeemed, the first time of a place before its others."""
    passed_at: NDArray[np.int64]
    used: NDArray[np.int32]


class Calls:
    """The calls of one lane. Instants in microseconds UTC."""

    __slots__ = (
        "_at", "_called", "_last", "_open", "_order", "called_total", "lapsed_total", "passed_total", "serving",
    )  # fmt: skip

    def __init__(self) -> None:
        self.serving = 0
        self.called_total = 0
        self.passed_total = 0
        self.lapsed_total = 0
        self._called = bytearray(1)
        """Flags of each called place; place 0 does not exist."""
        self._last: list[int] = []
        self._at: list[int] = []
        self._open: deque[Step] = deque()
        self._order = Order()

    def draw(self, draw: Draw, lane: str) -> None:
        """From now on the places on the list are called in the order that was drawn.

        A door that heard of it only once it had called people by itself: what it knows of them moves with them.
        """
        assert not self._order.count, "nobody is drawn twice"
        known = [place for place in range(1, self.serving + 1) if self._called[place]]
        flags, self._called = self._called, bytearray(len(self._called))
        self._order = draw.order(lane)
        for place in known:
            if (position := self._order.place(place)) <= self.serving:
                self._called[position] = flags[place]

    def position(self, place: int) -> int:
        """Where in the order of calling a place stands."""
        return self._order.place(place)

    def in_order(self) -> list[int]:
        """The places on the list in the order in which they are called; empty where nobody was drawn."""
        order: list[int] = np.argsort(self._order.places())[1:].tolist()
        return order

    def positions(self, places: NDArray[np.int32]) -> NDArray[np.int64]:
        """As `position`, of many."""
        drawn = self._order.places()
        on_list = (places > 0) & (places < len(drawn))
        return np.where(on_list, drawn[np.where(on_list, places, 0)], places)

    def call(self, upto: int, *, at: int) -> bool:
        """Call everyone up to the place; False when that calls nobody new."""
        if upto <= self.serving:
            return False
        self._open.append(Step(at=at, first=self.serving + 1, last=upto))
        self._last.append(upto)
        self._at.append(at)
        self._called.extend(bytes(upto - self.serving))
        self.called_total += upto - self.serving
        self.serving = upto
        return True

    def go_over(self, upto: int) -> None:
        """Go over numbers that nobody has: they are served, and nobody was called."""
        if upto > self.serving:
            self._called.extend(bytes(upto - self.serving))
            self.serving = upto

    def leave_out(self, count: int) -> None:
        """So many numbers among those that the log called belonged to nobody: after `restore`."""
        self.called_total -= count
        self.lapsed_total = max(0, self.lapsed_total - count)

    def restore(self, told: ToldCalls, *, until: int, call_s: float) -> None:
        """Fill empty calls at once, as they stood at `until`: who came after their time had lapsed came late."""
        assert not self.serving, "empty calls are filled, no other"
        last, at = told.upto, told.called_at
        self._last, self._at = last.tolist(), at.tolist()
        self.serving = self.called_total = self._last[-1] if self._last else 0
        passed, used = self.positions(told.passed), self.positions(told.used)
        called = passed <= self.serving
        places, first = np.unique(passed[called], return_index=True)
        flags = np.zeros(self.serving + 1, np.uint8)
        flags[places] |= PASSED
        flags[used[used <= self.serving]] |= USED
        self._called, self.passed_total = bytearray(flags), len(places)
        step = np.searchsorted(last, places)
        in_time = told.passed_at[called][first] <= at[step] + round(call_s * US_PER_S)
        came = np.bincount(step[in_time], minlength=len(last))
        lapsed = at < until - round(call_s * US_PER_S)
        self.lapsed_total = int((np.diff(last, prepend=0) - came)[lapsed].sum())
        self._open.extend(self._step(number, int(came[number])) for number in np.flatnonzero(~lapsed).tolist())

    def _step(self, number: int, came: int) -> Step:
        first = self._last[number - 1] + 1 if number else 1
        step = Step(at=self._at[number], first=first, last=self._last[number])
        step.came = came
        return step

    def is_called(self, place: int) -> bool:
        """Whether this place may redeem."""
        return self.position(place) <= self.serving

    def called_at(self, place: int) -> int:
        """When a called place was called; one that was gone over (`go_over`), with those behind it."""
        step = bisect_left(self._last, self.position(place))
        return self._at[min(step, len(self._at) - 1)] if self._at else 0

    def passed(self, place: int) -> bool:
        """Count a redemption; False when the place had redeemed before."""
        position = self.position(place)
        if self._called[position] & PASSED:
            return False
        self._called[position] |= PASSED
        self.passed_total += 1
        # The open steps are the last of all steps: the same search finds the step among both.
        at = bisect_left(self._last, position) - len(self._last) + len(self._open)
        if at >= 0 and at < len(self._open) and self._open[at].first <= position:
            self._open[at].came += 1
        return True

    def lapse(self, *, at: int, call_s: float) -> None:
        """Count those whose time to redeem is over. They may still come: later redemptions are not uncounted."""
        until = at - round(call_s * 1_000_000)
        while self._open and self._open[0].at < until:
            step = self._open.popleft()
            self.lapsed_total += step.last - step.first + 1 - step.came

    def mark(self, place: int, flag: int) -> None:
        """Set a flag (`USED`, `PROLONGED`, `DOUBTED`) of a called place; a place never called is left alone."""
        if 0 < (position := self.position(place)) <= self.serving:
            self._called[position] |= flag

    def unmark(self, place: int, flag: int) -> None:
        """Take a flag of a called place away."""
        if 0 < (position := self.position(place)) <= self.serving:
            self._called[position] &= ~flag

    def is_marked(self, place: int, flag: int) -> bool:
        """Whether a called place carries the flag."""
        position = self.position(place)
        return 0 < position <= self.serving and bool(self._called[position] & flag)
