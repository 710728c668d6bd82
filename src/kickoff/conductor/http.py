"""How does the back end say it is? Asks `GET /health` once a second; what is lost leaves the last word standing.

The reports keep the instant at which they were heard: the controller judges their age. A report that cannot be read is
as good as none, and is counted.
"""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import msgspec
from msgspec import Struct

from kickoff.admission.orders import Health
from kickoff.clock import Clock
from kickoff.units import AtUs

ASK_EVERY_S = 1.0
ANSWER_WITHIN_S = 2.0
BODY_BYTES_MAX = 65_536


class DependencyReport(Struct, frozen=True, kw_only=True):
    """One dependency as the back end names it."""

    dependency: str
    utilisation: float
    queue_ms: float
    errors: int
    capacity_per_s: float


class HealthReport(Struct, frozen=True, kw_only=True):
    """The body of `/health`."""

    dependencies: tuple[DependencyReport, ...]


class HealthWatch:
    """Keeps the last word of each dependency. `run` until cancelled; `latest` at any time."""

    def __init__(self, url: str, clock: Clock) -> None:
        """`url`: of the health report, such as `http://127.0.0.1:8081/health`."""
        self._url = url
        self._clock = clock
        self._latest: dict[str, Health] = {}
        self.lost = 0
        """Reports that did not come or could not be read."""

    def latest(self) -> tuple[Health, ...]:
        """The last word of each dependency, however old."""
        return tuple(self._latest.values())

    async def run(self) -> None:
        """Ask once a second until cancelled."""
        await ask_on(self.ask)

    async def ask(self, session: aiohttp.ClientSession) -> None:
        """Ask once; a failure changes nothing but `lost`."""
        try:
            async with session.get(self._url) as response:
                response.raise_for_status()
                raw = await read_bounded(response)
            heard = read_report(raw, at=self._clock.now())
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError):
            self.lost += 1
            return
        self._latest.update({health.dependency: health for health in heard})


async def ask_on(ask: Callable[[aiohttp.ClientSession], Awaitable[None]]) -> None:
    """Ask once a second until cancelled; an answer that takes too long is none."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        while True:
            await ask(session)
            await asyncio.sleep(ASK_EVERY_S)


async def read_bounded(response: aiohttp.ClientResponse) -> bytes:
    """The body, of at most `BODY_BYTES_MAX`. Raises `msgspec.DecodeError` past it."""
    raw = bytearray()
    async for chunk in response.content.iter_any():
        raw += chunk
        if len(raw) > BODY_BYTES_MAX:
            message = f"a health report has at most {BODY_BYTES_MAX} bytes"
            raise msgspec.DecodeError(message)
    return bytes(raw)


def read_report(raw: bytes, *, at: AtUs) -> tuple[Health, ...]:
    """The reports of a `/health` body heard at `at`. Raises `msgspec.DecodeError` where it is none."""
    report = msgspec.json.decode(raw, type=HealthReport)
    return tuple(
        Health(
            dependency=one.dependency,
            at=at,
            utilisation=one.utilisation,
            queue_ms=one.queue_ms,
            errors=one.errors,
            capacity_per_s=one.capacity_per_s,
        )
        for one in report.dependencies
    )
