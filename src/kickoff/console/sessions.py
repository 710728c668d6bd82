"""Is this still the operator who signed in? A sealed cookie; what changes something also carries a word from the page.

The cookie goes along with every request of the browser, also with one that another site made it send. The word of the
page (`csrf`) does not: it stands in our forms and inside the seal, and both must agree.
"""

import hmac
import secrets

from msgspec import Struct, msgpack

from kickoff.seals import SealError, Seals
from kickoff.units import US_PER_S

COOKIE = "kickoff_console"
_PURPOSE = "console"


class OperatorSession(Struct, frozen=True, kw_only=True, array_like=True):
    """Who signed in, until when (µs UTC), and the word that their forms carry."""

    name: str
    csrf: str
    expires_at: int
    stamp: str = ""
    """Of the account when it signed in: another one there ends the session."""
    has_shown_factor: bool = False
    """Whether the second factor was shown for this session."""


_DECODER = msgpack.Decoder(OperatorSession)


class Sessions:
    """Seals and opens the console's cookies."""

    def __init__(self, seals: Seals, *, session_s: float) -> None:
        self._seals = seals
        self.session_s = session_s

    def begin(self, name: str, *, at_us: int, stamp: str = "", has_shown_factor: bool = False) -> str:
        """The cookie of an operator who signs in now."""
        session = OperatorSession(
            name=name,
            csrf=secrets.token_urlsafe(18),
            expires_at=at_us + round(self.session_s * US_PER_S),
            stamp=stamp,
            has_shown_factor=has_shown_factor,
        )
        return self._seals.seal(_PURPOSE, session)

    def read(self, cookie: str | None, *, at_us: int) -> OperatorSession | None:
        """Whose session it is; None: nobody's, or over."""
        try:
            return self._seals.open(_PURPOSE, cookie or "", _DECODER, at_us=at_us)
        except SealError:
            return None


def is_own_form(session: OperatorSession, said: str) -> bool:
    """Whether a form carries the word of this session's pages. In constant time."""
    return hmac.compare_digest(session.csrf.encode(), said.encode())
