"""`POST /v1/{night}/operator`, `GET /v1/{night}/house`: the operator's acts, and the house at a glance."""

import math
from collections.abc import Callable

import msgspec

from kickoff.accounts.sessions import OPERATOR_DECODER, OPERATOR_PURPOSE, OperatorClaims
from kickoff.admission.sharing import SHARE_MOST
from kickoff.door.bodies import OPERATOR, OperatorBody, decode
from kickoff.door.problems import problem
from kickoff.door.seam import Reply, Request
from kickoff.door.state import JSON, House
from kickoff.facts import Fact, Row
from kickoff.seals import SealError
from kickoff.units import US_PER_S

INCIDENT_CHARACTERS_MAX = 40
FORGOTTEN_S = 300
"""Whoever shares the night and has said nothing for so long is gone, and shown no more."""
ALONE = "door"
"""The name of a door that shares its night with nobody."""


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
    house.journal.record(_row(house, body.act, request))
    done = {"act": body.act, "paused": house.paused, "cap_per_s": house.cap_per_s, **_wishes(house)}
    return Reply(status=200, body=JSON.encode(done))


def _row(house: House, act: str, request: Request) -> Row:
    """The act as a fact, with its figure where it has one."""
    cap, pin_s = house.cap_per_s, house.pin_s
    rate = round(cap * 1000) if act == "cap" and cap is not None else -1
    duration_ms = round(pin_s * 1000) if act == "pin" and pin_s is not None else -1
    return Row(at=request.at_us, fact=Fact.OPERATOR, code=act, rate_per_s=rate, duration_ms=duration_ms)


def _wishes(house: House) -> dict[str, object]:
    """What stands of pin, drain and lanes."""
    return {"pin_s": house.pin_s, "drains": house.drains, "guaranteed": house.guaranteed}


def _do(house: House, body: OperatorBody) -> str:
    """Do the act; words where its value cannot be."""
    value = body.value
    if body.act in {"pause", "resume"}:
        house.paused = body.act == "pause"
        return ""
    return _ACTS[body.act](house, value)


def _cap(house: House, value: object) -> str:
    if value is not None and not _is_between(value, 0, 1_000_000):
        return "value: a cap is a number of people a second, or null for none"
    house.cap_per_s = _number(value)
    return ""


def _notice(house: House, value: object) -> str:
    if value is not None and not isinstance(value, dict):
        return _NO_NOTICE
    words = {language: said for language, said in (value or {}).items() if isinstance(said, str)}
    if len(words) < len(value or {}):
        return _NO_NOTICE
    house.notice = words
    return ""


def _incident(house: House, value: object) -> str:
    if value is not None and not (isinstance(value, str) and len(value) <= INCIDENT_CHARACTERS_MAX):
        return f"value: an incident is a name of at most {INCIDENT_CHARACTERS_MAX} characters, or null for none"
    house.incident = value if isinstance(value, str) else ""
    return ""


def _pin(house: House, value: object) -> str:
    rules = house.rules
    if value is not None and not _is_between(value, rules.beat_s, rules.beat_s_max):
        return f"value: a heartbeat lasts {rules.beat_s:g} to {rules.beat_s_max:g} s this night, or null: as ordered"
    house.pin_s = _number(value)
    return ""


def _drain(house: House, value: object) -> str:
    if not isinstance(value, bool):
        return "value: true lets the line empty, false gives places again"
    house.drains = value
    return ""


def _lanes(house: House, value: object) -> str:
    if value is not None and not isinstance(value, dict):
        return _NO_SHARES
    said = value or {}
    if not said.keys() <= house.lines.keys() or not all(_is_between(share, 0, SHARE_MOST) for share in said.values()):
        return _NO_SHARES
    if sum(said.values()) > 1:
        return _NO_SHARES
    house.guaranteed = {str(lane): float(share) for lane, share in said.items()}
    return ""


def _is_between(value: object, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


_NO_NOTICE = 'value: a notice is {"fr": …, "en": …}, or null for none'
_NO_SHARES = f'value: shares are {{"main": 0 to {SHARE_MOST:g}, "known": …}}, together at most 1, or null for none'
_ACTS: dict[str, Callable[[House, object], str]] = {
    "cap": _cap,
    "notice": _notice,
    "incident": _incident,
    "pin": _pin,
    "drain": _drain,
    "lanes": _lanes,
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
