"""What does a playlist cost? Processor time of the event loop's thread, divided by the calls that it answered.

The loop parses, checks and writes; its own processor time is what a call takes from the core, however much the password
checks beside it want. Its queueing delay is how late it wakes from short sleeps.
"""

import asyncio
from time import perf_counter, thread_time

from kickoff.backend.gauge import Second

SAMPLE_S = 0.05
CALLS_MIN = 10
"""Fewer calls in a second say nothing of what one costs: the loop's own housekeeping would be most of it."""


class LoopMeter:
    """Counts the calls of live playlists and segments. All its methods run on the loop's thread."""

    def __init__(self) -> None:
        self._calls = 0
        self._lags_s: list[float] = []
        self._cpu_s = thread_time()

    def count(self) -> None:
        """A call was answered."""
        self._calls += 1

    async def sample(self) -> None:
        """Note for ever how late the loop wakes."""
        while True:
            wanted_s = perf_counter() + SAMPLE_S
            await asyncio.sleep(SAMPLE_S)
            self._lags_s.append(max(0.0, perf_counter() - wanted_s))

    def take(self, *, elapsed_s: float) -> Second:
        """What the loop did since the last time."""
        cpu_s = thread_time()
        second = Second(
            elapsed_s=elapsed_s,
            busy_s=cpu_s - self._cpu_s,
            completed=self._calls if self._calls >= CALLS_MIN else 0,
            queue_ms=1000 * sum(self._lags_s) / len(self._lags_s) if self._lags_s else 0.0,
        )
        self._cpu_s = cpu_s
        self._calls = 0
        self._lags_s.clear()
        return second
