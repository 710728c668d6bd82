"""How many are called in this tick? Pure: (what was learnt, what is measured, the rules) → (learnt anew, the orders).

    learn    flow.py      show-up rate, people on their way
             costs.py     calls per admission and per viewer inside
             signals.py   capacity believed, age of each report
    allow    limits.py    (target · capacity − k · inside) ÷ cost for each dependency; room under each hard cap
    correct  trim.py      slowly, on utilisation
             brake.py     at once, on delay and errors
    order    slew.py      fast down, slowly up; whole places, divided by the show-up rate; the operator's cap and pause
    tell     forecast.py  seconds per place
             stretch.py   heartbeats in deep trouble

The rate is never zero because a signal is lost, and never unlimited whatever is reported.
"""

import math

import msgspec
from msgspec import Struct

from kickoff.admission import costs, flow, forecast, limits, signals, slew, stretch, trim
from kickoff.admission.costs import Costs
from kickoff.admission.flow import Flow
from kickoff.admission.forecast import Forecast
from kickoff.admission.limits import Limit
from kickoff.admission.orders import Orders, Reading
from kickoff.admission.signals import Sighting
from kickoff.admission.stretch import Stretch
from kickoff.admission.trim import Trim
from kickoff.night import DoorRules
from kickoff.units import US_PER_S

TICK_S_MAX = 1.0
"""A tick that comes late counts no longer than this: what was missed is not made up for in one burst."""
TICK_S_MIN = 1e-3
CAPS = ("inside_max", "egress")


class ControllerState(Struct, frozen=True, kw_only=True):
    """All that the controller remembers from tick to tick."""

    rate_per_s: float
    """Admissions a second, before the show-up rate."""
    last: Reading | None = None
    carried: float = 0.0
    """Fraction of a place owed."""
    admit_max: int | None = None
    sightings: dict[str, Sighting] = {}
    costs: Costs = Costs()
    flow: Flow = Flow()
    trim: Trim = Trim()
    stretch: Stretch = Stretch()
    forecast: Forecast = Forecast()


class Pace(Struct, frozen=True, kw_only=True):
    """The rate decided on, and why."""

    admitted_per_s: float
    called_per_s: float
    binding: str


def start(rules: DoorRules) -> ControllerState:
    """Nothing is learnt yet: the first rate is the safe one."""
    return ControllerState(rate_per_s=rules.safe_rate_per_s)


def decide(state: ControllerState, reading: Reading, rules: DoorRules) -> tuple[ControllerState, Orders]:
    """What is learnt from this tick's reading, and what is ordered for the next 250 ms."""
    last = state.last or reading
    # Totals never fall and time never goes back; a reading that says so is answered like one at the same instant.
    tick_s = max(TICK_S_MIN, min(TICK_S_MAX, (reading.at - last.at) / US_PER_S))
    learnt = _learn(state, last, reading, rules, tick_s)
    # A report is judged by the costs known before it: else a high load would argue for itself, and less capacity could
    # call more people.
    found = _limits(msgspec.structs.replace(learnt, costs=state.costs), reading, rules)
    learnt = _correct(learnt, found, reading, rules, tick_s)
    pace = _pace(learnt, found, reading, rules, tick_s)
    return _order(learnt, found, pace, reading, rules, tick_s=tick_s)


def _learn(state: ControllerState, last: Reading, reading: Reading, rules: DoorRules, tick_s: float) -> ControllerState:
    gated = state.admit_max is not None and reading.passed_total >= state.admit_max
    sightings = signals.look(state.sightings, reading.health, now=reading.at)
    news = {name: seen for name, seen in sightings.items() if seen is not state.sightings.get(name)}
    flowed = flow.flowed(state.flow, last, reading, tick_s=tick_s, poll_s=rules.poll_s, gated=gated)
    counted = costs.counted(state.costs, last, reading, tick_s=tick_s)
    learnt = costs.learnt_inside(counted, news, inside=reading.inside, admitted_per_s=flowed.passed_per_s)
    return msgspec.structs.replace(state, last=reading, sightings=sightings, flow=flowed, costs=learnt)


def _limits(state: ControllerState, reading: Reading, rules: DoorRules) -> tuple[Limit, ...]:
    return (
        *limits.dependency_limits(
            state.sightings,
            costs=state.costs,
            inside=reading.inside,
            trim=state.trim.factor,
            target=rules.target,
            # The safe rate is one of calls, as the night file says it; limits are rates of admissions.
            safe_per_s=rules.safe_rate_per_s * state.flow.show_up,
            now=reading.at,
        ),
        limits.cap_limit(reading, state.flow, rules),
    )


def _correct(
    state: ControllerState, found: tuple[Limit, ...], reading: Reading, rules: DoorRules, tick_s: float
) -> ControllerState:
    """Trim, stretch and memory of what is allowed, for the next tick."""
    tightest = _tightest(found)
    seen = state.sightings.get(tightest.name)
    waiting = reading.joined_total > reading.called_total
    after = state.trim
    if seen and tightest.fresh and waiting and not reading.paused and not costs.is_overloaded(seen):
        after = trim.trimmed(state.trim, utilisation=seen.health.utilisation, target=rules.target, tick_s=tick_s)
    in_trouble = any(
        limit.fresh and limit.name not in CAPS and (limit.brake <= stretch.BRAKE_DEEP or limit.bare_per_s <= 0)
        for limit in found
    )
    return msgspec.structs.replace(
        state,
        trim=after,
        stretch=stretch.stretched(state.stretch, in_trouble=in_trouble, tick_s=tick_s),
        sightings=limits.remembered(state.sightings, found),
    )


def _tightest(found: tuple[Limit, ...]) -> Limit:
    return min(found, key=lambda limit: limit.rate_per_s)


def _pace(state: ControllerState, found: tuple[Limit, ...], reading: Reading, rules: DoorRules, tick_s: float) -> Pace:
    tightest = _tightest(found)
    admitted = slew.slewed(state.rate_per_s, tightest.rate_per_s, tick_s=tick_s, safe_per_s=rules.safe_rate_per_s)
    binding = "slew" if admitted < tightest.rate_per_s else _binding(tightest)
    called = admitted / state.flow.show_up
    if reading.paused:
        # Afterwards the way up starts at the safe rate again: nobody knows the back end after a pause.
        return Pace(admitted_per_s=min(admitted, rules.safe_rate_per_s), called_per_s=0.0, binding="paused")
    cap = _operator_cap(reading)
    if cap < called:
        return Pace(admitted_per_s=admitted, called_per_s=cap, binding="cap")
    return Pace(admitted_per_s=admitted, called_per_s=called, binding=binding)


def _operator_cap(reading: Reading) -> float:
    """The operator's limit in calls a second; a negative or impossible one is no limit."""
    cap = reading.cap_per_s
    return cap if cap is not None and cap >= 0 else math.inf


def _binding(tightest: Limit) -> str:
    return "brake" if tightest.fresh and tightest.brake < 1 else tightest.name


def _order(
    state: ControllerState,
    found: tuple[Limit, ...],
    pace: Pace,
    reading: Reading,
    rules: DoorRules,
    *,
    tick_s: float,
) -> tuple[ControllerState, Orders]:
    waiting = max(0, reading.joined_total - reading.called_total)
    # The first tick of all has no length: it calls nobody.
    span_s = tick_s if tick_s > TICK_S_MIN else 0.0
    call, carried = slew.whole_places(state.carried, pace.called_per_s, tick_s=span_s, waiting=waiting)
    seen = state.forecast
    if waiting and not reading.paused:
        seen = forecast.observed(seen, rate_per_s=pace.called_per_s, tick_s=tick_s, now=reading.at)
    reason = _reason(found, pace, waiting=waiting)
    ceiling = limits.admit_max(reading, state.flow, rules)
    orders = Orders(
        call=call,
        rate_per_s=pace.called_per_s,
        binding=pace.binding,
        terms=_terms(state, found, pace),
        reason=reason,
        eta=_eta(seen, pace, reading, reason=reason),
        beat_s=stretch.beat_s(state.stretch, rules),
        admit_max=ceiling,
    )
    after = msgspec.structs.replace(
        state,
        rate_per_s=pace.admitted_per_s,
        carried=0.0 if reading.paused else carried,
        forecast=seen,
        admit_max=ceiling,
    )
    return after, orders


def _eta(seen: Forecast, pace: Pace, reading: Reading, *, reason: str) -> tuple[float, float, float]:
    if reading.paused or pace.called_per_s <= 0:
        return (math.inf, math.inf, math.inf)
    return forecast.seconds_per_place(
        seen, rate_per_s=pace.called_per_s, unsure=reason in {"braking", "no_health", "full"}
    )


def _reason(found: tuple[Limit, ...], pace: Pace, *, waiting: int) -> str:
    """Why people wait, as a code for the page."""
    tightest = _tightest(found)
    if pace.binding == "paused":
        return "paused"
    if not waiting:
        return ""
    if not tightest.fresh:
        return "no_health"
    if tightest.name in CAPS or tightest.bare_per_s <= 0:
        return "full"
    return "braking" if tightest.brake < 1 else "filling"


def _terms(state: ControllerState, found: tuple[Limit, ...], pace: Pace) -> tuple[str, ...]:
    """Every term as one line, the one that binds first."""
    ordered = sorted(found, key=lambda limit: limit.rate_per_s)
    return (
        f"{pace.called_per_s:.3g} called a second; {pace.binding.replace('_', '-')} binds",
        *(f"{limit.words}; allows {limit.rate_per_s:.3g}/s" for limit in ordered),
        f"of those called {state.flow.show_up:.0%} come",
        f"trim {state.trim.factor - 1:+.1%}",
        f"heartbeats stretched by {2**state.stretch.step} ×" if state.stretch.step else "heartbeats as usual",
    )
