"""What changes in this tick? Reading and line in, snapshot and orders out; the only state is what was learnt.

reading ─▶ state of the line (schedule.py) ─▶ controller (admission) ─▶ serving moves on ─▶ snapshot
"""

import msgspec
from msgspec import Struct

from kickoff.admission import controller
from kickoff.admission.orders import LaneOrders, Orders, Reading
from kickoff.conductor.schedule import calls_people, state_after
from kickoff.night import Night
from kickoff.units import US_PER_S, Place, parse_iso
from kickoff.waiting_room.skips import Skips, advanced, beyond
from kickoff.waiting_room.snapshot import LaneStatus, LineState, Snapshot

TICK_S = 0.25
"""The conductor's tempo: a free slot waits at most this long for a decision."""


class LineInput(Struct, frozen=True, kw_only=True):
    """What the line looks like to the conductor, and what the operator says to those in it."""

    serving: dict[str, int]
    """Lane → everyone up to this place was called. The lanes are those of the reading."""
    joined: dict[str, int]
    """Lane → places given."""
    skips: dict[str, Skips] = {}
    """Lane → numbers that nobody has."""
    notice: dict[str, str] = {}
    """Language → words for the waiting page."""
    incident: str = ""
    """Empty, or the identifier of an open incident."""
    beat_s: float | None = None
    """The operator pins the heartbeat interval; None: as ordered."""


class Conductor:
    """Ticks through one night. Made anew after a restart, it starts at the safe rate with the line as it stands."""

    def __init__(self, night: Night, *, epoch: int = 0, learnt: controller.ControllerState | None = None) -> None:
        """`night` as played, with `starts_at`. `epoch`: the last one published before a restart.

        `learnt`: what another conductor had learnt, who led until a moment ago.
        """
        self._night = night
        self._starts_at = parse_iso(night.starts_at)
        self.learnt = learnt or controller.start(night.door)
        """The controller's memory."""
        self._state = LineState.BEFORE
        self._epoch = epoch

    def tick(self, reading: Reading, line: LineInput) -> tuple[Snapshot, Orders]:
        """Decide for the next 250 ms: the snapshot to publish, with `serving` moved on by the orders' `call`."""
        self._state = self._state_at(reading)
        heard = reading if calls_people(self._state) else msgspec.structs.replace(reading, paused=True)
        self.learnt, orders = controller.decide(self.learnt, heard, self._night.door)
        self._epoch += 1
        return self._snapshot(reading, line, orders), orders

    def _state_at(self, reading: Reading) -> LineState:
        return state_after(
            self._state,
            self._night.schedule,
            seconds=(reading.at - self._starts_at) / US_PER_S,
            waiting=sum(lane.waiting for lane in reading.by_lane.values()),
            paused=reading.paused,
            draw=self._night.door.draw,
        )

    def _snapshot(self, reading: Reading, line: LineInput, orders: Orders) -> Snapshot:
        rules = self._night.door
        beat_s = orders.beat_s if line.beat_s is None else line.beat_s
        return Snapshot(
            at=reading.at,
            state=self._state,
            epoch=self._epoch,
            lanes={
                name: _lane(serving, orders.lanes[name], line.skips.get(name, ()))
                for name, serving in line.serving.items()
            },
            # Whoever waits polls less often too while those inside are asked to: the lever is one.
            poll_s=_stretched(rules.poll_s, beat_s / rules.beat_s),
            beat_s=beat_s,
            call_s=rules.call_s,
            reason=self._reason(orders),
            notice=line.notice,
            bitrate_cap_kbps=orders.bitrate_cap_kbps,
            incident=line.incident,
            admit_max=orders.admit_max,
        )

    def _reason(self, orders: Orders) -> str:
        """Before the doors and after the end nobody pauses the line: the state says it all."""
        return "" if self._state in {LineState.BEFORE, LineState.DRAW, LineState.CLOSED} else orders.reason


def _lane(serving: int, own: LaneOrders, skips: Skips) -> LaneStatus:
    reached = advanced(serving, own.call, skips)
    return LaneStatus(
        serving=Place(reached),
        skips=beyond(skips, reached),
        rate_per_s=own.rate_per_s,
        eta=own.eta,
        curve=own.curve,
    )


def _stretched(poll_s: tuple[float, float], factor: float) -> tuple[float, float]:
    return (poll_s[0] * max(1.0, factor), poll_s[1] * max(1.0, factor))
