"""Sign-in at ten times its capacity, on a virtual clock: the production controller, permit, meter and gauge in a loop.

What is modelled: people, who hear once a second that they are called, come up to four seconds later, and come again
when a full permit sends them away; and a back end that checks one password after another, at a changing capacity.
"""

import heapq
import random
from collections.abc import Callable

from kickoff.admission import controller
from kickoff.admission.orders import Health, LaneCounts, Reading
from kickoff.admission.permit import Outcome, Permit
from kickoff.backend.gauge import Measured, Second, measure
from kickoff.door.sign_in_meter import BUSY_RETRY_S, SignInMeter
from kickoff.night import DoorRules
from kickoff.units import US_PER_S, AtUs

RULES = DoorRules(call_s=15, poll_s=(2, 4), safe_rate_per_s=10)
DEADLINE_S = 5.0
TICK_S = 0.25
REPORT_S = 1.01
FIRST_INSIDE = 40
OVERLOAD = 10


class Loop:
    """One run. `capacity_per_s`: of the back end, by second; `come_share`: of those called."""

    def __init__(self, capacity_per_s: Callable[[float], float], *, seed: int, come_share: float = 1.0) -> None:
        self._capacity_per_s = capacity_per_s
        self._draw = random.Random(seed)
        self._come_share = come_share
        self._due: list[tuple[float, int, Callable[[float], None]]] = []
        self._numbers = iter(range(10_000_000))
        self._permit, self._meter = Permit(deadline_s=DEADLINE_S, at_once=64), SignInMeter()
        self._state = controller.start(RULES)
        self._queue: list[float] = []
        """Instants at which those in hand asked."""
        self._called = self._told = self._passed = self._signed_in = FIRST_INSIDE
        self._busy_s = 0.0
        self._completed = 0
        self._measured = Measured(dependency="sign_in", capacity_per_s=capacity_per_s(0.0))
        self._word = self._health(0.0)
        self.good_s: list[float] = []
        """Instants of sign-ins that were answered within the deadline."""
        self.in_hand_most = self.sent_away = 0

    def played(self, length_s: float) -> "Loop":
        """This loop after so long."""
        for begin in (self._report, self._tick, self._tell):
            self._after(0.0, 0.0, begin)
        while self._due:
            at_s, _, event = heapq.heappop(self._due)
            if at_s > length_s:
                break
            event(at_s)
        return self

    def good_per_s(self, since_s: float, until_s: float) -> float:
        """Sign-ins in time a second."""
        return sum(since_s <= at_s < until_s for at_s in self.good_s) / (until_s - since_s)

    def _after(self, now_s: float, wait_s: float, event: Callable[[float], None]) -> None:
        heapq.heappush(self._due, (now_s + wait_s, next(self._numbers), event))

    def _report(self, now_s: float) -> None:
        second = Second(elapsed_s=REPORT_S, busy_s=self._busy_s, completed=self._completed)
        self._measured = measure(self._measured, second, memory_s=1.0)
        self._busy_s, self._completed = 0.0, 0
        self._word = self._health(now_s)
        self._permit.follow(self._measured.capacity_per_s)
        self._after(now_s, REPORT_S, self._report)

    def _health(self, now_s: float) -> Health:
        measured = self._measured
        return Health(
            dependency="sign_in",
            at=_us(now_s),
            utilisation=measured.utilisation,
            queue_ms=0.0,
            errors=0,
            capacity_per_s=measured.capacity_per_s,
        )

    def _tick(self, now_s: float) -> None:
        health = self._meter.corrected((self._word,), limit=self._permit.limit, now=_us(now_s))
        self._state, orders = controller.decide(self._state, self._reading(now_s, health), RULES)
        self._called += orders.call
        self._after(now_s, TICK_S, self._tick)

    def _reading(self, now_s: float, health: tuple[Health, ...]) -> Reading:
        joined = self._called + OVERLOAD * round(self._capacity_per_s(0.0))
        lane = LaneCounts(
            joined_total=joined,
            called_total=self._called,
            passed_total=self._passed,
            lapsed_total=0,
            leased_total=self._signed_in,
            sign_ins_total=self._signed_in - FIRST_INSIDE,
        )
        return Reading(
            at=_us(now_s),
            health=health,
            inside=self._signed_in,
            joined_total=joined,
            called_total=self._called,
            passed_total=self._passed,
            lapsed_total=0,
            leased_total=self._signed_in,
            signed_in_total=self._signed_in,
            sign_in_failed_total=0,
            lanes={"main": lane},
        )

    def _tell(self, now_s: float) -> None:
        for _ in range(self._told, self._called):
            if self._draw.random() < self._come_share:
                self._after(now_s, self._draw.uniform(0, self._draw.uniform(*RULES.poll_s)), self._come)
        self._told = self._called
        self._after(now_s, 1.0, self._tell)

    def _come(self, now_s: float) -> None:
        self._passed += 1
        self._try(now_s)

    def _try(self, now_s: float) -> None:
        if not self._permit.take():
            self.sent_away += 1
            self._meter.turn_away()
            self._after(now_s, BUSY_RETRY_S * self._draw.uniform(1.0, 1.3), self._try)
            return
        self._meter.begin()
        self._queue.append(now_s)
        self.in_hand_most = max(self.in_hand_most, len(self._queue))
        if len(self._queue) == 1:
            self._check(now_s)

    def _check(self, now_s: float) -> None:
        takes_s = max(0.001, self._draw.gauss(1.0, 0.05) / self._capacity_per_s(now_s))
        self._busy_s += takes_s
        self._after(now_s, takes_s, self._checked)

    def _checked(self, now_s: float) -> None:
        asked_s = self._queue.pop(0)
        self._completed += 1
        self._signed_in += 1
        self._permit.give_back(Outcome.OK)
        self._meter.finish(was_carried=True)
        if now_s - asked_s <= DEADLINE_S:
            self.good_s.append(now_s)
        if self._queue:
            self._check(now_s)


def _us(seconds: float) -> AtUs:
    return AtUs(round((1000 + seconds) * US_PER_S))
