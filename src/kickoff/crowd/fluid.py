"""How does a night go, as amounts that flow? The people of `fluid_world.py`, between a controller and the queues.

    line ─called─▶ on the way ─▶ at the door ─pass─▶ sign-in ─▶ entitlement ─▶ playlist ─▶ inside
                                                        ▲ what failed comes back after a while ┘

Who is inside asks for entitlement at every beat and for playlists all the time. A beat that is stretched is heard at
the next beat, never sooner. Entry point: `pass_by`.
"""

from typing import Protocol

import numpy as np
from msgspec import Struct

from kickoff.crowd.fluid_delivery import Delivered, Delivery, Pictures
from kickoff.crowd.fluid_queues import CARRIED, ENTERING, INSIDE, RETRIED, Done, Queues
from kickoff.crowd.fluid_world import ENTITLEMENT, PLAYLIST, SIGN_IN, TICK_S, Floats, Ints, Nights

TICKS_A_REPORT = round(1 / TICK_S)
STEPS = 3
"""Of the stretch: once, twice, four times the beat."""


class Reports(Struct, frozen=True, kw_only=True):
    """The last word of every dependency. [dependency, night]."""

    heard: Ints
    """[night] the tick at which it was heard; -1: never."""
    utilisation: Floats
    queue_ms: Floats
    errors: Floats
    capacity: Floats


class Seen(Struct, frozen=True, kw_only=True):
    """What a controller may know at a tick. Each array has one number a night; people unless it says otherwise."""

    tick: int
    joined: Floats
    """Places given, of those too who will not come when called."""
    called: Floats
    passed: Floats
    leased: Floats
    signed_in: Floats
    line: Floats
    """Have come, and have no pass."""
    inside: Floats
    in_flight: Floats
    """Have a pass, and no picture."""
    wait_s: Floats
    """[dependency, night] as those found who were served in the last tick."""
    failed: Floats
    """Entries that failed in the last tick."""
    sign_ins_asked: Floats
    """Sent on to the back end, from the start of the night."""
    sign_ins_away: Floats
    """Met a full permit, each as often as they asked."""
    sign_ins_in_hand: Floats
    reports: Reports
    delivered: Delivered | None = None
    """None: egress never matters."""


class Move(Struct, frozen=True, kw_only=True):
    """What a controller orders for one tick. One number a night."""

    stretch: Ints
    passes: Floats
    """At most so many are given."""
    call: Floats | None = None
    """Places called. None: whoever has come waits at the door already, and comes in as soon as there is a pass."""
    rate_per_s: Floats | None = None
    """As published for those places."""
    sign_ins_max: Floats | None = None
    """In hand at once, by the permit; None: no permit."""
    rung: Ints | None = None
    """Of the ladder of bitrates, the highest that is allowed; None: all are."""


class Controller(Protocol):
    """Admission, of all nights at once."""

    def move(self, seen: Seen) -> Move:
        """The orders for the next tick."""


class Passed(Struct, frozen=True, kw_only=True):
    """How the nights went. [tick, night], or [tick, dependency, night]."""

    nights: Nights
    line: Floats
    """Have come, and are not called; without calls, and have no pass."""
    inside: Floats
    passes: Floats
    calls: Floats
    rate_per_s: Floats
    sign_ins_max: Floats
    stretch: Ints
    failed_inside: Floats
    """Viewers whose call failed, in each tick."""
    useful: Floats
    waited_s: Floats
    asked_inside: Floats
    """Calls a second of those inside."""
    pictures: Pictures | None = None


def pass_by(nights: Nights, controller: Controller, *, carried: tuple[bool, ...] = CARRIED) -> Passed:
    """Let the nights pass under this controller."""
    return _Flow(nights, carried).run(controller)


class _Flow:
    """The people of all nights."""

    def __init__(self, nights: Nights, carried: tuple[bool, ...]) -> None:
        of, count = nights.parameters, len(nights.seeds)
        self.nights, self.of = nights, of
        self.queues = Queues(nights, carried=carried)
        first, last = (round(edge / TICK_S) for edge in of.hears_s)
        self._hears = slice(first, last + 1)
        self.hearing = np.zeros((of.ticks + last + 2, count))
        self.called, self.passed, self.leased, self.signed_in = (np.zeros(count) for _ in range(4))
        self.at_door, self.sign_in_pool, self.again = (np.zeros(count) for _ in range(3))
        self.sign_ins_asked, self.sign_ins_away = np.zeros(count), np.zeros(count)
        self.sign_in_again, self.to_entitlement, self.to_playlist = (np.zeros(count) for _ in range(3))
        self.inside = np.zeros((STEPS, count))
        self.retried = np.zeros((3, count))
        self.failed, self.wait_s = np.zeros(count), np.zeros((3, count))
        self.desk = _Desk(nights)
        self.delivery = None if nights.scenario.egress is None else Delivery(nights)
        rows, wide = (of.ticks, count), (of.ticks, 3, count)
        self._rows = {
            name: np.zeros(rows)
            for name in ("line", "inside", "passes", "calls", "rate_per_s", "sign_ins_max", "failed_inside")
        }
        self._wide = {name: np.zeros(wide) for name in ("useful", "waited_s", "asked_inside")}
        self._stretch = np.zeros(rows, dtype=np.int64)

    def run(self, controller: Controller) -> Passed:
        for tick in range(self.of.ticks):
            seen = self._seen(tick)
            move = controller.move(seen)
            self._keep(tick, seen, move)
            self._tick(tick, move)
        pictures = self.delivery.pictures if self.delivery else None
        return Passed(nights=self.nights, stretch=self._stretch, pictures=pictures, **self._rows, **self._wide)

    def _seen(self, tick: int) -> Seen:
        come = self.nights.come[tick]
        return Seen(
            tick=tick,
            joined=come / self.nights.show_up,
            called=self.called,
            passed=self.passed,
            leased=self.leased,
            signed_in=self.signed_in,
            line=come - self.passed,
            inside=self.inside.sum(axis=0) + self.again,
            in_flight=self.passed - self.inside.sum(axis=0) - self.again,
            wait_s=self.wait_s,
            failed=self.failed,
            sign_ins_asked=self.sign_ins_asked,
            sign_ins_away=self.sign_ins_away,
            sign_ins_in_hand=self.queues.waiting[SIGN_IN],
            reports=self.desk.heard(tick),
            delivered=self.delivery.word if self.delivery else None,
        )

    def _keep(self, tick: int, seen: Seen, move: Move) -> None:
        rows = self._rows
        called = 0.0 if move.call is None else np.maximum(0.0, self.called * self.nights.show_up - self.passed)
        rows["line"][tick], rows["inside"][tick] = np.maximum(0.0, seen.line - called), self.inside.sum(axis=0)
        self._stretch[tick] = move.stretch
        rows["sign_ins_max"][tick] = np.inf if move.sign_ins_max is None else move.sign_ins_max
        if move.call is not None and move.rate_per_s is not None:
            rows["calls"][tick], rows["rate_per_s"][tick] = move.call, move.rate_per_s

    def _tick(self, tick: int, move: Move) -> None:
        passes = self._passes(tick, move)
        self._rows["passes"][tick] = passes
        asked = self._asked(tick, move.stretch)
        self._wide["asked_inside"][tick] = asked / TICK_S
        arriving = self._arriving(passes, asked, move.sign_ins_max)
        done = self.queues.tick(tick, arriving)
        before = self.inside.sum(axis=0)
        self._go_on(tick, done)
        if self.delivery:
            self._show(tick, self.delivery, move, before)
        self.desk.note(tick, done)
        self._wide["useful"][tick] = done.served.sum(axis=0)
        self._wide["waited_s"][tick] = self.wait_s = done.waited_s

    def _passes(self, tick: int, move: Move) -> Floats:
        """Who comes in now: of those at the door, or of all who have come."""
        if move.call is None:
            direct: Floats = np.clip(move.passes, 0.0, self.nights.come[tick] - self.passed)
            self.passed = self.passed + direct
            return direct
        self.called = self.called + move.call
        window = self.hearing[tick + self._hears.start : tick + self._hears.stop]
        window += move.call * self.nights.show_up / window.shape[0]
        # Who was turned away asks again after a while; who comes for the first time asks now.
        asking = self.hearing[tick] + self.at_door * min(1.0, TICK_S / self.of.asks_again_s)
        passes: Floats = np.minimum(asking, np.maximum(0.0, move.passes))
        self.at_door = self.at_door + self.hearing[tick] - passes
        self.passed = self.passed + passes
        return passes

    def _asked(self, tick: int, stretch: Ints) -> Floats:
        """[dependency, night] calls of those inside in this tick; who beats hears of the stretch."""
        slower = 2.0 ** np.arange(STEPS)[:, None]
        beats = self.inside * TICK_S / (self.of.beat_s * slower)
        hears = np.where(np.arange(STEPS)[:, None] == stretch, 0.0, beats)
        burst = self.nights.bursts[tick]
        per_beat = self.nights.inside_per_s[ENTITLEMENT] * self.of.beat_s
        asked = np.stack(
            [
                np.zeros_like(burst),
                beats.sum(axis=0) * per_beat * burst,
                self.inside.sum(axis=0) * self.nights.inside_per_s[PLAYLIST] * TICK_S * burst,
            ]
        )
        self.inside = self.inside - hears
        self.inside[stretch, np.arange(len(stretch))] += hears.sum(axis=0)
        self._step = stretch
        return asked

    def _arriving(self, passes: Floats, asked: Floats, sign_ins_max: Floats | None) -> Floats:
        """[kind, dependency, night] calls of this tick."""
        costs = self.nights.at_the_door
        back = self.again * (TICK_S / self.of.reload_s)
        again = self.sign_in_again * (TICK_S / self.of.reload_s)
        self.again, self.sign_in_again = self.again - back, self.sign_in_again - again
        sign_ins = passes * costs[SIGN_IN] + again
        if sign_ins_max is not None:
            asking = sign_ins + self.sign_in_pool * (TICK_S / self.of.asks_again_s)
            sign_ins, offered = (
                np.minimum(asking, np.maximum(0.0, sign_ins_max - self.queues.waiting[SIGN_IN])),
                sign_ins,
            )
            self.sign_in_pool = self.sign_in_pool + offered - sign_ins
            self.sign_ins_away = self.sign_ins_away + asking - sign_ins
        self.sign_ins_asked = self.sign_ins_asked + sign_ins
        entering = np.stack(
            [
                sign_ins,
                (self.to_entitlement + passes * (1 - costs[SIGN_IN]) + back) * costs[ENTITLEMENT],
                self.to_playlist * costs[PLAYLIST],
            ]
        )
        return np.stack([entering, asked, self.retried])

    def _go_on(self, tick: int, done: Done) -> None:
        """Who was answered goes on; who was not tries again."""
        costs = self.nights.at_the_door
        self.to_entitlement = done.served[ENTERING, SIGN_IN]
        self.signed_in = self.signed_in + self.to_entitlement
        self.to_playlist = done.served[ENTERING, ENTITLEMENT] / costs[ENTITLEMENT]
        self.leased = np.minimum(self.passed, self.leased + self.to_playlist)
        self.inside[self._step, np.arange(len(self._step))] += done.served[ENTERING, PLAYLIST] / costs[PLAYLIST]
        self.sign_in_again = self.sign_in_again + done.failed[ENTERING, SIGN_IN]
        not_begun = (
            done.failed[ENTERING, ENTITLEMENT] / costs[ENTITLEMENT] + done.failed[ENTERING, PLAYLIST] / costs[PLAYLIST]
        )
        self.retried = done.failed[INSIDE]
        inside = self.inside.sum(axis=0)
        black = np.minimum(done.failed[RETRIED].sum(axis=0), inside)
        self.inside = self.inside * (1 - black / np.maximum(inside, 1e-9))
        self.again = self.again + not_begun + black
        self.failed = not_begun + done.failed[ENTERING, SIGN_IN]
        self._rows["failed_inside"][tick] = black

    def _show(self, tick: int, delivery: Delivery, move: Move, before: Floats) -> None:
        """The pictures of those inside. Who beats hears of the cap, and so does who has just come in."""
        inside = self.inside.sum(axis=0)
        beats = (self.inside * TICK_S / (self.of.beat_s * 2.0 ** np.arange(STEPS)[:, None])).sum(axis=0)
        heard = np.minimum(1.0, (beats + np.maximum(0.0, inside - before)) / np.maximum(inside, 1e-9))
        rung = np.zeros(len(inside), dtype=np.int64) if move.rung is None else move.rung
        delivery.tick(tick, rung, inside=inside, heard=heard)


class _Desk:
    """The back end's reports: once a second, as its gauge measures, and as they arrive."""

    def __init__(self, nights: Nights) -> None:
        self._nights = nights
        shape = (3, len(nights.seeds))
        self._busy, self._work, self._waited, self._turned, self._errors = (np.zeros(shape) for _ in range(5))
        self._capacity = np.zeros(shape)
        never = np.full(len(nights.seeds), -1)
        nothing = np.zeros(shape)
        self._last = Reports(heard=never, utilisation=nothing, queue_ms=nothing, errors=nothing, capacity=nothing)
        self._late = round(nights.scenario.late_s / TICK_S)
        self._silent = round(nights.scenario.silent_s / TICK_S)
        self._on_the_way: list[tuple[int, Reports]] = []

    def heard(self, tick: int) -> Reports:
        """The last report that has arrived."""
        while self._on_the_way and self._on_the_way[0][0] + self._late <= tick:
            sent, report = self._on_the_way.pop(0)
            fault = self._nights.fault_tick
            lost = (sent >= fault) & (sent < fault + self._silent)
            self._last = Reports(
                heard=np.where(lost, self._last.heard, tick),
                utilisation=np.where(lost, self._last.utilisation, report.utilisation),
                queue_ms=np.where(lost, self._last.queue_ms, report.queue_ms),
                errors=np.where(lost, self._last.errors, report.errors),
                capacity=np.where(lost, self._last.capacity, report.capacity),
            )
        return self._last

    def note(self, tick: int, done: Done) -> None:
        """Count a tick; at the end of a second, send the report."""
        self._busy += done.busy / TICKS_A_REPORT
        self._work += done.work
        self._waited += done.waited_s * np.maximum(done.work, 1e-9)
        self._turned += np.maximum(done.work, 1e-9)
        self._errors += done.dropped
        if (tick + 1) % TICKS_A_REPORT:
            return
        self._measure(tick)
        report = Reports(
            heard=np.full(self._busy.shape[1], tick + 1),
            utilisation=self._busy.copy(),
            queue_ms=1000 * self._waited / self._turned,
            errors=self._errors.copy(),
            capacity=self._capacity.copy(),
        )
        for total in (self._busy, self._work, self._waited, self._turned, self._errors):
            total[:] = 0.0
        self._on_the_way.append((tick + 1, report))

    def _measure(self, tick: int) -> None:
        seen = self._work / (TICKS_A_REPORT * TICK_S) / np.maximum(self._busy, 1e-9) * self._nights.misread[tick]
        seen = np.where(self._busy > 1e-4, seen, self._capacity)
        weight = 1 - np.exp(-self._busy * TICKS_A_REPORT * TICK_S / self._nights.parameters.memory_s)
        self._capacity = np.where(self._capacity > 0, self._capacity + weight * (seen - self._capacity), seen)
