"""The back end's health over HTTP."""

import aiohttp
import msgspec
import pytest
from aiohttp import web

from kickoff.clock import ManualClock
from kickoff.conductor.http import BODY_BYTES_MAX, HealthWatch, read_report
from kickoff.units import AtUs

REPORT = (
    b'{"dependencies":[{"dependency":"sign_in","utilisation":0.5,"queue_ms":12.5,"errors":1,"capacity_per_s":45.0}]}'
)


class Backend:
    """A health report that can be made to fail."""

    def __init__(self) -> None:
        self.body, self.status = REPORT, 200

    async def answer(self, _: web.Request) -> web.Response:
        """What `/health` says now."""
        return web.Response(body=self.body, status=self.status)


async def asked(backend: Backend, clock: ManualClock, times: list[tuple[bytes, int]]) -> HealthWatch:
    """A watch that asked once for each (body, status)."""
    application = web.Application()
    application.router.add_get("/health", backend.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    watch = HealthWatch(f"http://127.0.0.1:{runner.addresses[0][1]}/health", clock)
    async with aiohttp.ClientSession() as session:
        for backend.body, backend.status in times:
            await watch.ask(session)
            clock.advance(1.0)
    await runner.cleanup()
    return watch


async def test_a_report_carries_the_instant_at_which_it_was_heard() -> None:
    """The controller judges its age, on our clock and not on the back end's."""
    watch = await asked(Backend(), ManualClock(AtUs(5_000_000)), [(REPORT, 200)])
    (health,) = watch.latest()
    assert (health.at, health.dependency, health.capacity_per_s) == (5_000_000, "sign_in", 45.0)


@pytest.mark.parametrize("lost", [(REPORT, 503), (b"<html>", 200), (b"{}", 200), (b" " * (BODY_BYTES_MAX + 1), 200)])
async def test_a_lost_report_leaves_the_last_word_standing(lost: tuple[bytes, int]) -> None:
    """Old values with their old instant: the controller holds, then decays."""
    watch = await asked(Backend(), ManualClock(AtUs(5_000_000)), [(REPORT, 200), lost])
    assert [health.at for health in watch.latest()] == [5_000_000]
    assert watch.lost == 1


async def test_a_back_end_that_is_not_there_is_no_error_of_ours() -> None:
    """The door opens before the back end is up, and outlives it."""
    watch = HealthWatch("http://127.0.0.1:9/health", ManualClock())
    async with aiohttp.ClientSession() as session:
        await watch.ask(session)
    assert (watch.latest(), watch.lost) == ((), 1)


def test_a_report_of_another_shape_is_refused() -> None:
    """Half a report is none."""
    with pytest.raises(msgspec.DecodeError):
        read_report(b'{"dependencies":[{"dependency":"sign_in"}]}', at=AtUs(0))
