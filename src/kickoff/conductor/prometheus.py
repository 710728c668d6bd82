"""What does a Prometheus say of a dependency? One instant query for each number, once a second.

The HTTP API answers `{"status":"success","data":{"resultType":"vector","result":[{"value":[instant,"number"]}]}}`; a
scalar has `"result":[instant,"number"]`. A query that gives no sample or several, a number that is none, an answer that
does not come: the reading is lost, and the last one stands with its old instant.
"""

import asyncio
import math
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from kickoff.admission.orders import Health
from kickoff.clock import Clock
from kickoff.conductor.http import ask_on, read_bounded
from kickoff.health_signals import PrometheusSignal
from kickoff.units import US_PER_S, AtUs


class _Data(Struct, frozen=True, rename="camel"):
    result_type: str
    result: Any


class _Answer(Struct, frozen=True):
    status: str
    data: _Data


class _Series(Struct, frozen=True):
    value: tuple[float, str]


_ANSWER = msgspec.json.Decoder(_Answer)


class NoReading(ValueError):
    """A query has not given one number. Its text says what it gave; the watch counts it."""


class PrometheusWatch:
    """Asks for one dependency. `run` until cancelled; `latest` at any time."""

    def __init__(self, signal: PrometheusSignal, clock: Clock) -> None:
        self._signal = signal
        self._url = f"{signal.url.rstrip('/')}/api/v1/query"
        self._clock = clock
        self._latest: Health | None = None
        self.lost = 0
        """Readings that did not come or could not be read."""

    def latest(self) -> tuple[Health, ...]:
        """The last reading, however old."""
        return (self._latest,) if self._latest else ()

    async def run(self) -> None:
        """Ask once a second until cancelled."""
        await ask_on(self.ask)

    async def ask(self, session: aiohttp.ClientSession) -> None:
        """Ask once for all numbers; a failure changes nothing but `lost`."""
        signal = self._signal
        queries = (signal.capacity_per_s, signal.utilisation, signal.queue_ms, signal.errors, signal.instant)
        try:
            numbers = await asyncio.gather(*(self._number(session, query) for query in queries))
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError, NoReading):
            self.lost += 1
            return
        capacity_per_s, utilisation, queue_ms, errors, instant_s = numbers
        self._latest = Health(
            dependency=signal.dependency,
            at=AtUs(round(instant_s * US_PER_S)) if signal.instant else self._clock.now(),
            utilisation=utilisation,
            queue_ms=queue_ms,
            errors=round(errors),
            capacity_per_s=capacity_per_s,
        )

    async def _number(self, session: aiohttp.ClientSession, query: str | None) -> float:
        """The number of a query; 0 where none is asked for."""
        if query is None:
            return 0.0
        async with session.get(self._url, params={"query": query}) as response:
            response.raise_for_status()
            return number_of(await read_bounded(response))


def number_of(raw: bytes) -> float:
    """The one number of an answer. Raises `NoReading` and `msgspec.DecodeError`."""
    answer = _ANSWER.decode(raw)
    if answer.status != "success":
        raise NoReading(f"the server says {answer.status}")
    if answer.data.result_type == "scalar":
        _, text = msgspec.convert(answer.data.result, tuple[float, str])
    elif answer.data.result_type == "vector":
        series = msgspec.convert(answer.data.result, tuple[_Series, ...])
        if len(series) != 1:
            raise NoReading(f"{len(series)} samples instead of one")
        text = series[0].value[1]
    else:
        raise NoReading(f"a {answer.data.result_type} is not one number")
    try:
        number = float(text)
    except ValueError as error:
        raise NoReading(f"{text!r} is no number") from error
    if not math.isfinite(number):
        raise NoReading(f"{text} is no reading")
    return number
