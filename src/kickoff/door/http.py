"""The way to the back end's sign-in: one HTTP client, one call for each `Forward`, every ending is an outcome."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

import aiohttp
import msgspec
from msgspec import Struct

from kickoff.clock import Clock
from kickoff.door.departures import Departures
from kickoff.door.seam import Forward, Reply, SignInAnswer, SignInOutcome
from kickoff.units import US_PER_MS, US_PER_S

DEADLINE_HEADER = "X-Kickoff-Deadline"
NO_DEADLINE_S = 120.0
"""With the door open to all nobody says how long to wait; browsers give up about here."""
ANSWER_BYTES_MAX = 16_384


class _Accepted(Struct, frozen=True, kw_only=True):
    account: int
    offer: str
    streams_max: int


class _Refused(Struct, frozen=True, kw_only=True):
    code: Literal["wrong_password", "unknown_account"]


class SignIns:
    """Carries sign-ins to the back end at `base`. Close it at the end."""

    def __init__(self, base: str, *, clock: Clock, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._url = f"{base}/v1/sessions"
        self._clock = clock
        self._sleep = sleep
        self._departures = Departures()
        # The permit bounds the calls in hand; with the door open to all nothing does, which is the point of that night.
        self._client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def carry(self, forward: Forward) -> Reply:
        """Make the call; `finish` is called exactly once, whatever happens."""
        began = self._clock.now()
        try:
            answer = await self._ask(forward, began)
        except TimeoutError:
            answer = SignInAnswer(outcome=SignInOutcome.TIMEOUT, duration_ms=self._since_ms(began))
        except (aiohttp.ClientError, OSError, msgspec.DecodeError):
            answer = SignInAnswer(outcome=SignInOutcome.ERROR, duration_ms=self._since_ms(began))
        except asyncio.CancelledError:
            # The client hung up, or the door stops: to the person it is an answer that never came.
            gone = SignInAnswer(outcome=SignInOutcome.TIMEOUT, duration_ms=self._since_ms(began))
            forward.finish(gone, self._clock.now())
            raise
        return forward.finish(answer, self._clock.now())

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _ask(self, forward: Forward, began: int) -> SignInAnswer:
        deadline = forward.deadline_us
        # Without a deadline the door is open to all, and hands on as a naive service would.
        if deadline is not None and (wait_us := self._departures.wait_us(began)):
            await self._sleep(wait_us / US_PER_S)
        headers = {} if deadline is None else {DEADLINE_HEADER: str(deadline)}
        total_s = NO_DEADLINE_S if deadline is None else max(0.05, (deadline - self._clock.now()) / US_PER_S)
        body = {"login": forward.login, "password": forward.password}
        timeout = aiohttp.ClientTimeout(total=total_s)
        self._departures.leave()
        left = self._clock.now()
        try:
            async with self._client.post(self._url, json=body, headers=headers, timeout=timeout) as response:
                raw = await response.content.read(ANSWER_BYTES_MAX)
                return self._understood(response.status, raw, self._since_ms(began))
        finally:
            now = self._clock.now()
            self._departures.come_back(now, now - left)

    def _understood(self, status: int, raw: bytes, duration_ms: int) -> SignInAnswer:
        if status == 200:
            accepted = msgspec.json.decode(raw, type=_Accepted)
            return SignInAnswer(
                outcome=SignInOutcome.OK,
                duration_ms=duration_ms,
                account=accepted.account,
                offer=accepted.offer,
                streams_max=accepted.streams_max,
            )
        if status == 401:
            refused = msgspec.json.decode(raw, type=_Refused)
            return SignInAnswer(outcome=SignInOutcome(refused.code), duration_ms=duration_ms)
        outcome = SignInOutcome.OVERLOADED if status in {429, 503} else SignInOutcome.ERROR
        return SignInAnswer(outcome=outcome, duration_ms=duration_ms)

    def _since_ms(self, began: int) -> int:
        return (self._clock.now() - began) // US_PER_MS
