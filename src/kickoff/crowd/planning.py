"""What must the house carry, and when should the doors open? The line as amounts that flow, through any capacity.

Who comes when is known (a past evening's joins, or an assumed crowd's curve); how many sign in and what the service
carried are measured in a past journal, or taken from the night file. Each second the door lets in what the tightest
dependency leaves:

    rate = min over sign-in and playlists of (target · capacity − k · inside) ÷ cost

First come, first in: the wait of a place is the time from its coming, or from the doors, to the second in which so many
have been let in. Entry point: `plan`.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.night import Night

Floats = NDArray[np.float64]

PLAYLISTS_AT_THE_DOOR = 2.0
"""A master and a media playlist."""
SHARES = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""Of the capacity that there is: what the table shows."""
HALVINGS = 24
FACTOR_MOST = 1000.0
LEADS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Doors: shares of the time from the first who come to kick-off."""


class Evening(Struct, frozen=True, kw_only=True):
    """Who comes, and what there is."""

    joined: tuple[float, ...]
    """Come until each second of the night, from 0 on."""
    signs_in: float
    """Sign-ins of one who comes."""
    sign_ins_per_s: float
    playlists_per_s: float
    source: str
    """Where the crowd is known from."""


class Outcome(Struct, frozen=True, kw_only=True):
    """One way in which it could go. Seconds from the start of the night, or of waiting."""

    capacity: float
    """As a multiple of what there is."""
    doors_s: float
    waited_p50_s: float
    waited_p95_s: float
    line_peak: int
    line_at_kick_off: int
    all_in_s: float | None
    """When the line is empty for good; None: not before the whistle."""


class Plan(Struct, frozen=True, kw_only=True):
    """The answers."""

    night: str
    source: str
    people: int
    within_s: float
    sign_ins_per_s: float
    playlists_per_s: float
    needed: float | None
    """Multiple of the capacity with which 95 % of waits stay under `within_s`; None: no capacity does."""
    needed_sign_ins_per_s: float | None
    as_it_is: Outcome
    by_capacity: tuple[Outcome, ...]
    by_doors: tuple[Outcome, ...]
    doors_s: float | None
    """The latest doors with which 95 % of waits stay under `within_s`, with the capacity that there is."""
    lost_node: Outcome
    nodes: int
    lost_node_carries_inside: bool
    """Whether those inside still fit when a node is lost with everybody in."""
    line: tuple[int, ...]
    """How many stand in line in each second, with the capacity that there is: the picture."""


def plan(night: Night, evening: Evening, *, within_s: float, nodes: int) -> Plan:
    """Everything that a person who buys servers asks."""
    doors, people = night.schedule.doors, evening.joined[-1]
    needed = _needed(night, evening, within_s=within_s)
    first = float(np.searchsorted(np.asarray(evening.joined), 0.01 * people))
    times = [first + lead * max(0.0, night.schedule.kick_off - first) for lead in LEADS]
    by_doors = tuple(outcome(night, evening, capacity=1.0, doors_s=doors_s) for doors_s in times)
    in_time = [one.doors_s for one in by_doors if one.waited_p95_s <= within_s]
    waiting = np.asarray(evening.joined) - _let_in(night, evening, capacity=1.0, doors_s=doors, lost=0.0)
    asked = people * night.servers.calls_inside_per_s
    return Plan(
        night=night.name,
        source=evening.source,
        people=round(people),
        within_s=within_s,
        sign_ins_per_s=evening.sign_ins_per_s,
        playlists_per_s=evening.playlists_per_s,
        needed=None if needed is None else round(needed, 3),
        needed_sign_ins_per_s=None if needed is None else round(needed * evening.sign_ins_per_s, 1),
        as_it_is=outcome(night, evening, capacity=1.0, doors_s=doors),
        by_capacity=tuple(outcome(night, evening, capacity=share, doors_s=doors) for share in SHARES),
        by_doors=by_doors,
        doors_s=max(in_time, default=None),
        lost_node=outcome(night, evening, capacity=1.0, doors_s=doors, lost=1.0 / nodes),
        nodes=nodes,
        lost_node_carries_inside=asked <= (1 - 1.0 / nodes) * evening.playlists_per_s,
        line=tuple(np.maximum(0, np.rint(waiting)).astype(int).tolist()),
    )


def outcome(night: Night, evening: Evening, *, capacity: float, doors_s: float, lost: float = 0.0) -> Outcome:
    """How it goes with so much capacity; `lost`: a share of it is gone from kick-off on."""
    joined = np.asarray(evening.joined)
    let_in = _let_in(night, evening, capacity=capacity, doors_s=doors_s, lost=lost)
    waits = _waits(joined, let_in, doors_s)
    line = np.maximum(0.0, joined - let_in)
    kick_off = min(line.size - 1, round(night.schedule.kick_off))
    standing = np.flatnonzero(line > max(1.0, 0.001 * joined[-1]))
    last = int(standing[-1]) + 1 if standing.size else round(doors_s)
    return Outcome(
        capacity=capacity,
        doors_s=round(doors_s, 1),
        waited_p50_s=round(float(np.quantile(waits, 0.5)), 1),
        waited_p95_s=round(float(np.quantile(waits, 0.95)), 1),
        line_peak=round(float(line[round(doors_s) :].max())),
        line_at_kick_off=round(float(line[kick_off])),
        all_in_s=None if last >= round(night.schedule.whistle) else float(last),
    )


def _needed(night: Night, evening: Evening, *, within_s: float) -> float | None:
    """The least multiple of the capacity that keeps 95 % of waits within so many seconds."""

    def enough(factor: float) -> bool:
        return outcome(night, evening, capacity=factor, doors_s=night.schedule.doors).waited_p95_s <= within_s

    low, high = 1e-3, FACTOR_MOST
    if not enough(high):
        return None
    for _ in range(HALVINGS):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _let_in(night: Night, evening: Evening, *, capacity: float, doors_s: float, lost: float) -> Floats:
    """Let in until each second."""
    joined, inside, found = np.asarray(evening.joined), 0.0, []
    target, k = night.door.target, night.servers.calls_inside_per_s
    for second, come in enumerate(joined.tolist()):
        left = capacity * (1 - lost if second >= night.schedule.kick_off else 1.0)
        by_sign_in = target * left * evening.sign_ins_per_s / max(1e-9, evening.signs_in)
        by_playlist = (target * left * evening.playlists_per_s - k * inside) / PLAYLISTS_AT_THE_DOOR
        if second >= doors_s:
            inside += max(0.0, min(by_sign_in, by_playlist, come - inside, night.door.inside_max - inside))
        found.append(inside)
    return np.asarray(found)


def _waits(joined: Floats, let_in: Floats, doors_s: float) -> Floats:
    """Of a thousand places, evenly spread over all: seconds from coming, or from the doors, to being let in."""
    places = joined[-1] * (np.arange(1000) + 0.5) / 1000
    came = np.maximum(doors_s, np.searchsorted(joined, places).astype(float))
    went_in = np.searchsorted(let_in, places * (1 - 1e-9)).astype(float)
    # Who is not let in at all has waited to the end.
    return np.asarray(np.maximum(0.0, np.minimum(went_in, float(joined.size)) - came))
