"""What do the processes of one night share each tick? One script call for each: tell, hear, and lead or follow.

    kickoff:{night}:told       stream of what doors tell; the newest `MESSAGES_KEPT` are kept
    kickoff:{night}:present    writer → its last word of itself
    kickoff:{night}:wishes     what the operator wants
    kickoff:{night}:snapshot   what the leader said last, and its term
    kickoff:{night}:leader     who leads, for `LEAD_MS` at a time
    kickoff:{night}:term       raised with each leader
    kickoff:{night}:streams    the last number of a stream that was given out
    kickoff:{night}:starts     when the evening began: another one of the same name is not this one

**Leading.** Whoever finds no leader leads, under a new term; it must renew that within `LEAD_MS`. Only who leads at the
moment of the call may publish: a leader that was away finds itself refused, whatever it believes. **Forgetting.** As in
`waiting_room/valkey.py` the server's replication id tells that another one goes on: numbers of streams then leave a gap
of `STREAMS_GAP`, and every door tells its last messages again, which are counted once. A message names the server that
it is meant for: another one takes none before those that may be forgotten were told again, so that all hear a door's
events in their order. All keys get an instant, after the night, at which they go.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from msgspec import Struct

LEAD_MS = 2_000
MESSAGES_KEPT = 20_000
"""Forty minutes of two doors; whoever comes later knows the rest from the logs that it can read."""
MESSAGES_AT_ONCE = 500
STREAMS_GAP = 16_384
"""More streams than doors begin in the moment that a failover forgets; below the bound of `playback/leases.py`."""
FORGOTTEN_MS = 10_000
KEPT_MS = 3_600_000

_EXCHANGE = """
local prefix = string.sub(KEYS[1], 1, -5)
local writer, presence, message, since = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local streams, wishes, wished_at, kept, at_once = tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7]), ARGV[8], ARGV[9]
local gap, meant = tonumber(ARGV[10]), ARGV[12]
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
redis.call('HSET', prefix .. 'present', writer, presence)
if #message > 0 and (meant == '' or meant == run) then
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', kept, '*', 'm', message)
end
local known = redis.call('HMGET', prefix .. 'wishes', 'at', 'wishes')
if wished_at > tonumber(known[1] or 0) then
  redis.call('HSET', prefix .. 'wishes', 'at', ARGV[7], 'wishes', wishes)
  known[2] = wishes
end
local first = 0
if streams > 0 then
  local last = redis.call('HMGET', prefix .. 'streams', 'run', 'last')
  first = tonumber(last[2] or 0)
  if last[1] and last[1] ~= run then first = first + gap end
  first = math.max(first, tonumber(ARGV[11]))
  redis.call('HSET', prefix .. 'streams', 'run', run, 'last', first + streams)
end
local heard = {}
for _, one in ipairs(redis.call('XRANGE', KEYS[1], '(' .. since, '+', 'COUNT', at_once)) do
  heard[#heard + 1] = one[1]
  heard[#heard + 1] = one[2][2]
end
return {run, redis.call('HGET', prefix .. 'snapshot', 'said') or '', known[2] or '', first, heard,
        redis.call('HVALS', prefix .. 'present')}
"""

_EXPIRE = """
local prefix, time = string.sub(KEYS[1], 1, -5), redis.call('TIME')
local at = math.max(tonumber(ARGV[1]), time[1] * 1000) + ARGV[2]
for _, name in ipairs({'told', 'present', 'wishes', 'snapshot', 'term', 'streams', 'starts'}) do
  if redis.call('PTTL', prefix .. name) == -1 then
    redis.call('PEXPIREAT', prefix .. name, string.format('%.0f', at))
  end
end
return 0
"""

_BEGIN = """
redis.call('SETNX', KEYS[1], ARGV[1])
return redis.call('GET', KEYS[1])
"""

_LEAD = """
local leader = redis.call('GET', KEYS[1])
local prefix = string.sub(KEYS[1], 1, -7)
if leader and leader ~= ARGV[1] then return {0, leader} end
if leader then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return {tonumber(redis.call('GET', prefix .. 'term') or 0), leader}
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {redis.call('INCR', prefix .. 'term'), ARGV[1]}
"""

_PUBLISH = """
local prefix = string.sub(KEYS[1], 1, -7)
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local term = redis.call('HGET', prefix .. 'snapshot', 'term')
if term and tonumber(term) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', prefix .. 'snapshot', 'term', ARGV[2], 'said', ARGV[3])
return 1
"""

_RESIGN = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
"""

_FORGET = """
redis.call('HDEL', KEYS[1], ARGV[1])
return 0
"""


class Caller(Protocol):
    """Runs a script on the node that holds `key`. `kickoff.plumbing.valkey.Valkey` is one."""

    async def call(self, script: str, key: str, arguments: Sequence[bytes | int | str]) -> Any:  # noqa: ANN401 - what it answers
        """The script's answer. Raises what says that nobody answered in time."""


class Exchanged(Struct, frozen=True, kw_only=True):
    """What a tick heard."""

    run: str
    """The server's name for its present life: another one may have forgotten the last moment."""
    published: bytes
    wishes: bytes
    streams_after: int
    """The numbers asked for follow this one."""
    messages: tuple[bytes, ...]
    present: tuple[bytes, ...]


class Exchange:
    """One process of a night. `since` moves on with what was heard."""

    def __init__(self, server: Caller, *, night: str, writer: str) -> None:
        self._server = server
        self._prefix = f"kickoff:{{{night}}}:"
        self._writer = writer
        self._since = "0-0"

    def again(self) -> None:
        """Hear the last moments again: another server may have forgotten them, and others tell them anew."""
        self._since = f"{max(0, int(self._since.partition('-')[0]) - FORGOTTEN_MS)}-0"

    async def exchange(
        self,
        *,
        presence: bytes,
        message: bytes = b"",
        meant: str = "",
        streams: int = 0,
        streams_seen: int = 0,
        wishes: bytes = b"",
        wished_at: int = 0,
    ) -> Exchanged:
        """Tell and hear. `streams`: so many numbers of streams are asked for, all above `streams_seen`.

        `meant`: the `run` of the server that the message is for, another one does not take it; empty: for any.
        """
        arguments: list[bytes | int | str] = [
            self._writer, presence, message, self._since, streams, wishes, wished_at, MESSAGES_KEPT, MESSAGES_AT_ONCE,
            STREAMS_GAP, streams_seen, meant,
        ]  # fmt: skip
        found = await self._server.call(_EXCHANGE, f"{self._prefix}told", arguments)
        run, published, wanted, first, heard, present = found
        if heard:
            self._since = heard[-2].decode()
        return Exchanged(
            run=run.decode(),
            published=published,
            wishes=wanted,
            streams_after=first,
            messages=tuple(heard[1::2]),
            present=tuple(present),
        )

    async def begin(self, starts_at: int) -> int:
        """When the evening began whose line the server holds under this name: `starts_at`, unless it is another."""
        return int(await self._server.call(_BEGIN, f"{self._prefix}starts", [starts_at]))

    async def expire(self, at_ms: int) -> None:
        """Let go of all that is shared an hour after this instant, in milliseconds UTC, and after now."""
        await self._server.call(_EXPIRE, f"{self._prefix}told", [at_ms, KEPT_MS])

    async def leave(self) -> None:
        """Be present no more."""
        await self._server.call(_FORGET, f"{self._prefix}present", [self._writer])


class Leading:
    """One who leads, or would."""

    def __init__(self, server: Caller, *, night: str, writer: str) -> None:
        self._server = server
        self._key = f"kickoff:{{{night}}}:leader"
        self._writer = writer

    async def lead(self) -> int:
        """The term under which this process leads now; 0: another one does."""
        term, _ = await self._server.call(_LEAD, self._key, [self._writer, LEAD_MS])
        return int(term)

    async def publish(self, said: bytes, *, term: int) -> bool:
        """Say what all doors show from now on; False: another one leads."""
        return bool(await self._server.call(_PUBLISH, self._key, [self._writer, term, said]))

    async def resign(self) -> None:
        """Lead no more: the next one need not wait."""
        await self._server.call(_RESIGN, self._key, [self._writer])
