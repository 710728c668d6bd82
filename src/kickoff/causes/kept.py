"""What do the failures keep to? Of those who failed and of those who tried, how many are of a version, or of a place.

People are counted, not tries: who tries again and again until they give up would make their own place the busiest.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.causes.evening import Evening, Mask, Window

OF_EXCESS = 0.9
"""So much of what fails beyond the time before lies inside, or it does not keep to it."""
TIMES = 2.0
"""And inside they fail so many times as often as outside: where everybody is inside, nothing keeps to it."""
OUTSIDE_MIN = 20
"""With fewer people outside it cannot be told."""


class Kept(Struct, frozen=True, kw_only=True):
    """How far the failures of an incident keep to some of the rows."""

    failures: int
    """People who failed."""
    failed: float
    """Share of those who failed who did so inside."""
    tried: float
    """Share of those who tried who did so inside."""
    keeps: bool
    """Whether nearly all that fails beyond the time before lies inside, and not because everybody does."""


def kept_to(evening: Evening, window: Window, inside: Mask, known: Mask) -> Kept:
    """The failures of an incident inside these rows, among those of which it is `known`."""
    tried = window.tried & window.now & known
    failed, before = tried & window.failed, window.tried & window.before & known
    everybody, failures = _people(evening, tried), _people(evening, failed)
    own, own_failures = _people(evening, tried & inside), _people(evening, failed & inside)
    usual = _people(evening, before & window.failed) / max(1, _people(evening, before))
    others, other_failures = _people(evening, tried & ~inside), _people(evening, failed & ~inside)
    return Kept(
        failures=failures,
        failed=own_failures / max(1, failures),
        tried=own / max(1, everybody),
        keeps=others >= OUTSIDE_MIN
        and own_failures - usual * own >= OF_EXCESS * max(1.0, failures - usual * everybody)
        and own_failures * others >= TIMES * other_failures * own,
    )


def _people(evening: Evening, rows: Mask) -> int:
    """Who is not named is somebody each time."""
    number = evening.people()[rows]
    seen: NDArray[np.bool_] = np.zeros(int(number.max(initial=0)) + 1, np.bool_)
    seen[number] = True
    return int(seen[1:].sum()) + int((number == 0).sum())
