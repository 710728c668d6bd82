"""What does a door do when nobody leads? It keeps the last rate for a while, then goes over to the safe one.

    rate(t) = last                                           for the first `KEEP_S`
            = safe + (last − safe) · exp(−(t − KEEP_S) / DECAY_S)   after it

Never none, for the house empties and those who wait shall not wait for nothing; never unlimited, for nobody measures.
Those who wait are told what lies between this rate and the safe one: how long nobody will lead, nobody knows.
What the operator says meanwhile is done, each door's own ear hears it: a pause and its end, a cap, a notice, hours. The
doors open and the night ends by the clock as ever.
"""

import math

import msgspec
from msgspec import Struct

from kickoff.admission.controller import TICK_S_MAX
from kickoff.conductor.schedule import calls_people, state_after
from kickoff.conductor.tick import EVERYONE, LineInput, appointed, draw_of, hours_of, times_of
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs, Place
from kickoff.waiting_room.skips import Skips, advanced, ahead, beyond
from kickoff.waiting_room.snapshot import LaneStatus, LineState, Snapshot

STALE_S = 1.5
"""Nothing heard for so long: nobody leads, or nobody is heard. Four ticks and a slow one."""
KEEP_S = 10.0
DECAY_S = 20.0
PAUSED, NO_HEALTH = "paused", "no_health"
"""Two of the reasons that `admission/terms.py` gives: nobody measures while nobody leads."""


class LaneView(Struct, frozen=True, kw_only=True):
    """One lane as a door knows it."""

    serving: int
    last: int
    """The highest place given."""
    skips: Skips = ()

    @property
    def waiting(self) -> int:
        """Not called yet."""
        return ahead(self.last, self.serving, self.skips)


class Alone:
    """One door without a word. `tick` four times a second, while it lasts."""

    def __init__(self, night: Night) -> None:
        self._night = night
        self._owed: dict[str, float] = {}
        self._at = 0

    def tick(
        self, last: Snapshot, line: LineInput, *, paused: bool, cap_per_s: float | None, heard_at: AtUs, at: AtUs
    ) -> Snapshot:
        """The snapshot to show now. `last`: the last one that a conductor gave, at `heard_at`; `line`: as it is.

        `paused`, `cap_per_s`: as the operator wants it by now.
        """
        passed_s = self._passed_s(heard_at, at)
        lanes = {name: _lane_of(line, name) for name in line.serving}
        waiting = {name: lane.waiting for name, lane in lanes.items()}
        state = state_after(
            last.state,
            hours_of(self._night, line),
            seconds=(at - self._night.at(0)) / US_PER_S,
            waiting=sum(waiting.values()) or int(line.queues),
            paused=paused,
        )
        is_calling = calls_people(state) and not line.queues
        safe = self._safe(waiting) if is_calling else {}
        rates = _rates(last, safe, since_s=(at - heard_at) / US_PER_S)
        rates, safe = capped(rates, waiting, cap_per_s), capped(safe, waiting, cap_per_s)
        doors_at, ends_at = times_of(self._night, line)
        draw_at = draw_of(self._night, line)
        return msgspec.structs.replace(
            last,
            at=at,
            state=state,
            doors_at=doors_at,
            ends_at=ends_at,
            draw_at=draw_at,
            appointment=appointed(state, at, doors_at, draw_at, last.poll_s),
            beat_s=last.beat_s if line.beat_s is None else line.beat_s,
            reason=EVERYONE if line.queues and state is LineState.QUEUEING else _reason(last.reason, state),
            notice=line.notice,
            incident=line.incident,
            lanes={
                name: self._lane(name, lane, rates.get(name, 0.0), passed_s, eta=_eta(name, rates, safe))
                for name, lane in lanes.items()
            },
        )

    def _passed_s(self, heard_at: AtUs, at: AtUs) -> float:
        """Seconds for which people are called now. What was missed is not made up for in one burst."""
        # The first of these ticks comes when it has been silent for so long.
        most = TICK_S_MAX if self._at > heard_at else STALE_S
        passed_s = (at - max(heard_at, self._at)) / US_PER_S
        self._at = at
        return max(0.0, min(most, passed_s))

    def _safe(self, waiting: dict[str, int]) -> dict[str, float]:
        """The safe rate, people a second of each lane: shared by those who wait; an empty one has one's share."""
        total = max(1, sum(waiting.values()))
        return {name: self._night.door.safe_rate_per_s * max(1, count) / total for name, count in waiting.items()}

    def _lane(
        self, name: str, lane: LaneView, rate_per_s: float, passed_s: float, *, eta: tuple[float, float, float]
    ) -> LaneStatus:
        owed = self._owed.get(name, 0.0) + rate_per_s * passed_s
        count = min(int(owed), lane.waiting)
        # Nobody waits: nothing is saved up for those who come later.
        self._owed[name] = owed - int(owed)
        reached = advanced(lane.serving, count, lane.skips) if count else lane.serving
        return LaneStatus(serving=Place(reached), skips=beyond(lane.skips, reached), rate_per_s=rate_per_s, eta=eta)


def _lane_of(line: LineInput, name: str) -> LaneView:
    return LaneView(serving=line.serving[name], last=line.joined[name], skips=line.skips.get(name, ()))


def _rates(last: Snapshot, safe: dict[str, float], *, since_s: float) -> dict[str, float]:
    """People a second of each lane that is called."""
    # Nobody has led yet, or nobody was called: there is no last rate to keep.
    stood = last.state is LineState.PAUSED or last.reason == EVERYONE
    since_s = since_s if last.epoch and not stood else math.inf
    return {name: rate_after(last.lanes[name].rate_per_s, safe[name], since_s=since_s) for name in safe}


def _eta(name: str, rates: dict[str, float], safe: dict[str, float]) -> tuple[float, float, float]:
    """Seconds a place, at the least, likely, at the most: this rate, and the one that it is on its way to."""
    rate, end = rates.get(name, 0.0), safe.get(name, 0.0)
    return _per_place(max(rate, end)), _per_place(rate), _per_place(min(rate, end))


def _per_place(rate_per_s: float) -> float:
    return 1 / rate_per_s if rate_per_s > 0 else math.inf


def _reason(last: str, state: LineState) -> str:
    """Paused, while it is; no longer, once it is not. Else as the leader said."""
    if state is LineState.PAUSED:
        return PAUSED
    return NO_HEALTH if last in {PAUSED, EVERYONE} else last


def capped(rates: dict[str, float], waiting: dict[str, int], cap_per_s: float | None) -> dict[str, float]:
    """People a second of each lane; where people wait, together no more than the operator's cap."""
    if cap_per_s is None:
        return rates
    total = sum(rate for name, rate in rates.items() if waiting[name])
    share = cap_per_s / total if total > cap_per_s else 1.0
    # A lane in which nobody waits takes nothing of it, and promises no more than all of it.
    return {name: min(rate * share, cap_per_s) for name, rate in rates.items()}


def rate_after(last_per_s: float, safe_per_s: float, *, since_s: float) -> float:
    """The rate so long after the last word."""
    share = math.exp(-max(0.0, since_s - KEEP_S) / DECAY_S)
    return safe_per_s + (last_per_s - safe_per_s) * share
