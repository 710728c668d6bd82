"""How fast is each lane called? What the limits allow it, after slew, pause and the operator's cap."""

import math

import msgspec

from kickoff.admission import flow, gate, sharing, slew, terms
from kickoff.admission.flow import Flow
from kickoff.admission.limits import CAPS, Limit
from kickoff.admission.memory import ControllerState
from kickoff.admission.orders import Reading
from kickoff.admission.sharing import Demand, Found
from kickoff.admission.terms import Pace
from kickoff.facts import Lane
from kickoff.night import DoorRules


def demands(state: ControllerState, reading: Reading, rules: DoorRules, tick_s: float) -> dict[str, Demand]:
    """What each lane could use."""
    lanes = reading.by_lane
    part = sharing.shares({lane: counts.waiting for lane, counts in lanes.items()}, reading.guaranteed)
    wanted: dict[str, Demand] = {}
    for lane, counts in lanes.items():
        safe = rules.safe_rate_per_s * part[lane]
        known = state.rates.get(lane, safe)
        wanted[lane] = Demand(
            waiting=counts.waiting,
            most_per_s=slew.slewed(known, math.inf, tick_s=tick_s, safe_per_s=safe),
            useful_per_s=counts.waiting * state.flows[lane].show_up / tick_s,
        )
    return wanted


def paces(
    state: ControllerState,
    rates: dict[str, Found],
    wanted: dict[str, Demand],
    reading: Reading,
    rules: DoorRules,
    *,
    tick_s: float,
) -> dict[str, Pace]:
    """The rate of each lane after slew, pause and the operator's cap."""
    part = sharing.shares({lane: demand.waiting for lane, demand in wanted.items()}, reading.guaranteed)
    found: dict[str, Pace] = {}
    for lane, own in rates.items():
        admitted = min(own.rate_per_s, wanted[lane].most_per_s)
        slewing = admitted < own.rate_per_s
        pace = Pace(
            waiting=wanted[lane].waiting,
            admitted_per_s=admitted,
            allowed_per_s=own.rate_per_s,
            called_per_s=admitted / state.flows[lane].show_up * _ahead(own.binding, admitted, state.flows[lane], rules),
            binding="slew" if slewing else terms.binding_of(own.binding),
            limit=own.binding,
        )
        if reading.paused:
            # Afterwards the way up starts at the safe rate again: nobody knows the back end after a pause.
            safe = min(admitted, rules.safe_rate_per_s * part[lane])
            pace = msgspec.structs.replace(pace, admitted_per_s=safe, called_per_s=0.0, binding="paused")
        found[lane] = pace
    return found if reading.paused else _capped(found, reading, tick_s)


def together(rates: dict[str, float], reading: Reading) -> float:
    """Of all lanes in which people wait; when nobody does, of the lanes that most people come by."""
    lanes = reading.by_lane
    waiting = [lane for lane, counts in lanes.items() if counts.waiting]
    return sum(rates[lane] for lane in waiting or [lane for lane in rates if lane in sharing.ORDINARY] or rates)


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
    # What the slow lane is given comes on top of a limit, and nothing comes on top of what the operator says.
    beside = 1 + sharing.SHARE_SLOW if paces.get(Lane.SLOW) and paces[Lane.SLOW].waiting else 1.0
    free_per_s = cap_per_s / beside
    limit = Limit(name="cap", free_per_s=free_per_s, costs=dict.fromkeys(paces, 1.0), words="the operator's cap")
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
