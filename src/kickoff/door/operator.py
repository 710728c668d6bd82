"""`POST /v1/{night}/operator`, `GET /v1/{night}/house`: the operator's acts, and the house at a glance."""

import math

import msgspec

from kickoff.accounts.sessions import OPERATOR_DECODER, OPERATOR_PURPOSE, OperatorClaims
from kickoff.door.bodies import OPERATOR, OperatorBody, decode
from kickoff.door.problems import problem
from kickoff.door.seam import Reply, Request
from kickoff.door.state import JSON, House
from kickoff.facts import Fact, Row
from kickoff.seals import SealError

INCIDENT_CHARACTERS_MAX = 40


def operator_of(house: House, request: Request) -> OperatorClaims | None:
    """Who operates; None: nobody that may."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        return house.seals.open(OPERATOR_PURPOSE, token, OPERATOR_DECODER, at_us=request.at_us)
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
    if wrong := _do(house, body):
        return problem("bad_request", wrong)
    house.wished_at = request.at_us
    cap = house.cap_per_s
    rate = round(cap * 1000) if body.act == "cap" and cap is not None else -1
    house.journal.record(Row(at=request.at_us, fact=Fact.OPERATOR, code=body.act, rate_per_s=rate))
    return Reply(status=200, body=JSON.encode({"act": body.act, "paused": house.paused, "cap_per_s": cap}))


def _do(house: House, body: OperatorBody) -> str:
    """Do the act; words where its value cannot be."""
    value = body.value
    if body.act in {"pause", "resume"}:
        house.paused = body.act == "pause"
    elif body.act == "cap":
        if value is not None and not (isinstance(value, int | float) and 0 <= value <= 1_000_000):
            return "value: a cap is a number of people a second, or null for none"
        house.cap_per_s = None if value is None else float(value)
    elif body.act == "notice":
        if value is not None and not isinstance(value, dict):
            return 'value: a notice is {"fr": …, "en": …}, or null for none'
        house.notice = value or {}
    elif value is not None and not (isinstance(value, str) and len(value) <= INCIDENT_CHARACTERS_MAX):
        return f"value: an incident is a name of at most {INCIDENT_CHARACTERS_MAX} characters, or null for none"
    else:
        house.incident = value if isinstance(value, str) else ""
    return ""


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
    }
    return Reply(status=200, body=JSON.encode(body), headers=(("Cache-Control", "no-store"),))
