"""With which status are they answered who must wait, or cannot be taken just now? As the operator chooses.

A CDN may count every 503 as a dead origin, an app of last year may know no 429: then the house answers otherwise, and
the problem's `code` says as ever what is meant. What is broken is never renamed: 500 and the like stay.
"""

from msgspec import Struct

WAITING_STATUSES = (200, 202, 429, 503)
SHED_STATUSES = (429, 503)
_WAITING = frozenset({"not_yet"})
_SHED = frozenset({"rate_limited", "not_open", "draining", "full", "full_house", "sign_in_busy"})


def choices(code: str) -> tuple[int, ...]:
    """The statuses that the operator may choose for a problem's code; none where it keeps its own."""
    if code in _WAITING:
        return WAITING_STATUSES
    return SHED_STATUSES if code in _SHED else ()


class AnswerCodes(Struct, frozen=True, kw_only=True):
    """The operator's choice. None: each refusal's own status, and 200 for the page of who waits."""

    waiting: int | None = None
    """Of `not_yet`, and of the page without JavaScript while its reader waits."""
    shed: int | None = None
    """Of whoever cannot be taken at this moment: too early, quota, full line or house, draining, busy sign-in."""

    def of(self, code: str) -> int | None:
        """The status of a problem's code; None: its own."""
        if code in _WAITING:
            return self.waiting
        return self.shed if code in _SHED else None
