"""`POST /v1/{night}/operator`, `GET /v1/{night}/house`: the operator's acts, and the house at a glance."""

import math

import msgspec

from kickoff.accounts.sessions import OPERATOR_DECODER, OPERATOR_PURPOSE, OperatorClaims
from kickoff.admission.sharing import SHARE_MIN, SHARE_SLOW
from kickoff.door import operator_acts
from kickoff.door.bodies import OPERATOR, decode
from kickoff.door.identity import bearer
from kickoff.door.problems import problem
from kickoff.door.seam import Reply, Request
from kickoff.door.state import JSON, House
from kickoff.facts import Fact, Lane, Row
from kickoff.seals import SealError
from kickoff.units import US_PER_S, AtUs

WHO_CHARACTERS_MAX = 40
FORGOTTEN_S = 300
"""Whoever shares the night and has said nothing for so long is gone, and shown no more."""
ALONE = "door"
"""The name of a door that shares its night with nobody."""


def operator_of(house: House, request: Request) -> OperatorClaims | None:
    """Who operates; None: nobody that may."""
    try:
        return house.seals.open(OPERATOR_PURPOSE, bearer(request), OPERATOR_DECODER, at_us=request.at_us)
    except SealError:
        return None


def operate(house: House, request: Request) -> Reply:
    """200 done, from the next tick on · 400 not a value for this act · 403 not the operator."""
    claims = operator_of(house, request)
    if claims is None:
        return problem("operator_only")
    try:
        body = decode(OPERATOR, request.body)
    except msgspec.DecodeError as error:
        return problem("bad_request", str(error))
    try:
        done = operator_acts.do(house, body, at=AtUs(request.at_us))
    except operator_acts.Wrong as wrong:
        return problem("bad_request", str(wrong))
    # Of two acts in one microsecond, or across a clock that went back, the later one stands at every door.
    house.wished_at = max(request.at_us, house.wished_at + 1)
    for act in done:
        house.journal.record(_row(act, claims.name, request))
    stands = {"act": body.act, "paused": house.paused, "cap_per_s": house.cap_per_s, **_wishes(house)}
    return Reply(status=200, body=JSON.encode(stands))


def _row(act: operator_acts.Done, who: str, request: Request) -> Row:
    """The act as a fact: what, with which figure where it has one, by whom."""
    return Row(
        at=request.at_us,
        fact=Fact.OPERATOR,
        code=act.code,
        app=who[:WHO_CHARACTERS_MAX],
        rate_per_s=act.rate_per_s,
        duration_ms=act.duration_ms,
    )


def _wishes(house: House) -> dict[str, object]:
    """What stands of the acts besides pause and cap."""
    return {
        "pin_s": house.pin_s,
        "ladder_step": house.ladder_step,
        "ladder_kbps": house.ladder_kbps,
        "bitrate_cap_kbps": house.snapshot.bitrate_cap_kbps,
        "drains": house.drains,
        "queues": house.queues,
        "guaranteed": house.guaranteed,
        "lanes": _lanes(house),
        "codes": house.codes,
        "draw_at": house.snapshot.draw_at if house.draw_at is None else house.draw_at,
        "doors_at": house.snapshot.doors_at if house.doors_at is None else house.doors_at,
        "ends_at": house.snapshot.ends_at if house.ends_at is None else house.ends_at,
    }


def _lanes(house: House) -> dict[str, dict[str, float]]:
    """Every lane: who waits in it, and its least share. The grace lane's is of the seats of a full house."""
    waiting = {name: line.waiting for name, line in house.lines.items()} | {str(Lane.GRACE): house.grace.waiting()}
    least = {str(Lane.SLOW): SHARE_SLOW}
    return {
        name: {"waiting": people, "share": house.guaranteed.get(name, least.get(name, SHARE_MIN))}
        for name, people in waiting.items()
    }


def look(house: House, request: Request) -> Reply:
    """The house now. Its keys are a contract with the console."""
    if operator_of(house, request) is None:
        return problem("operator_only")
    counts, lines, orders = house.counts, house.lines.values(), house.orders
    told = house.snapshot.lanes[house.longest.lane]
    body = {
        "at": request.at_us,
        "state": house.snapshot.state,
        "inside": round(house.inside(request.at_us), 1),
        "leases": house.leases.open_total,
        "line": sum(line.waiting for line in lines),
        "joined": sum(line.book.given for line in lines) if house.is_shared else counts.joined,
        "called": sum(line.calls.called_total for line in lines),
        "passed": counts.passed,
        "admitted": counts.passed,
        "lapsed": sum(line.calls.lapsed_total for line in lines),
        "signed_in": counts.signed_in,
        "sign_in_failed": counts.sign_in_failed,
        "refused": dict(house.refused),
        "heat": {**msgspec.structs.asdict(house.heat), "hot": house.networks.hot(request.at_us)},
        "started": counts.started,
        "start_failed": counts.start_failed,
        "rate_per_s": orders.rate_per_s if orders else told.rate_per_s,
        "binding": orders.binding if orders else "",
        "terms": orders.terms if orders else (),
        "reason": orders.reason if orders else house.snapshot.reason,
        "health": house.health,
        "eta": tuple(seconds if math.isfinite(seconds) else None for seconds in told.eta),
        "beat_s": house.snapshot.beat_s,
        "open": house.backend_open,
        **_wishes(house),
        "leader": house.leader if house.is_shared else ALONE,
        "doors": doors_of(house, request.at_us),
    }
    return Reply(status=200, body=JSON.encode(body), headers=(("Cache-Control", "no-store"),))


def doors_of(house: House, at_us: int) -> tuple[dict[str, object], ...]:
    """Who shares the night, by name; a door that shares it with nobody leads itself."""
    if not house.is_shared:
        return ({"name": ALONE, "kind": "door", "at": at_us, "leads": True},)
    return tuple(
        {
            "name": one.name,
            "kind": "door" if one.is_door else "conductor",
            "at": one.at,
            "leads": one.name == house.leader,
        }
        for one in house.crew
        if at_us - one.at <= FORGOTTEN_S * US_PER_S
    )
