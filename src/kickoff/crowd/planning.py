"""What must the house carry, and when should the doors open? The line as amounts that flow, through any capacity.

Who comes when is known (a past evening's joins, or an assumed crowd's curve); how many sign in and what the service
carried are measured in a past journal, or taken from the night file. `planned_line` lets the two lanes flow, and what
it leaves out stands in docs/method.md. Two promises are planned for:

    short waits    95 % wait no longer than so many seconds, counted from coming, or from the doors for the early
    kick-off       95 % of those who came before kick-off are let in by kick-off

Entry point: `plan`.
"""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from msgspec import Struct

from kickoff.crowd.planned_line import Evening, Floats, Given, flowed
from kickoff.night import Night

SHARES = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""Of the capacity that there is: what the table shows."""
LESS = 0.5
"""Of the capacity: the line that the picture shows beside the one with what there is."""
HALVINGS = 16
FACTORS = (1e-3, 1000.0)
"""Of the capacity: less than the first is none at all, more than the second is no plan."""
KEPT = 0.95
"""Of the people, by both promises."""
LEADS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Doors: shares of the time from the first who come to kick-off."""


class Outcome(Struct, frozen=True, kw_only=True):
    """One way in which it could go. Seconds from the start of the night, or of waiting."""

    capacity: float
    """As a multiple of what there is."""
    doors_s: float
    waited_p50_s: float | None
    """None: half of them are not let in before the whistle."""
    waited_p95_s: float | None
    line_peak: int
    line_at_kick_off: int
    in_by_kick_off: float
    """Share of those who came before kick-off that are let in by then."""
    all_in_s: float | None
    """When the line is empty for good; None: not before the whistle."""


class Plan(Struct, frozen=True, kw_only=True):
    """The answers. `needed…`: multiples of the capacity; 0: any does; None: none does."""

    night: str
    source: str
    people: int
    signed_out: float
    within_s: float
    sign_ins_per_s: float
    playlists_per_s: float
    needed: float | None
    """With which 95 % of waits stay under `within_s`, the doors as in the night file."""
    needed_sign_ins_per_s: float | None
    needed_in_time: float | None
    """With which the promise for kick-off is kept as well."""
    as_it_is: Outcome
    by_capacity: tuple[Outcome, ...]
    by_doors: tuple[Outcome, ...]
    doors_s: float | None
    """The latest doors with which both promises are kept, with the capacity that there is; None: no time does."""
    from_the_start: Outcome
    """The doors open with the night, as early as can be."""
    lost_node: Outcome
    nodes: int
    asked_inside_per_s: float
    """What everybody inside asks for."""
    lost_node_carries_inside: bool
    """Whether those inside still fit when a node is lost with everybody in."""
    line: tuple[int, ...]
    """How many stand in line in each second, with the capacity that there is: the picture."""
    line_less: tuple[int, ...]
    """With `LESS` of it."""
    line_lost: tuple[int, ...]
    """With a node lost at kick-off."""


Tried = Callable[[Given], Outcome]
Keeps = Callable[[Outcome], bool]


def plan(night: Night, evening: Evening, *, within_s: float, nodes: int) -> Plan:
    """Everything that a person who buys servers asks."""
    planned, people = night.schedule.doors, evening.joined[-1]
    is_short = partial(_waits_are_short, within_s=within_s)
    keeps_both = partial(_keeps_both, within_s=within_s)
    tried = partial(outcome, night, evening)
    as_it_is, lost = Given(doors_s=planned), Given(doors_s=planned, lost=1.0 / nodes)
    needed, asked = _least(tried, planned, is_short), people * night.servers.calls_inside_per_s
    doors_s = _latest(tried, night.schedule.kick_off, keeps_both)
    return Plan(
        night=night.name,
        source=evening.source,
        people=round(people),
        signed_out=round(evening.signed_out, 3),
        within_s=within_s,
        sign_ins_per_s=evening.sign_ins_per_s,
        playlists_per_s=evening.playlists_per_s,
        needed=needed,
        needed_sign_ins_per_s=None if needed is None else round(needed * evening.sign_ins_per_s, 1),
        needed_in_time=_least(tried, planned, keeps_both),
        as_it_is=tried(as_it_is),
        by_capacity=tuple(tried(Given(doors_s=planned, capacity=share)) for share in SHARES),
        by_doors=tuple(tried(Given(doors_s=at_s)) for at_s in _doors_shown(night, evening, doors_s)),
        doors_s=doors_s,
        from_the_start=tried(Given(doors_s=0.0)),
        lost_node=tried(lost),
        nodes=nodes,
        asked_inside_per_s=round(asked, 1),
        lost_node_carries_inside=asked <= (1 - 1.0 / nodes) * evening.playlists_per_s,
        line=flowed(night, evening, as_it_is).seconds(),
        line_less=flowed(night, evening, Given(doors_s=planned, capacity=LESS)).seconds(),
        line_lost=flowed(night, evening, lost).seconds(),
    )


def outcome(night: Night, evening: Evening, given: Given) -> Outcome:
    """How it goes with so much capacity and the doors at that time."""
    found, times = flowed(night, evening, given), night.schedule
    line, waits = found.line, found.waits_s()
    opening, kick_off = (min(line.size - 1, round(at_s)) for at_s in (given.doors_s, times.kick_off))
    standing = np.flatnonzero(line > max(1.0, 0.001 * evening.joined[-1]))
    last = int(standing[-1]) + 1 if standing.size else round(given.doors_s)
    return Outcome(
        capacity=given.capacity,
        doors_s=round(given.doors_s, 1),
        waited_p50_s=_quantile(waits, 0.5),
        waited_p95_s=_quantile(waits, KEPT),
        # As the doors open, all who came before them stand there.
        line_peak=round(max(evening.joined[opening], float(line[opening:].max()))),
        line_at_kick_off=round(float(line[kick_off])),
        in_by_kick_off=round(1 - float(line[kick_off]) / max(1.0, evening.joined[kick_off]), 4),
        all_in_s=None if last >= round(times.whistle) else float(last),
    )


def _waits_are_short(found: Outcome, *, within_s: float) -> bool:
    return found.waited_p95_s is not None and found.waited_p95_s <= within_s


def _keeps_both(found: Outcome, *, within_s: float) -> bool:
    return _waits_are_short(found, within_s=within_s) and found.in_by_kick_off >= KEPT


def _least(tried: Tried, doors_s: float, keeps: Keeps) -> float | None:
    """The least multiple of the capacity with which it is kept; 0: any; None: none."""
    low, high = FACTORS

    def enough(factor: float) -> bool:
        return keeps(tried(Given(doors_s=doors_s, capacity=factor)))

    if enough(low):
        return 0.0
    if not enough(high):
        return None
    for _ in range(HALVINGS):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if enough(middle) else (middle, high)
    return round(high, 4)


def _latest(tried: Tried, kick_off_s: float, keeps: Keeps) -> float | None:
    """The latest whole second up to kick-off at which the doors may open; None: none. Later is never better."""
    low, high = 0, math.floor(kick_off_s) + 1
    if not keeps(tried(Given(doors_s=0.0))):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if keeps(tried(Given(doors_s=float(middle)))) else (low, middle)
    return float(low)


def _doors_shown(night: Night, evening: Evening, latest_s: float | None) -> list[float]:
    """From the first who come to kick-off; with the night file's, and the latest that keep it."""
    first = float(np.searchsorted(np.asarray(evening.joined), 0.01 * evening.joined[-1]))
    before = max(0.0, night.schedule.kick_off - first)
    times = {round(first + lead * before, 0) for lead in LEADS} | {night.schedule.doors}
    return sorted(times if latest_s is None else times | {latest_s})


def _quantile(waits: Floats, share: float) -> float | None:
    # The lower of two, so that nothing is reckoned between a number and infinity.
    found = float(np.quantile(waits, share, method="inverted_cdf"))
    return round(found, 1) if math.isfinite(found) else None
