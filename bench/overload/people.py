"""Those who come, over real HTTP: ten times as many a second as the back end carries, none of whom waits for ever.

Straight to a front, a person signs in once and goes away when refused or too late, so that what is offered is exactly
ten times the capacity. Through Kickoff's door the same people join the line, come when called, sign in, take a stream
and stay; who is told that sign-in is busy comes again when told to.
"""

import asyncio
import bisect
import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import aiohttp
import msgspec

from bench.overload.servers import NIGHT
from kickoff.accounts.roster import PASSWORD, login_of

DEADLINE_S = 5.0
"""An answer to a sign-in that comes later helps nobody: the person has asked again or left."""
ACCOUNTS = 20_000
POLL_S = (2.0, 4.0)
DEADLINE_HEADER = "X-Kickoff-Deadline"
SIGN_IN = "sign-in"


class Tally:
    """What became of the sign-ins of a run."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.good_s: list[float] = []
        self.late_s: list[float] = []
        self.outcomes: Counter[str] = Counter()

    def now_s(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.began

    def good(self) -> None:
        """A sign-in was answered OK in time."""
        self.good_s.append(self.now_s())
        self.outcomes["ok"] += 1

    def late(self, name: str) -> None:
        """A sign-in was not answered within `DEADLINE_S`."""
        self.late_s.append(self.now_s())
        self.outcomes[name] += 1


Person = Callable[[int], Coroutine[Any, Any, None]]


async def arrive(person: Person, *, per_s: float, length_s: float, seed: int) -> None:
    """People come at random (Poisson), whatever becomes of those before them; with the last of them all go."""
    draw, started, at = random.Random(seed), time.monotonic(), 0.0
    inside: set[asyncio.Task[None]] = set()
    for number in itertools.count():
        at += draw.expovariate(per_s)
        if at > length_s:
            break
        ahead_s = started + at - time.monotonic()
        if ahead_s > 0:
            await asyncio.sleep(ahead_s)
        task = asyncio.ensure_future(person(number))
        inside.add(task)
        task.add_done_callback(inside.discard)
    for task in tuple(inside):
        task.cancel()
    await asyncio.gather(*inside, return_exceptions=True)


class Straight:
    """People who sign in at an address with nothing but a front before it. `told`: they say until when they wait."""

    def __init__(self, client: aiohttp.ClientSession, port: int, tally: Tally, *, told: bool = False) -> None:
        self._client = client
        self._url = f"http://127.0.0.1:{port}/v1/sessions"
        self._tally = tally
        self._told = told

    async def come(self, number: int) -> None:
        """One person."""
        body = {"login": login_of(1 + number % ACCOUNTS), "password": PASSWORD}
        headers = {DEADLINE_HEADER: str(time.time_ns() // 1000 + round(DEADLINE_S * 1e6))} if self._told else {}
        try:
            async with self._client.post(self._url, json=body, headers=headers) as response:
                await response.read()
        except TimeoutError:
            self._tally.late("late")
        except aiohttp.ClientError as error:
            self._tally.outcomes[type(error).__name__] += 1
        else:
            if response.status == 200:
                self._tally.good()
            else:
                self._tally.outcomes[str(response.status)] += 1


class Line:
    """People who come through Kickoff's door."""

    def __init__(self, client: aiohttp.ClientSession, port: int, tally: Tally, *, seed: int) -> None:
        self._client = client
        self._night = f"http://127.0.0.1:{port}/v1/{NIGHT}"
        self._sessions = f"http://127.0.0.1:{port}/v1/sessions"
        self._tally = tally
        self._draw = random.Random(seed)
        self._serving = 0
        self._waiting: list[tuple[int, asyncio.Event]] = []

    async def watch_status(self) -> None:
        """As a delivery node does for all who wait: the status once a second, and whoever is called is told by it."""
        while True:
            # A status that does not come is asked for again, as by a delivery node that shows the old one meanwhile.
            with suppress(TimeoutError, aiohttp.ClientError):
                async with self._client.get(f"{self._night}/status") as response:
                    status = msgspec.json.decode(await response.read())
                self._serving = status["lanes"]["main"]["serving"]
            upto = bisect.bisect_right(self._waiting, self._serving, key=lambda waiting: waiting[0])
            called, self._waiting = self._waiting[:upto], self._waiting[upto:]
            for _, event in called:
                event.set()
            await asyncio.sleep(1.0)

    async def come(self, number: int) -> None:
        """One person: join, wait, redeem, sign in, take a stream, say that it plays."""
        ticket = await self._said("POST", f"{self._night}/tickets", {"client": {"device": "tv"}}, expect=(200, 201))
        if ticket is None:
            return
        await self._turn(ticket["place"])
        # Each reads the status at a time of its own, and answers a moment later.
        await asyncio.sleep(self._draw.uniform(0.0, self._draw.uniform(*POLL_S)))
        redeemed = await self._patiently(f"{self._night}/passes", {"ticket": ticket["ticket"]}, name="pass")
        if redeemed is None:
            return
        body = {
            "night": NIGHT,
            "pass": redeemed["pass"],
            "login": login_of(1 + number % ACCOUNTS),
            "password": PASSWORD,
        }
        session = await self._patiently(self._sessions, body, name=SIGN_IN)
        if session is None:
            return
        self._tally.good()
        await self._watch(redeemed["pass"], session)

    async def _turn(self, place: int) -> None:
        if place <= self._serving:
            return
        event = asyncio.Event()
        bisect.insort(self._waiting, (place, event), key=lambda waiting: waiting[0])
        await event.wait()

    async def _watch(self, token: str, session: dict[str, Any]) -> None:
        headers = {"Authorization": f"Bearer {session['session']}"}
        body = {"pass": token, "channel": session["channels"][0]}
        lease = await self._said("POST", f"{self._night}/leases", body, headers=headers, expect=(201,))
        if lease is None:
            return
        watched_ms = 0
        while True:
            beat = {"sta": "p", "watched_ms": watched_ms, "stalled_ms": 0, "msd": 500}
            said = await self._said("POST", f"{self._night}/leases/{lease['lease']}/beats", beat, expect=(200,))
            if said is None:
                return
            watched_ms = round(said["next_s"] * 1000)
            await asyncio.sleep(said["next_s"])

    async def _patiently(self, url: str, body: dict[str, object], *, name: str) -> dict[str, Any] | None:
        """Ask; when told to come back, come back then, with what one has."""
        while True:
            try:
                async with self._client.post(url, json=body) as response:
                    raw = await response.read()
            except TimeoutError:
                if name == SIGN_IN:
                    self._tally.late(f"{name} late")
                else:
                    self._tally.outcomes[f"{name} late"] += 1
                continue
            except aiohttp.ClientError as error:
                self._tally.outcomes[type(error).__name__] += 1
                return None
            if response.status == 201:
                answer: dict[str, Any] = msgspec.json.decode(raw)
                return answer
            self._tally.outcomes[f"{name} {response.status}"] += 1
            if response.status not in {429, 503}:
                return None
            again_s = float(response.headers.get("Retry-After", "2"))
            await asyncio.sleep(again_s * self._draw.uniform(0.9, 1.1))

    async def _said(
        self,
        method: str,
        url: str,
        body: dict[str, object],
        *,
        expect: tuple[int, ...],
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any] | None:
        try:
            async with self._client.request(method, url, json=body, headers=headers) as response:
                raw = await response.read()
        except (TimeoutError, aiohttp.ClientError) as error:
            self._tally.outcomes[f"{url.rpartition('/')[2]} {type(error).__name__}"] += 1
            return None
        if response.status not in expect:
            self._tally.outcomes[f"{url.rpartition('/')[2]} {response.status}"] += 1
            return None
        answer: dict[str, Any] = msgspec.json.decode(raw)
        return answer


async def steady(client: aiohttp.ClientSession, port: int, *, in_hand: int, length_s: float) -> float:
    """Sign-ins a second in a closed loop: so many in hand, the next when one is answered."""
    url, numbers = f"http://127.0.0.1:{port}/v1/sessions", itertools.count(1)
    until = time.monotonic() + length_s

    async def caller() -> int:
        count = 0
        while time.monotonic() < until:
            body = {"login": login_of(next(numbers) % ACCOUNTS + 1), "password": PASSWORD}
            async with client.post(url, json=body) as response:
                await response.read()
                count += response.status == 200 and time.monotonic() <= until
        return count

    return sum(await asyncio.gather(*(caller() for _ in range(in_hand)))) / length_s
