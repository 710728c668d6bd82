"""How does the console speak with the door? Two signed paths, look at the house and operate it; and what all may read.

DoorSilent     the door did not answer, or not in time: the console says since when
ActRefused     the door answered no; its words are for the operator
"""

from typing import Any

import aiohttp
import msgspec

from kickoff.accounts.sessions import OPERATOR_PURPOSE, OperatorClaims
from kickoff.clock import Clock
from kickoff.console.acts import Value
from kickoff.console.house import HouseNow
from kickoff.console.publishing import Told
from kickoff.seals import Seals
from kickoff.units import US_PER_S

ANSWER_WITHIN_S = 2.0
TOKEN_S = 60
BODY_BYTES_MAX = 262_144


class DoorSilent(Exception):
    """No answer, or none that can be read."""


class ActRefused(Exception):
    """The door did not do it, and said why."""


class DoorLink:
    """The door of one night, at an address such as `http://127.0.0.1:8080`."""

    def __init__(self, address: str, *, night: str, seals: Seals, clock: Clock) -> None:
        self._base = f"{address}/v1/{night}"
        self._seals = seals
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def look(self) -> HouseNow:
        """The house now. Raises `DoorSilent`."""
        status, body = await self._call("GET", "house", by="console")
        if status != 200:
            raise DoorSilent(f"the door answers {status}")
        try:
            return msgspec.json.decode(body, type=HouseNow)
        except msgspec.DecodeError as error:
            raise DoorSilent(f"the door says what we cannot read: {error}") from error

    async def told(self) -> Told:
        """What the door tells everybody: the notice and the incident that stand. Raises `DoorSilent`."""
        status, body = await self._call("GET", "status", by="console")
        if status != 200:
            raise DoorSilent(f"the door answers {status}")
        try:
            return msgspec.json.decode(body, type=Told)
        except msgspec.DecodeError as error:
            raise DoorSilent(f"the door says what we cannot read: {error}") from error

    async def act(self, act: str, value: Value | str | dict[str, str], *, by: str) -> None:
        """Do one of the door's acts.

        Pause, resume, cap (people a second), pin (seconds), drain (whether), lanes (lane → share), notice (language →
        words), incident (its name); None for none.

        Raises `DoorSilent` or `ActRefused`.
        """
        document = msgspec.json.encode({"act": act, "value": value, "by": by})
        status, body = await self._call("POST", "operator", by=by, document=document)
        if status != 200:
            raise ActRefused(_words(body) or f"the door answers {status}")

    async def close(self) -> None:
        """End the connections."""
        if self._session is not None:
            await self._session.close()

    async def _call(self, method: str, path: str, *, by: str, document: bytes | None = None) -> tuple[int, bytes]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_S))
        claims = OperatorClaims(name=by, expires_at=self._clock.now() + TOKEN_S * US_PER_S)
        headers = {
            "authorization": f"Bearer {self._seals.seal(OPERATOR_PURPOSE, claims)}",
            "content-type": "application/json",
        }
        try:
            async with self._session.request(method, f"{self._base}/{path}", data=document, headers=headers) as answer:
                return answer.status, await answer.content.read(BODY_BYTES_MAX)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise DoorSilent(str(error) or "no answer in time") from error


def _words(body: bytes) -> str:
    """What a problem document says."""
    try:
        problem: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ""
    return str(problem.get("detail") or problem.get("title") or "") if isinstance(problem, dict) else ""
