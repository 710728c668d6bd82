"""How does the production controller meet the fluid world? One state a night, asked at every tick.

What it is told is what a door would count, in whole people; what it orders is what the door would do: places called,
passes up to `admit_max`, the permit in front of sign-in, the stretch.
"""

import math

import msgspec
import numpy as np

from kickoff.admission import controller
from kickoff.admission.orders import Health, Orders, Reading
from kickoff.admission.permit import limit_of
from kickoff.crowd.fluid import Move, Seen
from kickoff.crowd.fluid_delivery import Delivered
from kickoff.crowd.fluid_world import DEPENDENCIES, ENTITLEMENT, PLAYLIST, SIGN_IN, TICK_S, Floats, Nights
from kickoff.door.sign_in_meter import SignInMeter
from kickoff.night import DoorRules
from kickoff.units import US_PER_S, AtUs

_START_US = 1_000_000 * US_PER_S
SIGN_INS_AT_ONCE = 64
"""As the settings have it."""


class Kickoff:
    """The controller of the door, on every night by itself."""

    def __init__(self, nights: Nights, rules: DoorRules | None = None) -> None:
        self._nights = nights
        self.rules = [rules or rules_of(nights, night) for night in range(len(nights.seeds))]
        self.states = [controller.start(own) for own in self.rules]
        self._health: list[tuple[Health, ...]] = [() for _ in nights.seeds]
        self._heard = np.full(len(nights.seeds), -1)
        self._desk = [_Desk() for _ in nights.seeds]

    def move(self, seen: Seen) -> Move:
        """Ask each night's controller."""
        self._listen(seen)
        self._restart(seen.tick)
        permit = self._permit(seen)
        orders = [self._decide(night, seen, float(permit[night])) for night in range(len(self.states))]
        slower = np.array([one.beat_s for one in orders]) / self._nights.parameters.beat_s
        return Move(
            stretch=np.clip(np.rint(np.log2(slower)), 0, 2).astype(np.int64),
            passes=np.array([math.inf if one.admit_max is None else one.admit_max for one in orders]) - seen.passed,
            call=np.array([float(one.call) for one in orders]),
            rate_per_s=np.array([one.rate_per_s for one in orders]),
            sign_ins_max=permit,
            rung=np.array([self._rung(one.bitrate_cap_kbps) for one in orders]),
        )

    def _rung(self, cap_kbps: int | None) -> int:
        return 0 if cap_kbps is None else self._nights.parameters.ladder_kbps.index(cap_kbps)

    def _permit(self, seen: Seen) -> Floats:
        """Sign-ins that may be in hand, of each night."""
        deadline_s = self._nights.parameters.deadline_s
        return np.array(
            [
                max(1.0, limit_of(measured, deadline_s=deadline_s, at_once=SIGN_INS_AT_ONCE))
                if measured
                else SIGN_INS_AT_ONCE
                for measured in seen.reports.capacity[SIGN_IN].tolist()
            ],
            dtype=np.float64,
        )

    def _decide(self, night: int, seen: Seen, permit: float) -> Orders:
        at = AtUs(_START_US + round(seen.tick * TICK_S * US_PER_S))
        health = self._desk[night].corrected(self._health[night], seen, night, limit=int(permit), at=at)
        delivered = seen.delivered
        reading = Reading(
            at=at,
            health=health if delivered is None else (*health, *self._networks(delivered, night)),
            bitrate_kbps=0.0 if delivered is None else float(delivered.kbps[night]),
            ladder_kbps=() if delivered is None else self._nights.parameters.ladder_kbps,
            inside=float(seen.inside[night]),
            joined_total=int(seen.joined[night]),
            called_total=int(seen.called[night]),
            passed_total=int(seen.passed[night]),
            lapsed_total=0,
            leased_total=int(seen.leased[night]),
            signed_in_total=int(seen.signed_in[night]),
            sign_in_failed_total=0,
        )
        self.states[night], orders = controller.decide(self.states[night], reading, self.rules[night])
        return orders

    def _networks(self, delivered: Delivered, night: int) -> tuple[Health, ...]:
        """What the delivery networks say of themselves, in Mbit a second."""
        if delivered.heard < 0 or self._nights.scenario.egress_is_written:
            return ()
        at = AtUs(_START_US + round(delivered.heard * TICK_S * US_PER_S))
        return (
            Health(
                dependency="cdn",
                at=at,
                utilisation=float(delivered.utilisation[night]),
                queue_ms=0.0,
                errors=0,
                capacity_per_s=float(delivered.capacity_mbps[night]),
            ),
        )

    def _listen(self, seen: Seen) -> None:
        reports = seen.reports
        for night in np.flatnonzero(reports.heard != self._heard).tolist():
            at = AtUs(_START_US + round(int(reports.heard[night]) * TICK_S * US_PER_S))
            self._health[night] = tuple(
                Health(
                    dependency=name,
                    at=at,
                    utilisation=float(reports.utilisation[row, night]),
                    queue_ms=float(reports.queue_ms[row, night]),
                    errors=round(float(reports.errors[row, night])),
                    capacity_per_s=float(reports.capacity[row, night]),
                )
                for row, name in enumerate(DEPENDENCIES)
            )
        self._heard = reports.heard.copy()

    def _restart(self, tick: int) -> None:
        after_s = self._nights.scenario.restarted_after_s
        if after_s is None:
            return
        due = self._nights.fault_tick + round(after_s / TICK_S)
        for night in np.flatnonzero(due == tick).tolist():
            self.states[night] = controller.start(self.rules[night])
            self._desk[night] = _Desk()


class _Desk:
    """Where one door forwards sign-ins: its own meter, fed with what passed since the last tick, in whole calls."""

    def __init__(self) -> None:
        self._meter = SignInMeter()
        self._before: tuple[int, int, int, int] | None = None

    def corrected(
        self, words: tuple[Health, ...], seen: Seen, night: int, *, limit: int, at: AtUs
    ) -> tuple[Health, ...]:
        """The back end's words, sign-in's by what this door saw."""
        rows = (seen.sign_ins_asked, seen.sign_ins_in_hand, seen.signed_in, seen.sign_ins_away)
        asked, in_hand, done, away = (int(row[night]) for row in rows)
        before = self._before or (asked - in_hand, 0, done, away)
        come = max(0, asked - before[0])
        carried = min(done - before[2], before[1] + come)
        self._meter.begin(count=come)
        self._meter.finish(was_carried=True, count=carried)
        self._meter.finish(was_carried=False, count=max(0, before[1] + come - carried - in_hand))
        self._meter.turn_away(count=away - before[3])
        self._before = (asked, self._meter.in_hand, done, away)
        return self._meter.corrected(words, limit=limit, now=at)


def rules_of(nights: Nights, night: int) -> DoorRules:
    """The rules that the file of this night would hold."""
    of, scenario = nights.parameters, nights.scenario
    stated = {
        DEPENDENCIES[row]: float(nights.at_the_door[row, night]) * scenario.stated_cost
        for row in (ENTITLEMENT, PLAYLIST)
        if scenario.stated_cost is not None
    }
    rules = DoorRules(
        poll_s=(5.0, 10.0),
        beat_s=of.beat_s,
        beat_s_max=of.beat_s_max,
        safe_rate_per_s=of.safe_rate_per_s,
        calls_per_admission=stated,
    )
    if not scenario.egress_is_written:
        return rules
    return msgspec.structs.replace(rules, egress_mbps=round(float(nights.egress_mbps[0, night])))
