"""What changes in this tick? Reading and line in, snapshot and orders out; the only state is what was learnt.

reading ─▶ state of the line (schedule.py) ─▶ controller (admission) ─▶ serving moves on ─▶ snapshot
"""

import math

import msgspec
from msgspec import Struct

from kickoff.admission import controller, ladder
from kickoff.admission.orders import LaneOrders, Orders, Reading
from kickoff.conductor.schedule import Hours, calls_people, state_after
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs, Place, parse_iso
from kickoff.waiting_room.appointments import appointment
from kickoff.waiting_room.skips import Skips, advanced, beyond
from kickoff.waiting_room.snapshot import SHUT, LaneStatus, LineState, Snapshot

TICK_S = 0.25
"""The conductor's tempo: a free slot waits at most this long for a decision."""
DRAW_PATIENCE_S = 20
"""So long the doors wait for the draw of those who came before them: a leader lost, a server lost, two million read.
Then they open, and places are as people came."""
Range = tuple[AtUs, AtUs] | None
EVERYONE = "everyone"
"""The reason of a line in which the operator queues everyone."""


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
    ladder_step: int | None = None
    """The operator pins the rungs of the ladder that are capped; None: as ordered."""
    doors_at: AtUs | None = None
    """When the doors open, as the operator says; None: as the night file says."""
    ends_at: AtUs | None = None
    draw_at: AtUs | None = None
    """From when places are given, as the operator says; None: as the night file says."""
    queues: bool = False
    """The operator queues everyone: all who do not watch wait, and nobody is called."""


def times_of(night: Night, line: LineInput) -> tuple[AtUs, AtUs]:
    """When the doors open and the night ends: as the operator says, else as the night file says."""
    planned = night.schedule
    doors_at = night.at(planned.doors) if line.doors_at is None else line.doors_at
    return doors_at, night.at(planned.end) if line.ends_at is None else line.ends_at


def draw_of(night: Night, line: LineInput) -> AtUs | None:
    """From when places are given, never later than the doors open; None: from the start."""
    planned = None if night.schedule.draw is None else night.at(night.schedule.draw)
    draw_at = planned if line.draw_at is None else line.draw_at
    return None if draw_at is None else min(draw_at, times_of(night, line)[0])


def until_drawn(night: Night, line: LineInput, at: AtUs) -> LineInput:
    """The line with its doors shut until lots are drawn; where that cannot be, not for long."""
    doors_at = times_of(night, line)[0]
    if doors_at <= at < doors_at + DRAW_PATIENCE_S * US_PER_S:
        return msgspec.structs.replace(line, doors_at=AtUs(at + US_PER_S))
    return line


def hours_of(night: Night, line: LineInput) -> Hours:
    """The same in seconds from the start of the night."""
    start, draw_at = night.at(0), draw_of(night, line)
    doors_at, ends_at = times_of(night, line)
    draw_s = -math.inf if draw_at is None else (draw_at - start) / US_PER_S
    return Hours(
        doors=(doors_at - start) / US_PER_S,
        end=(ends_at - start) / US_PER_S,
        draw=draw_s if night.door.draw else None,
    )


def appointed(state: LineState, at: AtUs, doors_at: AtUs, draw_at: AtUs | None, poll_s: tuple[float, float]) -> Range:
    """When they look again who wait before the doors, or before places are given; None: they poll."""
    if state not in SHUT:
        return None
    return appointment(at, draw_at if draw_at is not None and state is LineState.BEFORE else doors_at, poll_s)


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
        self._state = self._state_at(reading, line)
        is_calling = calls_people(self._state) and not line.queues
        heard = reading if is_calling else msgspec.structs.replace(reading, paused=True)
        self.learnt, orders = controller.decide(self.learnt, heard, self._night.door)
        self._epoch += 1
        return self._snapshot(reading, line, orders), orders

    def _state_at(self, reading: Reading, line: LineInput) -> LineState:
        waiting = sum(lane.waiting for lane in reading.by_lane.values())
        return state_after(
            self._state,
            hours_of(self._night, line),
            seconds=(reading.at - self._starts_at) / US_PER_S,
            waiting=max(waiting, 1) if line.queues else waiting,
            paused=reading.paused,
        )

    def _snapshot(self, reading: Reading, line: LineInput, orders: Orders) -> Snapshot:
        rules = self._night.door
        beat_s = orders.beat_s if line.beat_s is None else line.beat_s
        # Whoever waits polls less often too while those inside are asked to: the lever is one.
        poll_s = _stretched(rules.poll_s, beat_s / rules.beat_s)
        doors_at, ends_at = times_of(self._night, line)
        draw_at = draw_of(self._night, line)
        return Snapshot(
            at=reading.at,
            state=self._state,
            epoch=self._epoch,
            lanes={
                name: _lane(serving, orders.lanes[name], line.skips.get(name, ()))
                for name, serving in line.serving.items()
            },
            poll_s=poll_s,
            beat_s=beat_s,
            call_s=rules.call_s,
            reason=self._reason(orders, line),
            notice=line.notice,
            bitrate_cap_kbps=orders.bitrate_cap_kbps
            if line.ladder_step is None
            else ladder.cap_kbps(line.ladder_step, reading.ladder_kbps),
            incident=line.incident,
            admit_max=orders.admit_max,
            doors_at=doors_at,
            ends_at=ends_at,
            draw_at=draw_at,
            appointment=appointed(self._state, reading.at, doors_at, draw_at, poll_s),
        )

    def _reason(self, orders: Orders, line: LineInput) -> str:
        """Before the doors and after the end nobody pauses the line: the state says it all."""
        if self._state in {*SHUT, LineState.CLOSED}:
            return ""
        return EVERYONE if line.queues and self._state is not LineState.PAUSED else orders.reason


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
