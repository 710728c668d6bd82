"""How do simulated people reach the servers? Over real HTTP/1.1 on keep-alive connections, on this machine only.

One aiohttp pool for each `Server`, each with a bound.

    NotLoopback    raised for an address that is not this machine's own; whoever started the crowd gives another
"""

import ipaddress
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Self
from urllib.parse import urlsplit

import aiohttp

from kickoff.crowd.acts import Answer, Ask, Server

CONNECTIONS_MAX = MappingProxyType({Server.DOOR: 256, Server.SIGN_IN: 2048, Server.BACKEND: 256})
"""Sign-ins have a pool of their own, and a large one: in truth each viewer has a connection of their own, and a slow
sign-in must neither hold up a beat nor be kept from the servers by the crowd's bound."""
KEEP_ALIVE_S = 15.0
RETRY_AFTER_MAX_S = 120.0
_DEVICE_COOKIE = "kickoff_device="


class NotLoopback(Exception):
    """The crowd plays against this machine and nobody else's."""


class Servers:
    """The door and the back end as people reach them. An asynchronous context manager: it closes its connections."""

    __slots__ = ("_door", "_now_s", "_pools")

    def __init__(self, door: str, now_s: Callable[[], float]) -> None:
        """`door`: its origin, `http://127.0.0.1:8080`; `now_s`: seconds of the night. Raises `NotLoopback`."""
        check_loopback(urlsplit(door).hostname or "")
        self._door = door.rstrip("/")
        self._now_s = now_s
        self._pools: dict[Server, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        self._pools = {
            server: aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=limit, keepalive_timeout=KEEP_ALIVE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            )
            for server, limit in CONNECTIONS_MAX.items()
        }
        return self

    async def __aexit__(self, *_: object) -> None:
        for pool in self._pools.values():
            await pool.close()

    async def ask(self, ask: Ask) -> Answer:
        """Make one request and read the whole answer. Raises `NotLoopback`; whatever else fails is an answer too."""
        url = ask.url
        if ask.server is Server.BACKEND:
            check_loopback(urlsplit(url).hostname or "")
        else:
            url = self._door + url
        try:
            # Nobody is led elsewhere by a redirect.
            async with self._pools[ask.server].request(
                ask.method,
                url,
                data=ask.body or None,
                headers=ask.headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=ask.patience_s),
            ) as response:
                body = await response.read()
                return Answer(
                    at_s=self._now_s(),
                    status=response.status,
                    body=body,
                    retry_after_s=retry_after_s(response.headers),
                    device=device_of(response.headers),
                )
        except TimeoutError:
            return Answer(at_s=self._now_s(), late=True)
        except (aiohttp.ClientError, OSError):
            return Answer(at_s=self._now_s())


@lru_cache(maxsize=64)
def check_loopback(host: str) -> None:
    """Raise `NotLoopback` for any host but this machine's loopback addresses and `localhost`."""
    if host == "localhost":
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise NotLoopback(f"{host or 'no host'}: the crowd only plays against this machine; give http://127.0.0.1:PORT")


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Seconds of Retry-After, bounded; 0 without one. Dates are not used by the door and count as none."""
    text = headers.get("Retry-After", "")
    return min(float(text), RETRY_AFTER_MAX_S) if text.isascii() and text.isdigit() else 0.0


def device_of(headers: Mapping[str, str]) -> str:
    """The device token that the door set, or ""."""
    cookie = headers.get("Set-Cookie", "")
    return cookie.removeprefix(_DEVICE_COOKIE).split(";", 1)[0] if cookie.startswith(_DEVICE_COOKIE) else ""
