"""How many calls a second does a dependency carry? Counted from the calls it made while it was busy.

Capacity is completed calls ÷ busy seconds, smoothed over busy time: an idle second teaches nothing, so that a quiet
hour never makes the service look slow, and a full second teaches most.
"""

import math
import threading

from msgspec import Struct

MEMORY_BUSY_S = 2.0
"""Busy seconds after which an old observation weighs 1/e."""


class Second(Struct, frozen=True, kw_only=True):
    """What one dependency did in about a second."""

    elapsed_s: float
    busy_s: float
    """Worker time spent on calls, summed over the workers."""
    completed: int
    errors: int = 0
    queue_ms: float = 0.0
    """How long the calls that began in this second had waited, on average; of the oldest one where none began."""


class Measured(Struct, frozen=True, kw_only=True):
    """One dependency's health over its last second, as `/health` says it."""

    dependency: str
    utilisation: float = 0.0
    queue_ms: float = 0.0
    errors: int = 0
    capacity_per_s: float = 0.0


def measure(before: Measured, second: Second, *, workers: int = 1, memory_s: float = MEMORY_BUSY_S) -> Measured:
    """The health after one more second. `workers`: how many work at once; `memory_s`: in busy seconds."""
    return Measured(
        dependency=before.dependency,
        utilisation=round(second.busy_s / (workers * second.elapsed_s), 4) if second.elapsed_s > 0 else 0.0,
        queue_ms=round(second.queue_ms, 3),
        errors=second.errors,
        capacity_per_s=round(_capacity(before.capacity_per_s, second, workers, memory_s), 3),
    )


def _capacity(before: float, second: Second, workers: int, memory_s: float) -> float:
    if second.completed == 0 or second.busy_s <= 0:
        return before
    seen = second.completed / second.busy_s * workers
    if before == 0:
        return seen
    weight = 1 - math.exp(-second.busy_s / workers / memory_s)
    return before + weight * (seen - before)


class Tally:
    """Counts what several threads do; taken and emptied once a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy_s = 0.0
        self._completed = 0
        self._errors = 0
        self._begun = 0
        self._waited_s = 0.0

    def begin(self, *, waited_s: float) -> None:
        """A call left the queue after so many seconds."""
        with self._lock:
            self._begun += 1
            self._waited_s += waited_s

    def complete(self, *, busy_s: float) -> None:
        """A call was carried out, in so many seconds of a worker."""
        with self._lock:
            self._completed += 1
            self._busy_s += busy_s

    def fail(self) -> None:
        """A call was not carried out."""
        with self._lock:
            self._errors += 1

    def take(self, *, elapsed_s: float, oldest_s: float = 0.0) -> Second:
        """What was counted since the last time. `oldest_s`: how long the head of the queue waits already."""
        with self._lock:
            mean_s = self._waited_s / self._begun if self._begun else oldest_s
            second = Second(
                elapsed_s=elapsed_s,
                busy_s=self._busy_s,
                completed=self._completed,
                errors=self._errors,
                queue_ms=mean_s * 1000,
            )
            self._busy_s = self._waited_s = 0.0
            self._completed = self._errors = self._begun = 0
        return second
