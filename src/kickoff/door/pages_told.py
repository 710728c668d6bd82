"""What does the door tell everybody, who has no place yet too? For the page without JavaScript, from the status.

The notice stands on every page. Why it goes slowly, and when the doors open, is told before one takes a place.
"""

import msgspec
from msgspec import Struct

_BEFORE_A_PLACE = {"closed": "line.state.closed", "paused": "reason.paused"}
_REASONS = frozenset({"filling", "braking", "capped", "full", "no_health", "everyone"})


class Told(Struct, frozen=True, kw_only=True):
    """What of the status object is the same for everybody; empty where it is not known."""

    state: str = ""
    reason: str = ""
    notice: dict[str, str] = {}
    times: dict[str, int | None] = {}

    @property
    def why(self) -> str:
        """The key of the text that says why one would wait; empty: one would not, or the doors are shut."""
        if self.state == "queueing" and self.reason in _REASONS:
            return f"reason.{self.reason}"
        return _BEFORE_A_PLACE.get(self.state, "")


_DECODER = msgspec.json.Decoder(Told)


def told_in(status: bytes) -> Told:
    """What the status object tells."""
    return _DECODER.decode(status)
