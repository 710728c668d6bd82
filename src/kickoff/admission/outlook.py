"""What will the next minutes of a lane be like? The controller's terms, as the forecast wants to be asked."""

import math
from collections.abc import Mapping

from kickoff.admission import flow, forecast
from kickoff.admission.costs import SIGN_IN
from kickoff.admission.forecast import Forecast, Situation, Term
from kickoff.admission.ladder import carries_pictures
from kickoff.admission.limits import CAPS, FILL_S, Limit
from kickoff.admission.memory import ControllerState
from kickoff.admission.orders import Reading
from kickoff.admission.terms import Pace
from kickoff.night import DoorRules

BRAKE_TRUSTED = 0.05
"""A forecast takes the brake of the moment off; one that is pressed harder than this hides what it brakes."""


def foreseen(
    state: ControllerState,
    lane: str,
    found: tuple[Limit, ...],
    paces: Mapping[str, Pace],
    reading: Reading,
    *,
    rules: DoorRules,
    tick_s: float,
) -> Forecast:
    """The forecast of one lane after this tick."""
    pace, seen = paces[lane], state.forecasts.get(lane, Forecast())
    if not pace.waiting or reading.paused or pace.called_per_s <= 0:
        return seen
    own = [limit for limit in found if limit.name not in CAPS and limit.costs.get(lane, 0.0) > 0]
    terms_of = [_term(limit, lane, state) for limit in own]
    show_up = state.flows[lane].show_up
    if pace.binding == "cap":
        # Limits are told for all lanes together, the cap as it was shared out: all that this lane's share is taken of.
        whole_per_s = pace.called_per_s * show_up / forecast.share_of(terms_of, pace.allowed_per_s)
        terms_of.append(
            Term(name=forecast.CAP, free_per_s=whole_per_s, allowed_per_s=math.inf, could_per_s=whole_per_s, cost=1.0)
        )
    situation = Situation(
        at=reading.at,
        terms=tuple(terms_of),
        rate_per_s=min(pace.admitted_per_s, pace.called_per_s * show_up)
        if pace.binding == "cap"
        else pace.admitted_per_s,
        allowed_per_s=pace.allowed_per_s,
        show_up=show_up,
        coming=state.flows[lane].coming * show_up if pace.limit.fresh and pace.binding != forecast.CAP else None,
        arrive_s=flow.arrive_s(rules.poll_s),
        waiting=pace.waiting,
        inside=reading.inside,
        line=sum(one.waiting * state.flows[name].show_up for name, one in paces.items()),
        safe_per_s=rules.safe_rate_per_s,
        is_capped=pace.limit.name in CAPS,
        is_known=pace.binding == "cap",
    )
    return forecast.foreseen(seen, situation, tick_s=tick_s)


def _term(limit: Limit, lane: str, state: ControllerState) -> Term:
    """One limit, as it will be: without the brake, and without what only sizes the queue before sign-in."""
    seen = state.sightings.get(limit.name)
    free_per_s, cost, inside_per_s = limit.free_per_s, limit.costs[lane], state.costs.inside(limit.name)
    if carries_pictures(limit.name):
        # It is told in viewers: who comes in takes a place of those that are filled within this time.
        inside_per_s = 1 / FILL_S
    free_per_s /= max(limit.brake, BRAKE_TRUSTED)
    could_per_s = free_per_s / cost
    if limit.name == SIGN_IN and seen:
        # Nobody inside needs sign-in: what is learnt of that is what reports stray.
        cost, inside_per_s = state.costs.sign_ins_per_admission(lane, standing=seen.health.standing), 0.0
    return Term(
        name=limit.name if seen and seen.capacity_per_s else forecast.SAFE,
        free_per_s=free_per_s,
        lasting_per_s=seen.health.lasting_per_s if seen and limit.fresh else None,
        allowed_per_s=limit.free_per_s / limit.costs[lane],
        could_per_s=could_per_s,
        cost=cost,
        inside_per_s=inside_per_s,
        stray=state.costs.stray(limit.name),
    )


def told(seen: Forecast, pace: Pace) -> tuple[forecast.Row, ...]:
    """Nothing while nobody is called."""
    return seen.rows if pace.called_per_s > 0 else ()
