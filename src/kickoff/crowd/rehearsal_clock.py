"""How does a night pass on a virtual clock? Instants in a heap, each with what happens then; nothing waits.

The door and the conductor are those of the real night, and so is what the one tells the other. Every quarter of a
second the conductor ticks, every second the back end reports its health, in between happens what people put into the
heap. Equal instants keep the order in which they were planned: the same seed gives the same night, to the byte.
"""

import heapq
from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import Struct

from kickoff.admission.orders import Orders, Reading
from kickoff.conductor.tick import TICK_S, Conductor, LineInput
from kickoff.crowd.world import World
from kickoff.door.house import Door
from kickoff.door.seam import Forward, Parked, Reply, Request
from kickoff.door.serve import corrected
from kickoff.units import US_PER_S, AtUs

PROBLEM = "application/problem+json"
TICK_US = round(TICK_S * US_PER_S)
TICKS_PER_REPORT = round(1 / TICK_S)

Happening = Callable[..., object]


class LanePace(Struct, frozen=True, kw_only=True, gc=False):
    """One lane in one tick."""

    rate_per_s: float
    called: int
    waiting: int
    binding: str


class Pace(Struct, frozen=True, kw_only=True):
    """One tick of the conductor, as it was decided."""

    at_s: float
    rate_per_s: float
    called: int
    waiting: int
    """Not called when the tick began."""
    inside: float
    beat_s: float
    binding: str
    terms: tuple[str, ...]
    lanes: dict[str, LanePace] = {}


class VirtualNight:
    """One door, its conductor and the world behind it, on a clock that jumps from event to event."""

    def __init__(self, door: Door, conductor: Conductor, world: World) -> None:
        self.door = door
        self.world = world
        self.paces: list[Pace] = []
        self.dishonest: list[str] = []
        """Refusals that did not say what a person may do: rule 5 of the door."""
        self.starts_at = world.night.at(0)
        self.now_us: int = self.starts_at
        self._conductor = conductor
        self._heap: list[tuple[int, int, Happening, tuple[Any, ...]]] = []
        self._planned = 0
        self._ticks = 0

    @property
    def now_s(self) -> float:
        """Seconds from the start of the night."""
        return (self.now_us - self.starts_at) / US_PER_S

    def plan(self, at_s: float, happening: Happening, *args: Any) -> None:  # noqa: ANN401 - whatever the happening takes
        """Let something happen at so many seconds from the start, or now where that is past."""
        self.plan_us(self.starts_at + round(at_s * US_PER_S), happening, *args)

    def plan_us(self, at_us: int, happening: Happening, *args: Any) -> None:  # noqa: ANN401 - as `plan`
        """As `plan`, in microseconds UTC."""
        self._planned += 1
        heapq.heappush(self._heap, (max(at_us, self.now_us), self._planned, happening, args))

    def run(self, until_s: float) -> None:
        """Let the night pass up to and including `until_s`; what is planned for later never happens."""
        until_us = self.starts_at + round(until_s * US_PER_S)
        self.plan_us(self.starts_at, self._tick)
        self.plan_us(self.starts_at, self._pour)
        heap, pop = self._heap, heapq.heappop
        while heap and heap[0][0] <= until_us:
            self.now_us, _, happening, args = pop(heap)
            happening(*args)
        self.now_us = until_us

    def ask(self, request: Request) -> Reply | Forward:
        """Ask the door now; a refusal is looked at, whether it is honest."""
        reply = self.door.answer(request)
        assert not isinstance(reply, Parked), "a rehearsed line is one door's own"
        if type(reply) is Reply and reply.status >= 400:
            self.judge(request.path, reply)
        return reply

    def judge(self, path: str, reply: Reply) -> None:
        """Note a refusal that leaves a person without a word: no problem details, or no time to come back at."""
        named = {name.lower() for name, _ in reply.headers}
        if reply.status >= 400 and (
            reply.content_type != PROBLEM or (reply.status in {429, 503} and "retry-after" not in named)
        ):
            self.dishonest.append(f"{reply.status} at {path}")

    def _tick(self) -> None:
        if self._ticks % TICKS_PER_REPORT == 0:
            self.door.heard(self.world.report(self.now_s))
        self._ticks += 1
        house = self.door.house
        reading = corrected(self.door, AtUs(self.now_us))
        line = LineInput(
            serving=self.door.serving(),
            joined=self.door.given(),
            skips={name: one.book.skips for name, one in house.lines.items()},
            notice=house.notice,
            incident=house.incident,
        )
        snapshot, orders = self._conductor.tick(reading, line)
        self.door.publish(snapshot, orders)
        self.paces.append(self._pace(reading, orders))
        self.plan_us(self.now_us + TICK_US, self._tick)

    def _pace(self, reading: Reading, orders: Orders) -> Pace:
        before, lines = reading.by_lane, self.door.house.lines
        lanes = {
            name: LanePace(
                rate_per_s=own.rate_per_s,
                called=lines[name].calls.called_total - before[name].called_total,
                waiting=before[name].waiting,
                binding=own.binding,
            )
            for name, own in orders.lanes.items()
        }
        return Pace(
            at_s=self.now_s,
            rate_per_s=orders.rate_per_s,
            called=sum(lane.called for lane in lanes.values()),
            waiting=sum(lane.waiting for lane in lanes.values()),
            inside=reading.inside,
            beat_s=orders.beat_s,
            binding=orders.binding,
            terms=orders.terms if self._ticks % 240 == 1 else (),
            lanes=lanes,
        )

    def _pour(self) -> None:
        self.world.advance(self.now_s, inside=self.door.house.leases.open_total)
        self.plan_us(self.now_us + round(self.world.parameters.lump_s * US_PER_S), self._pour)


def seeded_bytes(seed: int) -> Callable[[int], bytes]:
    """Keys that a rehearsal can make again. Never for a real night: whoever knows the seed knows the keys."""
    return np.random.default_rng((seed, 0x5EED)).bytes
