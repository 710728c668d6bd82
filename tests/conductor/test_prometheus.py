"""Prometheus' HTTP API as a signal: a small server that speaks its JSON."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from kickoff.clock import ManualClock
from kickoff.conductor.prometheus import NoReading, PrometheusWatch, number_of
from kickoff.health_signals import PrometheusSignal
from kickoff.units import AtUs

NOW = AtUs(1_700_000_000_000_000)


def vector(*values: str, at_s: float = 1_700_000_000.0) -> dict[str, object]:
    """An answer with so many samples."""
    result = [{"metric": {"job": "entitlement"}, "value": [at_s, value]} for value in values]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


class Prometheus:
    """Answers each query with what is laid out for it."""

    def __init__(self) -> None:
        self.answers: dict[str, dict[str, object]] = {
            "capacity": vector("900.5"),
            "busy": vector("0.71"),
            "waits": vector("12"),
            "failed": vector("3"),
            "seen": vector("1699999998.5"),
        }
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        """`GET /api/v1/query`."""
        query = request.query["query"]
        self.asked.append(query)
        if query not in self.answers:
            error = {"status": "error", "errorType": "bad_data", "error": "parse error"}
            return web.json_response(error, status=400)
        return web.json_response(self.answers[query])


@asynccontextmanager
async def served(
    prometheus: Prometheus, **queries: str
) -> AsyncIterator[tuple[PrometheusWatch, aiohttp.ClientSession]]:
    """A watch on a server, asked nothing yet."""
    application = web.Application()
    application.router.add_get("/prom/api/v1/query", prometheus.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    signal = PrometheusSignal(
        url=f"http://127.0.0.1:{runner.addresses[0][1]}/prom/",
        dependency="entitlement",
        capacity_per_s="capacity",
        utilisation="busy",
        **queries,
    )
    async with aiohttp.ClientSession() as session:
        yield PrometheusWatch(signal, ManualClock(NOW)), session
    await runner.cleanup()


async def test_each_query_gives_one_number_of_a_reading() -> None:
    """What is not asked for is nothing, and the instant is that of the answer."""
    prometheus = Prometheus()
    async with served(prometheus, queue_ms="waits", errors="failed") as (watch, session):
        await watch.ask(session)
    (word,) = watch.latest()
    assert (word.dependency, word.capacity_per_s, word.utilisation) == ("entitlement", 900.5, 0.71)
    assert (word.queue_ms, word.errors, word.at) == (12, 3, NOW)
    assert sorted(prometheus.asked) == ["busy", "capacity", "failed", "waits"]


async def test_the_instant_may_be_that_of_the_measurement() -> None:
    """Prometheus answers for five minutes with the last sample of a target that is gone: its own time tells."""
    async with served(Prometheus(), instant="seen") as (watch, session):
        await watch.ask(session)
    assert [word.at for word in watch.latest()] == [NOW - 1_500_000]


@pytest.mark.parametrize(
    "lost", [vector(), vector("1", "2"), vector("NaN"), vector("+Inf"), {"status": "error"}, {"status": "success"}]
)
async def test_a_query_without_one_number_loses_the_reading(lost: dict[str, object]) -> None:
    """Nothing is guessed: the last reading stands, with its old instant."""
    prometheus = Prometheus()
    async with served(prometheus) as (watch, session):
        await watch.ask(session)
        before = watch.latest()
        prometheus.answers["busy"] = lost
        await watch.ask(session)
    assert watch.latest() == before
    assert watch.lost == 1


async def test_a_wrong_query_and_a_server_that_is_not_there_are_no_error_of_ours() -> None:
    """The door opens without them."""
    prometheus = Prometheus()
    del prometheus.answers["capacity"]
    async with served(prometheus) as (watch, session):
        await watch.ask(session)
    assert (watch.latest(), watch.lost) == ((), 1)


def test_a_scalar_is_one_number_too() -> None:
    """`scalar(…)` and plain arithmetic answer so."""
    assert number_of(b'{"status":"success","data":{"resultType":"scalar","result":[1700000000,"45"]}}') == 45
    with pytest.raises(NoReading, match="matrix"):
        number_of(b'{"status":"success","data":{"resultType":"matrix","result":[]}}')
