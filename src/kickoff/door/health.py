"""`POST /v1/{night}/health`: the operator's services say how a dependency is.

    {"dependency": "entitlement", "at": 1662490800000000, "utilisation": 0.71, "queue_ms": 4, "errors": 0,
     "capacity_per_s": 900}                                                    … or a list of such readings

Signed by a token of `kickoff health`. Each reading carries its own instant: one that is no newer than the last is known
already (a retry, a replay) and changes nothing; one that is old, of the future or impossible is refused with the whole
post, so that a service that counts wrongly hears of it.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from kickoff.admission.orders import Health
from kickoff.admission.signals import AHEAD_S, CAPACITY_MAX_PER_S, DEPENDENCIES_MAX, UTILISATION_MAX, is_sound
from kickoff.door.bodies import decode
from kickoff.door.health_posts import HealthPosts
from kickoff.door.identity import bearer
from kickoff.door.problems import problem
from kickoff.door.seam import Reply, Request
from kickoff.door.state import JSON, House
from kickoff.health_signals import Dependency
from kickoff.seals import SealError
from kickoff.units import US_PER_S, AtUs

HEALTH_PURPOSE = "health"
OLD_S = 60.0
"""An older reading says nothing about now: the controller has forgotten the rate of that time."""


class HealthClaims(Struct, frozen=True, kw_only=True, array_like=True):
    """Which service may say how it is, on which night."""

    name: str
    night: str
    expires_at: int


class ReadingBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One dependency over about a second. `at`: its end, microseconds UTC."""

    dependency: Dependency
    at: Annotated[int, Meta(ge=0, le=2**53)]
    utilisation: float
    capacity_per_s: float
    queue_ms: float = 0.0
    errors: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)] = 0


_CLAIMS = msgspec.msgpack.Decoder(HealthClaims)
_BODY = msgspec.json.Decoder(
    ReadingBody | Annotated[list[ReadingBody], Meta(min_length=1, max_length=DEPENDENCIES_MAX)]
)


def take_health(house: House, request: Request) -> Reply:
    """202 how many readings were new · 400 one that cannot be · 403 not a service of this night."""
    if _name_of(house, request) is None:
        return problem("health_only")
    try:
        body = decode(_BODY, request.body)
    except msgspec.DecodeError as error:
        return problem("bad_request", str(error))
    readings = [_health(one) for one in (body if isinstance(body, list) else [body])]
    for reading in readings:
        if wrong := _wrong(reading, now=request.at_us, posts=house.posts):
            return problem("bad_request", f"{reading.dependency}: {wrong}")
    taken = sum(house.posts.take(reading) for reading in readings)
    return Reply(status=202, body=JSON.encode({"taken": taken, "known": len(readings) - taken}))


def _name_of(house: House, request: Request) -> str | None:
    try:
        claims = house.seals.open(HEALTH_PURPOSE, bearer(request), _CLAIMS, at_us=request.at_us)
    except SealError:
        return None
    return claims.name if claims.night == house.night.name else None


def _health(body: ReadingBody) -> Health:
    return Health(
        dependency=body.dependency,
        at=AtUs(body.at),
        utilisation=body.utilisation,
        queue_ms=body.queue_ms,
        errors=body.errors,
        capacity_per_s=body.capacity_per_s,
    )


def _wrong(reading: Health, *, now: int, posts: HealthPosts) -> str:
    """What is wrong with a reading, and how to mend it; empty: nothing."""
    if reading.at > now + AHEAD_S * US_PER_S:
        return "at lies in the future; set the clock of this service right, or write microseconds UTC"
    if reading.at < now - OLD_S * US_PER_S:
        return f"at is more than {OLD_S:g} s ago; post a reading when it is taken"
    if not is_sound(reading, now=AtUs(now)):
        return (
            f"a number is negative or too large; keep utilisation within {UTILISATION_MAX:g} (1 is full), "
            f"capacity_per_s within {CAPACITY_MAX_PER_S:g}, and leave a reading out that you do not have"
        )
    if not posts.has_room_for(reading.dependency):
        return f"is one more than the {DEPENDENCIES_MAX} dependencies of a night; post fewer names"
    return ""
