"""How many are called in this tick? Pure: (what was learnt, what is measured, the rules) → (learnt anew, the orders).

    learn    flow.py      show-up rate, people on their way
             costs.py     calls per admission and per viewer inside
             signals.py   capacity believed, age of each report
    allow    limits.py    target · capacity − k · inside for each dependency; room under each hard cap
    share    sharing.py   the rate of each lane under all limits at once
    correct  trim.py      slowly, on utilisation
             brake.py     at once, on delay and errors
    order    slew.py      fast down, slowly up; whole places, divided by the show-up rate; the operator's cap and pause
    tell     forecast.py  seconds per place
             stretch.py   heartbeats in deep trouble
             terms.py     why, in plain words

Each lane has its own flow, rate and forecast; the dependencies and the caps are the house's. The rate is never zero
because a signal is lost, and never unlimited whatever is reported.
"""

import math
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from kickoff.admission import costs, flow, forecast, gate, limits, sharing, signals, slew, stretch, terms, trim
from kickoff.admission.costs import Costs
from kickoff.admission.flow import Flow
from kickoff.admission.forecast import Forecast, Situation, Term
from kickoff.admission.gate import Gate
from kickoff.admission.limits import CAPS, Limit
from kickoff.admission.orders import LaneOrders, Orders, Reading
from kickoff.admission.sharing import Demand, Found
from kickoff.admission.signals import Sighting
from kickoff.admission.stretch import Stretch
from kickoff.admission.terms import Pace
from kickoff.admission.trim import Trim
from kickoff.night import DoorRules
from kickoff.units import US_PER_S

TICK_S_MAX = 1.0
"""A tick that comes late counts no longer than this: what was missed is not made up for in one burst."""
TICK_S_MIN = 1e-3
BRAKE_TRUSTED = 0.05
"""A forecast takes the brake of the moment off; one that is pressed harder than this hides what it brakes."""


class ControllerState(Struct, frozen=True, kw_only=True):
    """All that the controller remembers from tick to tick. Keys are lanes, of `sightings` and `trims` dependencies."""

    allowed_per_s: float
    """Admissions of all lanes when every dependency was last heard."""
    rates: dict[str, float] = {}
    """Admissions a second, before the show-up rate."""
    last: Reading | None = None
    carried: dict[str, float] = {}
    """Fraction of a place owed."""
    admit_max: int | None = None
    sightings: dict[str, Sighting] = {}
    costs: Costs = Costs()
    flows: dict[str, Flow] = {}
    trims: dict[str, Trim] = {}
    stretch: Stretch = Stretch()
    gate: Gate = Gate()
    reported: Reading | None = None
    """As it was when the last new report came: admissions are counted from report to report."""
    forecasts: dict[str, Forecast] = {}

    @property
    def rate_per_s(self) -> float:
        """Of all lanes."""
        return sum(self.rates.values())


def start(rules: DoorRules) -> ControllerState:
    """Nothing is learnt yet: the first rate is the safe one."""
    return ControllerState(allowed_per_s=rules.safe_rate_per_s)


def decide(state: ControllerState, reading: Reading, rules: DoorRules) -> tuple[ControllerState, Orders]:
    """What is learnt from this tick's reading, and what is ordered for the next 250 ms."""
    last = state.last or reading
    # Totals never fall and time never goes back; a reading that says so is answered like one at the same instant.
    tick_s = max(TICK_S_MIN, min(TICK_S_MAX, (reading.at - last.at) / US_PER_S))
    learnt = _learn(state, last, reading, rules, tick_s)
    # A report is judged by the costs known before it: else a high load would argue for itself, and less capacity could
    # call more people.
    found = _limits(msgspec.structs.replace(learnt, costs=state.costs), reading, rules)
    demands = _demands(learnt, reading, rules, tick_s)
    rates = sharing.shared(found, demands, reading.guaranteed)
    learnt = _correct(learnt, found, rates, reading, tick_s=tick_s)
    paces = _paces(learnt, rates, demands, reading, rules, tick_s=tick_s)
    return _order(learnt, found, paces, reading, rules, tick_s=tick_s)


def _learn(state: ControllerState, last: Reading, reading: Reading, rules: DoorRules, tick_s: float) -> ControllerState:
    gated = state.admit_max is not None and reading.passed_total >= state.admit_max
    sightings = signals.look(state.sightings, reading.health, now=reading.at)
    news = {name: seen for name, seen in sightings.items() if seen is not state.sightings.get(name)}
    admitted_per_s, sign_ins_per_s = _asked(state.reported or last, reading)
    for name, seen in list(news.items()):
        if not state.costs.is_learnt(name):
            continue
        asked = sign_ins_per_s if name == costs.SIGN_IN else admitted_per_s
        asked_per_s = state.costs.slopes[name].calls * asked + state.costs.inside(name) * reading.inside
        sightings[name] = news[name] = signals.doubted(
            state.sightings.get(name), seen, asked_per_s=asked_per_s, stray=state.costs.stray(name)
        )
    before = last.by_lane
    flows = {
        lane: flow.flowed(
            state.flows.get(lane, Flow()),
            before.get(lane, counts),
            counts,
            tick_s=tick_s,
            poll_s=rules.poll_s,
            gated=gated,
        )
        for lane, counts in reading.by_lane.items()
    }
    counted = costs.counted(state.costs, last, reading, tick_s=tick_s)
    learnt = costs.learnt_inside(
        counted,
        news,
        inside=reading.inside,
        admitted_per_s=admitted_per_s,
        sign_ins_per_s=sign_ins_per_s,
        stated=rules.calls_per_admission,
        is_stretched=state.stretch.step > 0,
    )
    return msgspec.structs.replace(
        state,
        last=reading,
        sightings=sightings,
        flows=flows,
        costs=learnt,
        reported=reading if news or state.reported is None else state.reported,
    )


def _asked(before: Reading, now: Reading) -> tuple[float, float]:
    """(streams begun, sign-ins tried) a second between two readings."""
    elapsed_s = max(TICK_S_MIN, (now.at - before.at) / US_PER_S)
    known = before.by_lane
    pairs = [(known.get(lane, counts), counts) for lane, counts in now.by_lane.items()]
    begun = sum(max(0, counts.leased_total - earlier.leased_total) for earlier, counts in pairs)
    tried = sum(max(0, counts.sign_ins_total - earlier.sign_ins_total) for earlier, counts in pairs)
    return begun / elapsed_s, tried / elapsed_s


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
            safe_per_s=rules.safe_rate_per_s * min(one.show_up for one in state.flows.values()),
            allowed_per_s=state.allowed_per_s,
            now=reading.at,
        ),
        limits.cap_limit(reading, state.flows, rules),
    )


def _demands(state: ControllerState, reading: Reading, rules: DoorRules, tick_s: float) -> dict[str, Demand]:
    lanes = reading.by_lane
    part = sharing.shares({lane: counts.waiting for lane, counts in lanes.items()}, reading.guaranteed)
    demands: dict[str, Demand] = {}
    for lane, counts in lanes.items():
        safe = rules.safe_rate_per_s * part[lane]
        known = state.rates.get(lane, safe)
        demands[lane] = Demand(
            waiting=counts.waiting,
            most_per_s=slew.slewed(known, math.inf, tick_s=tick_s, safe_per_s=safe),
            useful_per_s=counts.waiting * state.flows[lane].show_up / tick_s,
        )
    return demands


def _correct(
    state: ControllerState,
    found: tuple[Limit, ...],
    rates: dict[str, Found],
    reading: Reading,
    *,
    tick_s: float,
) -> ControllerState:
    """Trims, stretch and memory of what is allowed, for the next tick."""
    lanes = reading.by_lane
    trims = dict(state.trims)
    for limit in {one.binding.name: one.binding for lane, one in rates.items() if lanes[lane].waiting}.values():
        seen = state.sightings.get(limit.name)
        if limit.fresh and seen and not reading.paused and not costs.is_overloaded(seen):
            known = trims.get(limit.name, Trim())
            trims[limit.name] = trim.trimmed(
                known, utilisation=seen.health.utilisation, target=limit.target, tick_s=tick_s
            )
    in_trouble = any(
        limit.fresh and limit.protects_inside and (limit.brake <= stretch.BRAKE_DEEP or limit.bare_per_s <= 0)
        for limit in found
    )
    load_inside = max((limit.load_inside for limit in found if limit.fresh), default=0.0)
    heard = all(limit.fresh for limit in found)
    return msgspec.structs.replace(
        state,
        trims=trims,
        stretch=stretch.stretched(state.stretch, load_inside=load_inside, in_trouble=in_trouble, tick_s=tick_s),
        sightings=limits.remembered(state.sightings, found),
        allowed_per_s=_together({lane: one.rate_per_s for lane, one in rates.items()}, reading)
        if heard
        else state.allowed_per_s,
    )


def _paces(
    state: ControllerState,
    rates: dict[str, Found],
    demands: dict[str, Demand],
    reading: Reading,
    rules: DoorRules,
    *,
    tick_s: float,
) -> dict[str, Pace]:
    """The rate of each lane after slew, pause and the operator's cap."""
    part = sharing.shares({lane: demand.waiting for lane, demand in demands.items()}, reading.guaranteed)
    paces: dict[str, Pace] = {}
    for lane, found in rates.items():
        admitted = min(found.rate_per_s, demands[lane].most_per_s)
        slewing = admitted < found.rate_per_s
        pace = Pace(
            waiting=demands[lane].waiting,
            admitted_per_s=admitted,
            allowed_per_s=found.rate_per_s,
            called_per_s=admitted
            / state.flows[lane].show_up
            * _ahead(found.binding, admitted, state.flows[lane], rules),
            binding="slew" if slewing else terms.binding_of(found.binding),
            limit=found.binding,
        )
        if reading.paused:
            # Afterwards the way up starts at the safe rate again: nobody knows the back end after a pause.
            safe = min(admitted, rules.safe_rate_per_s * part[lane])
            pace = msgspec.structs.replace(pace, admitted_per_s=safe, called_per_s=0.0, binding="paused")
        paces[lane] = pace
    return paces if reading.paused else _capped(paces, reading, tick_s)


def _ahead(binding: Limit, admitted_per_s: float, flowed: Flow, rules: DoorRules) -> float:
    """Factor of the calls for those on the way; blind, or near a hard cap, nobody is called ahead."""
    if not binding.fresh or binding.name in CAPS:
        return 1.0
    return gate.ahead(admitted_per_s, flowed, arrive_s=flow.arrive_s(rules.poll_s))


def _operator_cap(reading: Reading) -> float:
    """The operator's limit in calls a second; a negative or impossible one is no limit."""
    cap = reading.cap_per_s
    return cap if cap is not None and cap >= 0 else math.inf


def _capped(paces: dict[str, Pace], reading: Reading, tick_s: float) -> dict[str, Pace]:
    """The cap is shared as any other limit, in calls."""
    cap_per_s = _operator_cap(reading)
    if cap_per_s >= sum(pace.called_per_s for pace in paces.values()):
        return paces
    limit = Limit(name="cap", free_per_s=cap_per_s, costs=dict.fromkeys(paces, 1.0), words="the operator's cap")
    demands = {
        lane: Demand(waiting=pace.waiting, most_per_s=pace.called_per_s, useful_per_s=pace.waiting / tick_s)
        for lane, pace in paces.items()
    }
    found = sharing.shared((limit,), demands, reading.guaranteed)
    return {
        lane: msgspec.structs.replace(pace, called_per_s=found[lane].rate_per_s, binding="cap")
        if found[lane].rate_per_s < pace.called_per_s
        else pace
        for lane, pace in paces.items()
    }


def _together(rates: dict[str, float], reading: Reading) -> float:
    """Of all lanes in which people wait; of all when nobody does."""
    waiting = [lane for lane, counts in reading.by_lane.items() if counts.waiting]
    return sum(rates[lane] for lane in waiting or rates)


def _order(
    state: ControllerState,
    found: tuple[Limit, ...],
    paces: dict[str, Pace],
    reading: Reading,
    rules: DoorRules,
    *,
    tick_s: float,
) -> tuple[ControllerState, Orders]:
    forecasts = {lane: _foreseen(state, lane, found, paces, reading, rules=rules, tick_s=tick_s) for lane in paces}
    # The first tick of all has no length: it calls nobody.
    span_s = tick_s if tick_s > TICK_S_MIN else 0.0
    due = {
        lane: slew.whole_places(state.carried.get(lane, 0.0), pace.called_per_s, tick_s=span_s, waiting=pace.waiting)
        for lane, pace in paces.items()
    }
    lanes = {
        lane: LaneOrders(
            call=due[lane][0],
            rate_per_s=pace.called_per_s,
            binding=pace.binding,
            eta=forecast.per_place(_told(forecasts[lane], pace)),
            curve=_told(forecasts[lane], pace),
        )
        for lane, pace in paces.items()
    }
    longest = max(paces, key=lambda lane: paces[lane].waiting)
    together = _together({lane: pace.called_per_s for lane, pace in paces.items()}, reading)
    gated, ceiling = _ceiling(state, found, reading, rules, tick_s=span_s)
    orders = Orders(
        call=sum(one.call for one in lanes.values()),
        rate_per_s=together,
        binding=paces[longest].binding,
        terms=terms.terms(found, paces, flows=state.flows, trims=state.trims, stretched=state.stretch),
        reason=terms.reason(paces[longest]),
        eta=lanes[longest].eta,
        beat_s=stretch.beat_s(state.stretch, rules),
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


def _ceiling(
    state: ControllerState, found: tuple[Limit, ...], reading: Reading, rules: DoorRules, *, tick_s: float
) -> tuple[Gate, int]:
    """The gate, and the passes up to which the door may give them before the next tick."""
    by_cap = limits.admit_max(reading, state.flows, rules)
    room_per_s, expected_per_s = gate.room(found, state.flows, arrive_s=flow.arrive_s(rules.poll_s))
    gated, passes = gate.metered(state.gate, room_per_s=room_per_s, expected_per_s=expected_per_s, tick_s=tick_s)
    return gated, by_cap if passes is None else min(by_cap, reading.passed_total + passes)


def _foreseen(
    state: ControllerState,
    lane: str,
    found: tuple[Limit, ...],
    paces: Mapping[str, Pace],
    reading: Reading,
    *,
    rules: DoorRules,
    tick_s: float,
) -> Forecast:
    pace, seen = paces[lane], state.forecasts.get(lane, Forecast())
    if not pace.waiting or reading.paused or pace.called_per_s <= 0:
        return seen
    own = [limit for limit in found if limit.name not in CAPS and limit.costs.get(lane, 0.0) > 0]
    terms_of = [
        Term(
            name=limit.name,
            free_per_s=limit.free_per_s / max(limit.brake, BRAKE_TRUSTED),
            allowed_per_s=limit.free_per_s / limit.costs[lane],
            cost=limit.costs[lane],
            inside_per_s=state.costs.inside(limit.name),
            stray=state.costs.stray(limit.name),
        )
        for limit in own
    ]
    show_up = state.flows[lane].show_up
    if pace.binding == "cap":
        terms_of.append(Term(name="cap", free_per_s=pace.called_per_s * show_up, allowed_per_s=math.inf, cost=1.0))
    situation = Situation(
        at=reading.at,
        terms=tuple(terms_of),
        rate_per_s=min(pace.admitted_per_s, pace.called_per_s * show_up)
        if pace.binding == "cap"
        else pace.admitted_per_s,
        allowed_per_s=pace.allowed_per_s,
        show_up=show_up,
        waiting=pace.waiting,
        inside=reading.inside,
        line=sum(one.waiting * state.flows[name].show_up for name, one in paces.items()),
        safe_per_s=rules.safe_rate_per_s,
        is_capped=pace.limit.name in CAPS,
        is_known=pace.binding == "cap",
    )
    return forecast.foreseen(seen, situation, tick_s=tick_s)


def _told(seen: Forecast, pace: Pace) -> tuple[forecast.Row, ...]:
    """Nothing while nobody is called."""
    return seen.rows if pace.called_per_s > 0 else ()
