"""What time is it? The only place that asks the machine; everything else is told."""

import time
from typing import Protocol

from kickoff.units import US_PER_S, AtUs


class Clock(Protocol):
    """Tells the time of the night."""

    def now(self) -> AtUs:
        """Microseconds of UTC; never runs backwards within one process."""


class WallClock:
    """The machine's time, made monotone: read once at the start, then carried on by the monotonic clock."""

    def __init__(self) -> None:
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def now(self) -> AtUs:
        """Microseconds of UTC."""
        return AtUs((self._offset_ns + time.monotonic_ns()) // 1000)


class ManualClock:
    """Time that stands still until it is moved: for rehearsals and tests."""

    def __init__(self, at: AtUs = AtUs(0)) -> None:
        self._at = at

    def now(self) -> AtUs:
        """Microseconds of UTC as last set."""
        return self._at

    def set(self, at: AtUs) -> None:
        """Move to an instant; never back."""
        assert at >= self._at, f"time runs forwards: {at} is before {self._at}"
        self._at = at

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds."""
        self.set(AtUs(self._at + round(seconds * US_PER_S)))
