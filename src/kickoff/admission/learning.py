"""What does a tick's reading teach? Who comes of those called, what each costs, what of the back end is believed."""

import msgspec

from kickoff.admission import costs, flow, ladder, signals
from kickoff.admission.flow import Flow
from kickoff.admission.memory import ControllerState
from kickoff.admission.orders import Reading
from kickoff.night import DoorRules
from kickoff.units import US_PER_S

TICK_S_MIN = 1e-3
"""Time never goes back: a reading that says so is answered like one at the same instant."""


def learnt(state: ControllerState, last: Reading, reading: Reading, rules: DoorRules, tick_s: float) -> ControllerState:
    """The state with all that this reading teaches."""
    gated = state.admit_max is not None and reading.passed_total >= state.admit_max
    sightings = signals.look(state.sightings, reading.health, now=reading.at)
    news = {name: seen for name, seen in sightings.items() if seen is not state.sightings.get(name)}
    admitted_per_s, sign_ins_per_s = _asked(state.reported or last, reading)
    for name, seen in list(news.items()):
        # What a network carries is told by those who run it: no gauge remembers it.
        if not state.costs.is_learnt(name) or ladder.carries_pictures(name):
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
        is_stretched=state.stretch.step > 0 or state.ladder.step > 0,
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
