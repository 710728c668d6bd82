"""The way to the back end: every ending is an outcome, and each forward is finished exactly once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from kickoff.clock import WallClock
from kickoff.door.departures import EVERY_US
from kickoff.door.http import DEADLINE_HEADER, SignIns
from kickoff.door.seam import Forward, Reply, SignInAnswer, SignInOutcome
from kickoff.units import US_PER_S

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Desk:
    """A back end that answers as it is told, and what was finished with it."""

    def __init__(self, server: TestServer) -> None:
        self.server = server
        self.handler: Handler = never
        self.heard: list[web.Request] = []
        self.came = asyncio.Event()
        self.finished: list[SignInAnswer] = []
        self.waited_s: list[float] = []
        self.waiting = asyncio.Event()
        self.interval_ends = asyncio.Event()
        self.interval_ends.set()
        self.sign_ins = SignIns(str(server.make_url("")).rstrip("/"), clock=WallClock(), sleep=self._wait)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer as told."""
        self.heard.append(request)
        self.came.set()
        return await self.handler(request)

    def forward(self, within_s: float | None = 5.0) -> Forward:
        """A sign-in to be carried."""
        deadline = None if within_s is None else WallClock().now() + round(within_s * US_PER_S)
        return Forward(login="l", password="p", deadline_us=deadline, finish=self._finish)

    async def _wait(self, seconds: float) -> None:
        self.waited_s.append(seconds)
        self.waiting.set()
        await self.interval_ends.wait()

    def _finish(self, answer: SignInAnswer, now_us: int) -> Reply:
        assert now_us > 0
        self.finished.append(answer)
        return Reply(status=200)


async def never(request: web.Request) -> web.StreamResponse:
    """No answer."""
    await asyncio.Event().wait()
    return web.Response(text=request.path)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A back end on a port of the system's choice."""
    application = web.Application()
    server = TestServer(application)
    held: list[Desk] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        return await held[0].answer(request)

    application.router.add_post("/v1/sessions", handle)
    await server.start_server()
    held.append(Desk(server))
    yield held[0]
    await held[0].sign_ins.close()
    await server.close()


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"account": 7, "offer": "sport", "streams_max": 2}, SignInOutcome.OK),
        (401, {"code": "wrong_password"}, SignInOutcome.WRONG_PASSWORD),
        (401, {"code": "unknown_account"}, SignInOutcome.UNKNOWN_ACCOUNT),
        (503, {"code": "deadline"}, SignInOutcome.OVERLOADED),
        (429, {}, SignInOutcome.OVERLOADED),
        (500, {}, SignInOutcome.ERROR),
        (200, {"nonsense": 1}, SignInOutcome.ERROR),
        (401, {"code": "else"}, SignInOutcome.ERROR),
    ],
)
async def test_each_answer_is_an_outcome(
    desk: Desk, status: int, body: dict[str, object], outcome: SignInOutcome
) -> None:
    """What the permit learns from and the journal records."""

    async def answer(request: web.Request) -> web.StreamResponse:
        assert await request.json() == {"login": "l", "password": "p"}
        return web.json_response(body, status=status)

    desk.handler = answer
    await desk.sign_ins.carry(desk.forward())
    [finished] = desk.finished
    assert finished.outcome is outcome
    assert (finished.account, finished.offer) == ((7, "sport") if outcome is SignInOutcome.OK else (0, ""))
    assert int(desk.heard[0].headers[DEADLINE_HEADER]) > 0


async def test_what_does_not_answer_in_time_is_given_up(desk: Desk) -> None:
    """The viewer is told in time; the back end was told by when."""
    await desk.sign_ins.carry(desk.forward(within_s=0.05))
    assert [finished.outcome for finished in desk.finished] == [SignInOutcome.TIMEOUT]


async def test_a_back_end_that_is_gone_is_an_outcome_too(desk: Desk) -> None:
    """No failure path ends without words."""
    await desk.server.close()
    await desk.sign_ins.carry(desk.forward())
    assert [finished.outcome for finished in desk.finished] == [SignInOutcome.ERROR]


async def test_a_cancelled_call_gives_its_permit_back(desk: Desk) -> None:
    """What is taken must be finished, also when the process stops."""
    task = asyncio.create_task(desk.sign_ins.carry(desk.forward()))
    await asyncio.wait_for(desk.came.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [finished.outcome for finished in desk.finished] == [SignInOutcome.TIMEOUT]


async def test_with_the_door_open_no_deadline_is_said(desk: Desk) -> None:
    """As naive services do."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"account": 1, "offer": "sport", "streams_max": 1})

    desk.handler = answer
    await desk.sign_ins.carry(desk.forward(within_s=None))
    assert DEADLINE_HEADER not in desk.heard[0].headers


async def test_those_who_would_stand_in_line_there_wait_for_each_other(desk: Desk) -> None:
    """Two are at the back end and none comes back: the third leaves with whoever comes in its tenth of a second."""
    tasks = []
    for _ in range(3):
        desk.came.clear()
        tasks.append(asyncio.create_task(desk.sign_ins.carry(desk.forward())))
        await asyncio.wait_for(desk.came.wait(), 10)
    [waited_s] = desk.waited_s
    assert 0 < waited_s <= EVERY_US / US_PER_S
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert len(desk.finished) == 3


async def test_with_the_door_open_nobody_waits_for_others(desk: Desk) -> None:
    """That night is played as a naive service would."""
    tasks = []
    for _ in range(3):
        desk.came.clear()
        tasks.append(asyncio.create_task(desk.sign_ins.carry(desk.forward(within_s=None))))
        await asyncio.wait_for(desk.came.wait(), 10)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert not desk.waited_s


async def test_who_hangs_up_while_waiting_for_others_gives_the_permit_back(desk: Desk) -> None:
    """And the back end never hears of them."""
    desk.interval_ends.clear()
    tasks = [asyncio.create_task(desk.sign_ins.carry(desk.forward())) for _ in range(3)]
    await asyncio.wait_for(desk.waiting.wait(), 10)
    tasks[2].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[2]
    assert [finished.outcome for finished in desk.finished] == [SignInOutcome.TIMEOUT]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert len(desk.finished) == 3
    assert len(desk.heard) <= 2
