"""`/v1/check`: may this request fetch from the edge? For nginx `auth_request` and Envoy `ext_authz`."""

from urllib.parse import unquote

from kickoff.door.problems import CHALLENGE
from kickoff.door.seam import Reply, Request
from kickoff.door.state import House
from kickoff.playback.tokens import TokenError

_YES = Reply(status=200)
_UNKNOWN = Reply(status=401, headers=(CHALLENGE,))
_NO = Reply(status=403)
_DOTS = frozenset({".", ".."})
PREFIX = "/v1/check"
BELOW = f"{PREFIX}/"


def check(house: House, request: Request) -> Reply:
    """200, 401 or 403, always without a body. The resource: X-Original-URI, else what follows `/v1/check`."""
    resource = (request.headers.get("x-original-uri") or request.path[len(PREFIX) :]).partition("?")[0]
    parts = resource.split("/", 5)
    if len(parts) < 5 or parts[0] or parts[1] != "live":
        return _UNKNOWN
    try:
        claims = house.verifier.verify(parts[3], at_us=request.at_us)
    except TokenError:
        return _UNKNOWN
    if unquote(parts[4]) not in claims.channels or _leads_elsewhere(resource):
        return _NO
    subject = int(claims.sub)
    if house.leases.is_open(claims.stream, subject):
        # A playlist fetched is a sign of life, for those whose beats do not come through.
        house.leases.seen(claims.stream, at_us=request.at_us, beat_ms=house.beat_ms)
    elif house.leases.is_known(claims.stream, subject):
        # Ended, or stopped from another screen. A stream that the table forgot still plays.
        return _NO
    return _YES


def _leads_elsewhere(path: str) -> bool:
    """Whether an edge could read this path as another one: dot segments, backslashes, slashes in disguise.

    What is still encoded once it is decoded is refused too: some edges decode twice.
    """
    if "%" not in path and "\\" not in path:
        # PERF: nothing is in disguise, so only a dot that begins a part can be meant (make bench-door: 6 µs).
        return "/." in path and not _DOTS.isdisjoint(path.split("/"))
    parts = [unquote(part) for part in path.split("/")]
    return any(part in _DOTS or any(sign in part for sign in "/\\%") for part in parts)
