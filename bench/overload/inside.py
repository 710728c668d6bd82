"""Those inside: they fetch playlists, beat, and change the channel, while ten times too many want in.

A call fails as a person sees it: no answer within `CALL_S`, or another one than 200, and the player's own second try
the same.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from bench.overload.servers import NIGHT
from kickoff.accounts.sessions import SESSION_PURPOSE, session_claims
from kickoff.playback.tokens import ISSUER, PlaybackClaims, Signer
from kickoff.plumbing.key_files import Keys
from kickoff.seals import Seals, account_subject

VIEWERS = 40
CALL_S = 2.0
AGAIN_S = 0.5
PLAYLIST_EVERY_S = 2.0
BEAT_EVERY_S = 5.0
SWITCH_EVERY_S = 15.0
CHANNELS = ("canal-plus", "canal-plus-foot")
FIRST_ACCOUNT = 10_000_000


class Viewer(Struct, frozen=True, kw_only=True):
    """One who watches. `lease`: empty where there is no door."""

    number: int
    playback_token: str
    lease: str = ""


class Inside:
    """The viewers and what they met. `door`: the port of a door that lets them in, where there is one."""

    def __init__(self, client: aiohttp.ClientSession, keys: Keys, *, backend: int, door: int | None) -> None:
        self._client = client
        self._keys = keys
        self._live = f"http://127.0.0.1:{backend}"
        self._door = None if door is None else f"http://127.0.0.1:{door}/v1/{NIGHT}"
        self._now = int(time.time())
        self._seals = Seals(keys.seals)
        self._signer = Signer(keys.signing[0].id, keys.signing[0].seed)
        self._viewers: list[Viewer] = []
        self.calls = 0
        self.failures: Counter[str] = Counter()

    async def come_in(self) -> None:
        """Before anybody else comes: through the line like all others, with a session from last month."""
        self._viewers = await asyncio.gather(*(self._entered(number) for number in range(VIEWERS)))

    async def _entered(self, number: int) -> Viewer:
        if self._door is None:
            return Viewer(number=number, playback_token=self._playback_token(number))
        claims = session_claims(FIRST_ACCOUNT + number, "sport", 2, at_us=self._now * 1_000_000)
        headers = {"Authorization": f"Bearer {self._seals.seal(SESSION_PURPOSE, claims)}"}
        ticket = await self._granted(f"{self._door}/tickets", {"client": {"device": "tv"}}, headers)
        redeemed = await self._granted(f"{self._door}/passes", {"ticket": ticket["ticket"]}, headers)
        wish = {"pass": redeemed["pass"], "channel": CHANNELS[0]}
        lease = await self._granted(f"{self._door}/leases", wish, headers)
        return Viewer(number=number, playback_token=lease["playback_token"], lease=lease["lease"])

    async def _granted(self, url: str, body: dict[str, object], headers: dict[str, str]) -> dict[str, Any]:
        """The answer, once it is this person's turn."""
        while True:
            async with self._client.post(url, json=body, headers=headers) as response:
                raw = await response.read()
            if response.status in {200, 201}:
                answer: dict[str, Any] = msgspec.json.decode(raw)
                return answer
            if response.status != 429:
                raise RuntimeError(f"{url}: {response.status} {raw[:200]!r}")
            await asyncio.sleep(AGAIN_S)

    async def watch(self) -> None:
        """All of them, until cancelled."""
        await asyncio.gather(*(self._watch(viewer) for viewer in self._viewers))

    async def _watch(self, viewer: Viewer) -> None:
        draw = random.Random(viewer.number)
        acts = [self._each(PLAYLIST_EVERY_S, draw, lambda: self._playlist(viewer.playback_token))]
        if viewer.lease:
            acts.append(self._each(BEAT_EVERY_S, draw, lambda: self._beat(viewer.lease)))
            acts.append(self._each(SWITCH_EVERY_S, draw, lambda: self._switch(viewer.lease, draw.choice(CHANNELS))))
        await asyncio.gather(*acts)

    async def _each(self, every_s: float, draw: random.Random, act: Callable[[], Awaitable[str]]) -> None:
        await asyncio.sleep(draw.uniform(0, every_s))
        while True:
            began = time.monotonic()
            self.calls += 1
            failed = await act()
            if failed:
                await asyncio.sleep(AGAIN_S)
                failed = await act()
            if failed:
                self.failures[failed] += 1
            await asyncio.sleep(max(0.0, began + every_s - time.monotonic()))

    async def _playlist(self, token: str) -> str:
        live = f"{self._live}/live/north/{token}/{CHANNELS[0]}"
        return await self._call("GET", f"{live}/master.m3u8", None, name="playlist")

    async def _beat(self, lease: str) -> str:
        body = {"sta": "p", "watched_ms": round(BEAT_EVERY_S * 1000), "stalled_ms": 0}
        return await self._call("POST", f"{self._door}/leases/{lease}/beats", body, name="beat")

    async def _switch(self, lease: str, channel: str) -> str:
        return await self._call("PUT", f"{self._door}/leases/{lease}", {"channel": channel}, name="switch")

    async def _call(self, method: str, url: str, body: dict[str, object] | None, *, name: str) -> str:
        """Empty where it went well, else what failed."""
        timeout = aiohttp.ClientTimeout(total=CALL_S)
        try:
            async with self._client.request(method, url, json=body, timeout=timeout) as response:
                await response.read()
        except TimeoutError:
            return f"{name} late"
        except aiohttp.ClientError as error:
            return f"{name} {type(error).__name__}"
        return "" if response.status == 200 else f"{name} {response.status}"

    def _playback_token(self, number: int) -> str:
        return self._signer.sign(
            PlaybackClaims(
                iss=ISSUER,
                sub=str(self._subject(number)),
                night=NIGHT,
                channels=CHANNELS,
                stream=number + 1,
                iat=self._now,
                exp=self._now + 3600,
            )
        )

    def _subject(self, number: int) -> int:
        return account_subject(self._keys.subject_key, FIRST_ACCOUNT + number)


class Dropped:
    """Asks the back end each second how much of its work it dropped, because nobody waited for it any more."""

    def __init__(self, client: aiohttp.ClientSession, backend: int) -> None:
        self._client = client
        self._url = f"http://127.0.0.1:{backend}/health"
        self.sign_ins = 0
        self.queue_ms_max = 0.0

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(1.0)
            try:
                async with self._client.get(self._url) as response:
                    report = msgspec.json.decode(await response.read())
            except (TimeoutError, aiohttp.ClientError):
                continue
            for one in report["dependencies"]:
                if one["dependency"] == "sign_in":
                    self.sign_ins += one["errors"]
                    self.queue_ms_max = max(self.queue_ms_max, one["queue_ms"])
