"""Who says how the back end is? All sources of a night as one.

    the back end's own /health · Prometheus queries · access logs · what the operator's services post at a door

Of two that speak of one dependency, the later word counts.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from kickoff.admission.orders import Health
from kickoff.admission.signals import is_sound
from kickoff.clock import Clock
from kickoff.conductor.access_log import AccessLogWatch
from kickoff.conductor.http import HealthWatch
from kickoff.conductor.prometheus import PrometheusWatch
from kickoff.health_signals import Signals


class Watch(Protocol):
    """One source."""

    def latest(self) -> tuple[Health, ...]:
        """The last word of each dependency, however old."""

    async def run(self) -> None:
        """Listen until cancelled."""


class HealthSources:
    """All of them. `run` until cancelled; `latest` at any time."""

    def __init__(
        self,
        signals: Signals,
        *,
        backend: str,
        clock: Clock,
        posted: Callable[[], tuple[Health, ...]] = tuple,
    ) -> None:
        """`backend`: its origin, such as `http://127.0.0.1:8081`. `posted`: what was posted at the door."""
        self._watches: list[Watch] = [HealthWatch(f"{backend}/health", clock)] if signals.report else []
        self._watches += [PrometheusWatch(one, clock) for one in signals.prometheus]
        self._logs = [AccessLogWatch(one, clock) for one in signals.logs]
        self._watches += self._logs
        self._posted = posted
        self._clock = clock

    @property
    def lines_lost(self) -> int:
        """Lines of access logs that say nothing: unreadable, too late, or dated ahead."""
        return sum(log.lost for log in self._logs)

    def latest(self) -> tuple[Health, ...]:
        """The last sound word of each dependency, however old. An absurd one takes nobody's place."""
        now = self._clock.now()
        found: dict[str, Health] = {}
        for word in (*(word for watch in self._watches for word in watch.latest()), *self._posted()):
            known = found.get(word.dependency)
            if is_sound(word, now=now) and (known is None or word.at > known.at):
                found[word.dependency] = word
        return tuple(found.values())

    async def run(self) -> None:
        """Listen to all until cancelled; one that fails ends them all, and says why."""
        async with asyncio.TaskGroup() as group:
            for watch in self._watches:
                group.create_task(watch.run())
