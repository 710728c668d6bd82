"""How many are called in this tick? Pure: (what was learnt, what is measured, the rules) → (learnt anew, the orders).

    learn    learning.py  from report to report
             flow.py      show-up rate, people on their way
             costs.py     calls per admission and per viewer inside
             signals.py   capacity believed, age of each report
    allow    limits.py    target · capacity − k · inside for each dependency; room under each hard cap
    share    sharing.py   the rate of each lane under all limits at once
    correct  trim.py      slowly, on utilisation
             brake.py     at once, on delay and errors
    order    pacing.py    divided by the show-up rate; the operator's cap and pause
             slew.py      fast down, slowly up; whole places
             gate.py      calls ahead of those on their way; passes metered when there is room for few of them
    tell     outlook.py   what the terms foretell, forecast.py: seconds per place
             stretch.py   heartbeats, for the line and in deep trouble
             ladder.py    smaller pictures, where what carries them binds
             terms.py     why, in plain words

Each lane has its own flow, rate and forecast; the dependencies and the caps are the house's. The rate is never zero
because a signal is lost, and never unlimited whatever is reported.
"""

import msgspec

from kickoff.admission import (
    brake,
    costs,
    flow,
    forecast,
    gate,
    ladder,
    learning,
    limits,
    outlook,
    pacing,
    sharing,
    slew,
    stretch,
    terms,
    trim,
)
from kickoff.admission.forecast import Forecast
from kickoff.admission.gate import Gate
from kickoff.admission.ladder import Ladder
from kickoff.admission.limits import Limit
from kickoff.admission.memory import ControllerState, start
from kickoff.admission.orders import LaneOrders, Orders, Reading
from kickoff.admission.sharing import Found
from kickoff.admission.stretch import Load
from kickoff.admission.terms import Pace
from kickoff.admission.trim import Trim
from kickoff.facts import Lane
from kickoff.night import DoorRules
from kickoff.units import US_PER_S

__all__ = ["ControllerState", "decide", "start"]

TICK_S_MAX = 1.0
"""A tick that comes late counts no longer than this: what was missed is not made up for in one burst."""


def decide(state: ControllerState, reading: Reading, rules: DoorRules) -> tuple[ControllerState, Orders]:
    """What is learnt from this tick's reading, and what is ordered for the next 250 ms."""
    last = state.last or reading
    # Totals never fall and time never goes back; a reading that says so is answered like one at the same instant.
    tick_s = max(learning.TICK_S_MIN, min(TICK_S_MAX, (reading.at - last.at) / US_PER_S))
    learnt = learning.learnt(state, last, reading, rules, tick_s)
    # A report is judged by the costs known before it: else a high load would argue for itself, and less capacity could
    # call more people.
    found = _limits(msgspec.structs.replace(learnt, costs=state.costs), reading, rules)
    demands = pacing.demands(learnt, reading, rules, tick_s)
    rates = sharing.shared(found, demands, reading.guaranteed)
    learnt = _correct(learnt, found, rates, reading, rules, tick_s=tick_s)
    paces = pacing.paces(learnt, rates, demands, reading, rules, tick_s=tick_s)
    return _order(learnt, found, paces, reading, rules, tick_s=tick_s)


def _limits(state: ControllerState, reading: Reading, rules: DoorRules) -> tuple[Limit, ...]:
    return (
        *limits.dependency_limits(
            state.sightings,
            costs=state.costs,
            lanes=tuple(state.flows),
            inside=reading.inside,
            admitted_per_s=sum(one.passed_per_s for one in state.flows.values()),
            trims=state.trims,
            target=rules.target,
            # The safe rate is one of calls, as the night file says it; limits are rates of admissions.
            # Of bots hardly anybody comes when called: that says nothing about people.
            safe_per_s=rules.safe_rate_per_s
            * min((one.show_up for lane, one in state.flows.items() if lane != Lane.SLOW), default=1.0),
            allowed_per_s=state.allowed_per_s,
            now=reading.at,
            most_inside=stretch.most_inside(state.rested, state.costs, state.stretch, state.sightings),
            on_the_way=sum(one.on_the_way for one in state.flows.values()),
        ),
        limits.cap_limit(reading, state.flows, rules),
    )


def _correct(
    state: ControllerState,
    found: tuple[Limit, ...],
    rates: dict[str, Found],
    reading: Reading,
    rules: DoorRules,
    *,
    tick_s: float,
) -> ControllerState:
    """Trims, stretch and memory of what is allowed, for the next tick."""
    lanes = reading.by_lane
    trims = dict(state.trims)
    for limit in {one.binding.name: one.binding for lane, one in rates.items() if lanes[lane].waiting}.values():
        seen = state.sightings.get(limit.name)
        if ladder.carries_pictures(limit.name):
            continue
        if limit.fresh and seen and not reading.paused and not costs.is_overloaded(seen):
            known = trims.get(limit.name, Trim())
            trims[limit.name] = trim.trimmed(
                known, utilisation=seen.health.utilisation, target=limit.target, tick_s=tick_s
            )
    heard = all(limit.fresh for limit in found)
    return msgspec.structs.replace(
        state,
        trims=trims,
        stretch=stretch.stretched(state.stretch, _load(state, found, rates, reading), tick_s=tick_s),
        ladder=_ladder(state, found, rates, reading, rules, tick_s=tick_s),
        rested=stretch.rested(state.rested, state.costs, state.stretch),
        sightings=limits.remembered(state.sightings, found),
        allowed_per_s=pacing.together({lane: one.rate_per_s for lane, one in rates.items()}, reading)
        if heard
        else state.allowed_per_s,
    )


def _ladder(
    state: ControllerState,
    found: tuple[Limit, ...],
    rates: dict[str, Found],
    reading: Reading,
    rules: DoorRules,
    *,
    tick_s: float,
) -> Ladder:
    """The rungs that are capped, by what carries the pictures."""
    # Without a word the last one stands: those inside and their bitrate are counted.
    inside = [limit.load_inside for limit in found if ladder.carries_pictures(limit.name)]
    binding = [rates[lane].binding for lane, counts in reading.by_lane.items() if counts.waiting]
    return ladder.laddered(
        state.ladder,
        use=max(limits.egress_use(reading, rules), *inside, 0.0),
        binds=not reading.paused and any(one.fresh and ladder.carries_pictures(one.name) for one in binding),
        kbps=reading.bitrate_kbps,
        rungs=reading.ladder_kbps,
        beat_s=stretch.beat_s(state.stretch, rules),
        tick_s=tick_s,
    )


def _load(state: ControllerState, found: tuple[Limit, ...], rates: dict[str, Found], reading: Reading) -> Load:
    """What those inside ask of the house, and what they hold back."""
    # Beats carry no pictures: fewer of them are no help there, and the ladder would be heard later.
    fresh = [limit for limit in found if limit.fresh and not ladder.carries_pictures(limit.name)]
    binding = [rates[lane].binding for lane, counts in reading.by_lane.items() if counts.waiting]
    rested = {
        name: stretch.at_rest(state.rested, state.costs, state.stretch, name) * reading.inside / seen.capacity_per_s
        for name, seen in state.sightings.items()
        if seen.capacity_per_s and not ladder.carries_pictures(name)
    }
    return Load(
        inside=max((limit.load_inside for limit in fresh), default=0.0),
        rested=max(rested.values(), default=0.0),
        in_trouble=any(
            limit.protects_inside and (limit.brake <= stretch.BRAKE_DEEP or limit.bare_per_s <= 0) for limit in fresh
        ),
        fails=any(
            limit.protects_inside
            and limit.brake <= stretch.BRAKE_DEEP
            and brake.is_failing(state.sightings[limit.name].health)
            for limit in fresh
        ),
        holds_line=not reading.paused and any(one in fresh and one.protects_inside for one in binding),
        line_stands=bool(binding),
    )


def _order(
    state: ControllerState,
    found: tuple[Limit, ...],
    paces: dict[str, Pace],
    reading: Reading,
    rules: DoorRules,
    *,
    tick_s: float,
) -> tuple[ControllerState, Orders]:
    forecasts = {
        lane: outlook.foreseen(state, lane, found, paces, reading, rules=rules, tick_s=tick_s) for lane in paces
    }
    # The first tick of all has no length: it calls nobody.
    span_s = tick_s if tick_s > learning.TICK_S_MIN else 0.0
    due = {
        lane: slew.whole_places(state.carried.get(lane, 0.0), pace.called_per_s, tick_s=span_s, waiting=pace.waiting)
        for lane, pace in paces.items()
    }
    lanes = {lane: _lane_orders(pace, due[lane][0], forecasts[lane]) for lane, pace in paces.items()}
    longest = sharing.longest({lane: pace.waiting for lane, pace in paces.items()})
    together = pacing.together({lane: pace.called_per_s for lane, pace in paces.items()}, reading)
    gated, ceiling = _ceiling(state, found, reading, rules, tick_s=span_s)
    orders = Orders(
        call=sum(one.call for one in lanes.values()),
        rate_per_s=together,
        binding=paces[longest].binding,
        terms=terms.terms(
            found,
            paces,
            flows=state.flows,
            trims=state.trims,
            stretched=state.stretch,
            capped_kbps=ladder.cap_kbps(state.ladder.step, reading.ladder_kbps),
        ),
        reason=terms.reason(paces[longest]),
        eta=lanes[longest].eta,
        beat_s=stretch.beat_s(state.stretch, rules),
        bitrate_cap_kbps=ladder.cap_kbps(state.ladder.step, reading.ladder_kbps),
        admit_max=ceiling,
        lanes=lanes,
    )
    after = msgspec.structs.replace(
        state,
        rates={lane: pace.admitted_per_s for lane, pace in paces.items()},
        carried={} if reading.paused else {lane: carried for lane, (_, carried) in due.items()},
        forecasts=forecasts,
        admit_max=ceiling,
        gate=gated,
    )
    return after, orders


def _lane_orders(pace: Pace, call: int, foreseen: Forecast) -> LaneOrders:
    curve = outlook.told(foreseen, pace)
    return LaneOrders(
        call=call, rate_per_s=pace.called_per_s, binding=pace.binding, eta=forecast.per_place(curve), curve=curve
    )


def _ceiling(
    state: ControllerState, found: tuple[Limit, ...], reading: Reading, rules: DoorRules, *, tick_s: float
) -> tuple[Gate, int]:
    """The gate, and the passes up to which the door may give them before the next tick."""
    by_cap = limits.admit_max(reading, state.flows, rules)
    room_per_s, expected_per_s = gate.room(found, state.flows, arrive_s=flow.arrive_s(rules.poll_s))
    gated, passes = gate.metered(state.gate, room_per_s=room_per_s, expected_per_s=expected_per_s, tick_s=tick_s)
    return gated, by_cap if passes is None else min(by_cap, reading.passed_total + passes)
