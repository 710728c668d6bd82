"""How people reach the servers: on this machine only, and whatever fails is an answer."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from kickoff.crowd.acts import Answer, Ask, Server
from kickoff.crowd.http import NotLoopback, Servers, check_loopback, device_of, retry_after_s

NOW_S = 12.5


@pytest.fixture
async def origin() -> AsyncIterator[str]:
    """A server that echoes, refuses, redirects elsewhere, or never answers."""

    async def echo(request: web.Request) -> web.Response:
        words = f"{request.method} {request.headers.get('X-Kickoff-Device', '')} ".encode() + await request.read()
        return web.Response(body=words, headers={"Set-Cookie": "kickoff_device=dev; HttpOnly; SameSite=Lax"})

    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "7"})

    async def elsewhere(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://192.0.2.1/"})

    async def never(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    application = web.Application()
    application.add_routes(
        [web.post("/echo", echo), web.get("/no", refuse), web.get("/away", elsewhere), web.get("/never", never)]
    )
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def answer_to(origin: str, method: str, path: str, **rest: object) -> Answer:
    """One request to the door at `origin`."""
    async with Servers(origin, lambda: NOW_S) as servers:
        return await servers.ask(Ask(server=Server.DOOR, method=method, url=path, **rest))  # type: ignore[arg-type]


async def test_a_request_goes_out_whole_and_its_answer_comes_back(origin: str) -> None:
    """Method, headers and body; status, body, device and the time of the night."""
    got = await answer_to(origin, "POST", "/echo", body=b"hello", headers=(("X-Kickoff-Device", "d"),))
    assert got == Answer(at_s=NOW_S, status=200, body=b"POST d hello", device="dev")


async def test_a_refusal_says_when_to_come_back(origin: str) -> None:
    """Retry-After in whole seconds, as the door writes it."""
    got = await answer_to(origin, "GET", "/no")
    assert (got.status, got.retry_after_s, got.is_good) == (429, 7.0, False)


async def test_nobody_is_led_elsewhere(origin: str) -> None:
    """A redirect is an answer like any other: it is not followed off this machine."""
    assert (await answer_to(origin, "GET", "/away")).status == 302


async def test_no_answer_in_time_is_late_and_no_server_is_not(origin: str) -> None:
    """A person who waited in vain and one who met nobody report different things."""
    late = await answer_to(origin, "GET", "/never", patience_s=0.05)
    assert (late.status, late.late) == (0, True)
    nobody = await answer_to("http://127.0.0.1:9", "GET", "/")
    assert (nobody.status, nobody.late) == (0, False)


async def test_a_playlist_elsewhere_is_refused(origin: str) -> None:
    """Also where the door itself should name such an address."""
    async with Servers(origin, lambda: NOW_S) as servers:
        with pytest.raises(NotLoopback, match="the crowd only plays against this machine"):
            await servers.ask(Ask(server=Server.BACKEND, method="GET", url="http://192.0.2.1/live/x"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_this_machine_is_allowed(host: str) -> None:
    """Every loopback address is this machine."""
    check_loopback(host)


@pytest.mark.parametrize("host", ["", "example.com", "192.0.2.1", "0.0.0.0", "localhost.example.com", "10.0.0.1"])
def test_everywhere_else_is_refused(host: str) -> None:
    """Thousands of simulated viewers are an attack on anybody who did not ask for them."""
    with pytest.raises(NotLoopback):
        check_loopback(host)


@pytest.mark.parametrize(
    ("text", "seconds"), [("7", 7.0), ("100000", 120.0), ("", 0.0), ("soon", 0.0), ("²", 0.0), ("-1", 0.0)]
)
def test_retry_after_is_bounded_and_never_guessed(text: str, seconds: float) -> None:
    """What cannot be read counts as not said."""
    assert retry_after_s({"Retry-After": text}) == seconds


def test_other_cookies_are_not_taken_for_a_device() -> None:
    """A session cookie is no device token."""
    assert device_of({"Set-Cookie": "kickoff_session=x; Path=/"}) == ""
