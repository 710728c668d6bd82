"""Who asks? The session or the device behind a request, from its header or its cookie."""

from kickoff.accounts.sessions import (
    DEVICE_DECODER,
    DEVICE_PURPOSE,
    SESSION_DECODER,
    SESSION_PURPOSE,
    SESSION_US,
    DeviceClaims,
    SessionClaims,
)
from kickoff.door.seam import Request
from kickoff.door.state import House
from kickoff.seals import SealError

SESSION_COOKIE = "kickoff_session"
DEVICE_COOKIE = "kickoff_device"
DEVICE_HEADER = "x-kickoff-device"
_COOKIE_ATTRIBUTES = f"; Path=/; HttpOnly; SameSite=Lax; Max-Age={SESSION_US // 1_000_000}"
_SECURE_ATTRIBUTES = f"{_COOKIE_ATTRIBUTES}; Secure"


def session_of(house: House, request: Request) -> SessionClaims | None:
    """The household that signed in on this device; None: no session, or one that is not accepted."""
    token = bearer(request)
    if not token and (cookies := request.headers.get("cookie")) is not None:
        token = cookie(cookies, SESSION_COOKIE)
    try:
        return house.seals.open(SESSION_PURPOSE, token, SESSION_DECODER, request.at_us) if token else None
    except SealError:
        return None


def bearer(request: Request) -> str:
    """The token of `Authorization: Bearer …`; empty: there is none."""
    authorization = request.headers.get("authorization")
    return authorization[7:] if authorization is not None and authorization[:7].lower() == "bearer " else ""


def device_of(house: House, request: Request) -> int | None:
    """The number of a device that has been here before, as `claims_of_device`."""
    known = claims_of_device(house, request)
    return known.device if known else None


def claims_of_device(house: House, request: Request) -> DeviceClaims | None:
    """A device that has been here before; None: it has not, or brings a token that is not ours."""
    headers = request.headers
    token = headers.get(DEVICE_HEADER) or cookie(headers.get("cookie", ""), DEVICE_COOKIE)
    if not token:
        return None
    try:
        return house.seals.open(DEVICE_PURPOSE, token, DEVICE_DECODER, at_us=request.at_us)
    except SealError:
        return None


def new_device(house: House, request: Request) -> tuple[int, tuple[tuple[str, str], ...]]:
    """(a new device's number, the headers that give it its token)."""
    device = house.draw()
    token = house.seals.seal(DEVICE_PURPOSE, DeviceClaims(device=device, expires_at=request.at_us + SESSION_US))
    return device, (
        ("Set-Cookie", f"{DEVICE_COOKIE}={token}{_attributes(request)}"),
        ("X-Kickoff-Device", token),
    )


def session_cookie(request: Request, token: str) -> tuple[str, str]:
    """The header that keeps a session in a browser."""
    return "Set-Cookie", f"{SESSION_COOKIE}={token}{_attributes(request)}"


def is_encrypted(request: Request) -> bool:
    """Whether the browser speaks TLS with a trusted proxy. What anybody else says of it is not believed."""
    return request.is_proxied and request.headers.get("x-forwarded-proto") == "https"


def _attributes(request: Request) -> str:
    """Who came by TLS never sends the cookie without it."""
    return _SECURE_ATTRIBUTES if is_encrypted(request) else _COOKIE_ATTRIBUTES


def cookie(cookies: str, name: str) -> str:
    """The value of one cookie in a Cookie header, or nothing."""
    at = 0
    mark = f"{name}="
    while (at := cookies.find(mark, at)) >= 0:
        if at == 0 or cookies[at - 1] in "; ":
            end = cookies.find(";", at)
            return cookies[at + len(mark) : end if end >= 0 else None].strip()
        at += len(mark)
    return ""
