"""Does this person hold their second factor now?

Time-based one-time passwords, RFC 6238, as every authenticator makes them: HMAC-SHA-1, 30 seconds, six digits. A code
is good once: who read it over a shoulder has read it too late.
"""

import base64
import hmac
from urllib.parse import quote, urlencode

from kickoff.units import US_PER_S, AtUs

STEP_S = 30
DIGITS = 6
SECRET_BYTES = 20
"""RFC 4226, 4: 160 bits are recommended."""
STEPS_ASTRAY = 1
"""A clock that is half a minute wrong still works (RFC 6238, 5.2)."""


def code_at(secret: bytes, step: int, *, digits: int = DIGITS) -> str:
    """The code of one step (RFC 4226, 5.3)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = mac[-1] & 0xF
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}d}"


def step_of(at: AtUs) -> int:
    """The number of the step that an instant lies in."""
    return at // US_PER_S // STEP_S


def step_matching(secret: bytes, code: str, *, at: AtUs, after: int) -> int | None:
    """The step whose code this is, if it is near now and later than `after`, the last one used; else None."""
    told = code.replace(" ", "").encode()
    now = step_of(at)
    found = None
    # All are compared, whichever fits: time tells nothing.
    for step in range(now - STEPS_ASTRAY, now + STEPS_ASTRAY + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), told) and step > after:
            found = step
    return found


def written(secret: bytes) -> str:
    """The secret as people type it: base32 in groups of four."""
    letters = base64.b32encode(secret).decode()
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def address(secret: bytes, *, name: str, service: str) -> str:
    """The `otpauth:` address that an authenticator opens."""
    told = {"secret": base64.b32encode(secret).decode(), "issuer": service, "digits": DIGITS, "period": STEP_S}
    return f"otpauth://totp/{quote(f'{service}:{name}')}?{urlencode(told, quote_via=quote)}"
