"""One Valkey or Redis, alone or a Cluster: asked by scripts, and waited for while another node takes over.

Every call is one script on the node that holds its key. What passes (a lost connection, a node that loads, a slot that
moves, a Cluster without a primary for a moment) is tried again until the call's time is over: scripts must be such that
being run twice does no harm.

A call goes over a wire of our own to the node of its key (`valkey_wire.py`): a third of the library's processor time.
Where that fails, and before it is laid, it goes the library's way, which knows the Cluster; then the wire is laid anew,
to the node that the library found. Over TLS all goes the library's way.

ValkeyError        the root
├── ValkeyUrlError    the address cannot be used: whoever wrote the setting mends it
└── ValkeyLost        nobody answered in time; nothing is known of what was asked
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Sequence
from typing import Any
from urllib.parse import urlsplit

from redis import exceptions
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from kickoff.plumbing.valkey_wire import ANSWER_WITHIN_S, CONNECT_WITHIN_S, Wire, WireError, wired

SCHEMES = {"redis": False, "valkey": False, "rediss": True, "valkeys": True}
"""scheme → whether it is spoken over TLS."""
PORT = 6379
TRY_AGAIN_S = 0.1
CALL_WITHIN_S = 6.0
"""A Cluster whose `cluster-node-timeout` is 1.5 s has a new primary within 4 s."""
_PASSING = (exceptions.RedisError, OSError, RuntimeError)
"""Tried again, but for mistakes in what was asked (`ResponseError`), which would be made as often.

A `RuntimeError` is how uvloop says that the transport was closed beneath a write: seen when a primary is killed.
"""


class ValkeyError(Exception):
    """Valkey cannot be used."""


class ValkeyUrlError(ValkeyError):
    """The address says nothing that can be connected to."""


class ValkeyLost(ValkeyError):
    """No answer in time. The caller keeps what it has and says so."""


class Valkey:
    """A client. `open` it, close it at the end."""

    def __init__(self, url: str, *, within_s: float = CALL_WITHIN_S) -> None:
        """`url`: `valkey://[user:password@]host:port[,host:port…]`; of a Cluster any of its nodes."""
        self._nodes, self._options = parsed(url)
        self._within_s = within_s
        self._client: Redis | RedisCluster | None = None
        self._node = self._nodes[0]
        self._known: dict[str, str] = {}
        self._wires: dict[tuple[str, int], Wire] = {}
        """By their nodes."""
        self._wire_of: dict[str, Wire] = {}
        """By the keys that were asked for: a night has a dozen."""
        self._laying = asyncio.Lock()
        self.calls = 0
        """Scripts run, without those tried again."""
        self.tried_again = 0

    async def open(self) -> None:
        """Connect to the first node that answers, and learn whether it is one of a Cluster. Raises `ValkeyLost`."""
        last: Exception | None = None
        for host, port in self._nodes:
            client = Redis(host=host, port=port, **self._timing(), **self._options)
            try:
                about = await client.info("cluster")
            except (exceptions.RedisError, OSError) as error:
                last = error
                await client.aclose()
                continue
            if not int(about.get("cluster_enabled", 0)):
                self._client, self._node = client, (host, port)
                return
            await client.aclose()
            self._client = self._cluster()
            return
        raise ValkeyLost(f"{self.named}: {last}; start it or name another in KICKOFF_VALKEY_URL") from last

    @property
    def named(self) -> str:
        """The addresses, without a password."""
        return ", ".join(f"{host}:{port}" for host, port in self._nodes)

    async def call(self, script: str, key: str, arguments: Sequence[bytes | int | str]) -> Any:  # noqa: ANN401 - what it answers
        """Run a script on the node of `key`. Raises `ValkeyLost` when nobody answers in time."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._within_s
        self.calls += 1
        while True:
            try:
                return await self._run(script, key, arguments)
            except exceptions.ResponseError as error:
                # CLUSTERDOWN, MASTERDOWN and their like pass; a mistake in a script does not.
                if not str(error).startswith(_PASSING_WORDS) or loop.time() >= until:
                    raise ValkeyLost(f"{self.named}: {error}") from error
            except _PASSING as error:
                if loop.time() >= until:
                    raise ValkeyLost(f"{self.named}: {error}") from error
            self.tried_again += 1
            await asyncio.sleep(TRY_AGAIN_S)

    async def close(self) -> None:
        """Close the connections."""
        for wire in self._wires.values():
            wire.cut()
        if self._client is not None:
            with contextlib.suppress(exceptions.RedisError, OSError):
                await self._client.aclose()

    async def _run(self, script: str, key: str, arguments: Sequence[bytes | int | str]) -> Any:  # noqa: ANN401 - as `call`
        assert self._client is not None, "open it first"
        name = self._known.get(script) or self._named_script(script)
        wire = self._wire_of.get(key)
        if wire is not None:
            try:
                return await wire.ask("EVALSHA", name, 1, key, *arguments)
            except WireError:
                # Whatever it is, a script that is not there or a slot that has moved: the library is told the same.
                self._wire_of.pop(key, None)
        try:
            answer = await _awaited(self._client.evalsha(name, 1, key, *arguments))
        except exceptions.NoScriptError:
            # A node that has just taken over has not seen it yet.
            answer = await _awaited(self._client.eval(script, 1, key, *arguments))
        await self._lay(key)
        return answer

    async def _lay(self, key: str) -> None:
        """A wire to the node of the key, where there is none; without one the library's way goes on."""
        if "ssl" in self._options:
            return
        async with self._laying:
            with contextlib.suppress(WireError, exceptions.RedisError):
                node = self._node_of(key)
                wire = self._wires.get(node)
                if wire is None or wire.is_lost:
                    wire = self._wires[node] = await wired(*node, login=self._login())
                self._wire_of[key] = wire

    def _node_of(self, key: str) -> tuple[str, int]:
        if not isinstance(self._client, RedisCluster):
            return self._node
        node = self._client.get_node_from_key(key)
        assert node is not None, "a key that was served has its node"
        return str(node.host), int(node.port)

    def _login(self) -> tuple[str, ...]:
        login = self._options.get("username"), self._options.get("password")
        return tuple(word for word in login if word)

    def _named_script(self, script: str) -> str:
        # SHA-1 is how the server names a script; nothing is kept secret by it.
        name = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        self._known[script] = name
        return name

    def _cluster(self) -> RedisCluster:
        return RedisCluster(
            startup_nodes=[ClusterNode(host, port) for host, port in self._nodes],
            # While a primary is replaced its slots have nobody: the others are served on.
            require_full_coverage=False,
            **self._timing(),
            **self._options,
        )

    def _timing(self) -> dict[str, Any]:
        """Trying again is decided in one place, here: the client itself does not."""
        return {
            "socket_timeout": ANSWER_WITHIN_S,
            "socket_connect_timeout": CONNECT_WITHIN_S,
            "retry": Retry(NoBackoff(), 0),
        }


_PASSING_WORDS = ("CLUSTERDOWN", "Hash slot", "MASTERDOWN", "LOADING", "READONLY", "TRYAGAIN", "NOREPLICAS", "MOVED")


async def _awaited(answer: Awaitable[Any] | Any) -> Any:  # noqa: ANN401 - the client's types cover both of its kinds
    return await answer


def parsed(url: str) -> tuple[list[tuple[str, int]], dict[str, Any]]:
    """(nodes, options) of an address. Raises `ValkeyUrlError`."""
    scheme, mark, rest = url.partition("://")
    if not mark or scheme not in SCHEMES:
        raise ValkeyUrlError(f"{url!r}: write valkey://HOST:PORT, and of a Cluster several, separated by commas")
    login, mark, hosts = rest.rpartition("@")
    nodes: list[tuple[str, int]] = []
    for each in hosts.partition("/")[0].split(","):
        try:
            found = urlsplit(f"//{each}")
            host, port = found.hostname, found.port or PORT
        except ValueError as error:
            raise ValkeyUrlError(f"{each!r}: {error}; write HOST:PORT") from error
        if not host:
            raise ValkeyUrlError(f"{each!r}: names no host; write HOST:PORT")
        nodes.append((host, port))
    options: dict[str, Any] = {"ssl": True} if SCHEMES[scheme] else {}
    if mark:
        user, _, password = login.partition(":")
        options |= {"username": user or None, "password": password or None}
    return nodes, options
