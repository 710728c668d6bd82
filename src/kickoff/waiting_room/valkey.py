"""The line that many doors share, in Valkey or Redis: one script call answers the questions of a moment.

**Keys.** All of a lane lie under one hash tag, so on one node of a Cluster: the lanes of all nights spread over it.

    kickoff:{night:lane}:line        hash: run, last, epoch, raised, survived, hold, skips; closed, closed_skips
    kickoff:{night:lane}:i:BB        subject → place, joined; 65,536 small hashes by the subject's low bits
    kickoff:{night:lane}:r           bitmap: the place has redeemed
    kickoff:{night:lane}:u:BB        place → the subject that it let in

One counter for a lane, not one for each shard of it: shards would drift apart, and whoever met a slow one would
overtake.

**The fence.** Replication is asynchronous, so a replica that takes over may have forgotten the last moment. The script
reads the server's own replication id (a new one at each promotion and at each start) and the highest place that the
asking door has seen. If the id is another one than the line's, or a door has seen more than the line knows, something
may be forgotten. Then the *epoch* is raised, and for `HOLD_MS` no new place is given: each door hears of the raise, and
tells what it remembers beyond what the line survived with, and the highest place that it has seen. After that numbering
goes on at the highest of all these + `GAP`. The numbers between belong to nobody and are jumped over when people are
called.

**The bound.** No place is given twice unless a door is lost in the same moment as the server, and the server forgot
more than `GAP` of that door's places in the lane: 65,536 are two seconds at 32,000 joins a second. All places given
after a failover lie behind all places given before it, so nobody who was answered is overtaken: the bound on overtaking
is 0 places. Numbers in between are lost, people are not.

Keys beyond KEYS[1] are derived in the script; they carry its hash tag, so they lie on its node.

**Forgetting.** Every key gets an instant at which it goes, after the night. No join pays for that: each door, when it
looks how the line stands, goes over some of the buckets (`expire`), and comes around every minute or so.
"""

from collections.abc import Sequence
from struct import Struct as Layout
from typing import Protocol

from msgspec import Struct

from kickoff.facts import LANE_NUMBER, Lane
from kickoff.waiting_room.places import PLACE_BITS, PLACE_MAX
from kickoff.waiting_room.shared import Answered, Kind, Question, Said, Standing
from kickoff.waiting_room.skips import Skips

GAP = 65_536
HOLD_MS = 600
"""More than two ticks: every door that lives has heard of the raise by then."""

_SCRIPT = """
local line, prefix = KEYS[1], string.sub(KEYS[1], 1, -5)
local seen, gap, hold_ms, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local told, joins, redeemed, used, heard = ARGV[5], ARGV[6], ARGV[7], ARGV[8], tonumber(ARGV[9])
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local state = redis.call('HMGET', line, 'run', 'last', 'epoch', 'survived', 'hold', 'skips', 'raised')
local last, epoch, survived = tonumber(state[2] or 0), tonumber(state[3] or 0), tonumber(state[4] or 0)
local hold, skips = tonumber(state[5] or 0), state[6] or ''
local raised, before = tonumber(state[7] or 0), last
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if state[1] ~= run or (seen > last and hold == 0) then
  survived = hold > 0 and math.min(survived, last) or last
  epoch, hold, last = epoch + 1, now + hold_ms, math.max(last, seen)
  -- The instant tells one raise from another also where the count of them was forgotten.
  raised = math.max(now, raised + 1, heard + 1)
  redis.call('HSET', line, 'run', run, 'epoch', epoch, 'raised', string.format('%.0f', raised), 'survived', survived,
             'hold', string.format('%.0f', hold), 'last', last)
elseif seen > last then
  last = seen
end

for at = 1, #told, 16 do
  local subject, place = string.sub(told, at, at + 7), string.sub(told, at + 8, at + 15)
  local bucket = prefix .. 'i:' .. string.sub(subject, 1, 2)
  if redis.call('HSETNX', bucket, subject, place) == 0 then
    local there = struct.unpack('<I4', redis.call('HGET', bucket, subject))
    if struct.unpack('<I4', place) < there then redis.call('HSET', bucket, subject, place) end
  end
end

if hold > 0 and now >= hold then
  hold = 0
  if last > 0 then
    skips = skips .. struct.pack('<I4I4', last + 1, last + gap)
    last = last + gap
  end
  redis.call('HSET', line, 'hold', 0, 'skips', skips)
end

local given = last
for at = 1, #skips, 8 do
  local first, final = struct.unpack('<I4I4', string.sub(skips, at, at + 7))
  given = given - (final - first + 1)
end

local places, first_time, owners = {}, {}, {}
for at = 1, #joins, 12 do
  local subject = string.sub(joins, at, at + 7)
  local bucket = prefix .. 'i:' .. string.sub(subject, 1, 2)
  if hold > 0 or given >= most then
    local known = redis.call('HGET', bucket, subject)
    places[#places + 1] = known and ('\\0' .. known) or ((hold > 0 and '\\2' or '\\3') .. '00000000')
  else
    local place = struct.pack('<I4', last + 1) .. string.sub(joins, at + 8, at + 11)
    if redis.call('HSETNX', bucket, subject, place) == 1 then
      last, given = last + 1, given + 1
      places[#places + 1] = '\\1' .. place
    else
      places[#places + 1] = '\\0' .. redis.call('HGET', bucket, subject)
    end
  end
end
for at = 1, #redeemed, 4 do
  local place = struct.unpack('<I4', string.sub(redeemed, at, at + 3))
  first_time[#first_time + 1] = redis.call('SETBIT', prefix .. 'r', place, 1) == 0 and '\\1' or '\\0'
end
for at = 1, #used, 12 do
  local place, subject = string.sub(used, at, at + 3), string.sub(used, at + 4, at + 11)
  local bucket = prefix .. 'u:' .. string.sub(place, 1, 2)
  local first = redis.call('HSETNX', bucket, place, subject) == 1
  owners[#owners + 1] = (first and '\\1' or '\\0') .. redis.call('HGET', bucket, place)
end
if last ~= before then redis.call('HSET', line, 'last', last) end
return {struct.pack('<I4I4I4', epoch, last, survived) .. struct.pack('<d', raised) .. skips,
        table.concat(places), table.concat(first_time), table.concat(owners)}
"""

_EXPIRE = """
local prefix, time = string.sub(KEYS[1], 1, -5), redis.call('TIME')
local at = math.max(tonumber(ARGV[3]), time[1] * 1000) + ARGV[4]
local function expire(key)
  if redis.call('PTTL', key) == -1 then redis.call('PEXPIREAT', key, string.format('%.0f', at)) end
end
expire(KEYS[1])
expire(prefix .. 'r')
for bucket = tonumber(ARGV[1]), ARGV[1] + ARGV[2] - 1 do
  local name = struct.pack('<I2', bucket)
  expire(prefix .. 'i:' .. name)
  expire(prefix .. 'u:' .. name)
end
return {}
"""
BUCKETS = 65_536
BUCKETS_AT_ONCE = 256
KEPT_MS = 3_600_000
"""An hour longer than asked for, and than now: clocks differ, and a night that outlasts its plan is not cut off."""

_HEADER = Layout("<IIId")
_SKIP = Layout("<II")
_JOIN = Layout("<qI")
_ENTRY = Layout("<qII")
_PLACE = Layout("<I")
_USE = Layout("<Iq")
_PLACE_TOLD = Layout("<BII")
_OWNER_TOLD = Layout("<Bq")


class Caller(Protocol):
    """Runs a script on the node that holds `key`. `kickoff.plumbing.valkey.Valkey` is one."""

    async def call(self, script: str, key: str, arguments: Sequence[bytes | int | str]) -> list[bytes]:
        """The script's answer. Raises what says that nobody answered in time."""


class Entry(Struct, frozen=True, kw_only=True, gc=False):
    """A place that a door remembers and the line may not."""

    subject: int
    lane: int
    place: int
    joined_ms: int


def key_of(night: str, lane: Lane) -> str:
    """The hash of a lane: the script derives the others of it."""
    return f"kickoff:{{{night}:{lane}}}:line"


class ValkeyLine:
    """One lane of one night's line."""

    def __init__(self, server: Caller, *, night: str, lane: Lane, places_max: int) -> None:
        self._server = server
        self._key = key_of(night, lane)
        self._lane = LANE_NUMBER[lane]
        self._places_max = places_max

    async def ask(
        self, questions: Sequence[Question] = (), *, seen: int, heard: int = 0, told: Sequence[Entry] = ()
    ) -> tuple[Standing, list[Answered]]:
        """Answer all in one call, each in its turn.

        `seen`: the highest place of the lane that this door knows of; `heard`: the last raise that it has heard of.
        `told`: what the line may have forgotten; of two places of a subject the lower one stands.
        """
        takes = [one for one in questions if one.kind is _TAKE]
        others = [one for one in questions if one.kind is not _TAKE] if len(takes) < len(questions) else []
        arguments: list[bytes | int | str] = [
            seen,
            GAP,
            HOLD_MS,
            self._places_max,
            b"".join([_ENTRY.pack(one.subject, self._word(one), one.joined_ms) for one in told]),
            b"".join([_JOIN.pack(one.subject, one.joined_ms) for one in takes]),
            b"".join([_PLACE.pack(one.place) for one in others if one.kind is Kind.REDEEM]),
            b"".join([_USE.pack(one.place, one.subject) for one in others if one.kind is Kind.USE]),
            heard,
        ]
        head, places, redeemed, used = await self._server.call(_SCRIPT, self._key, arguments)
        here = self._lane
        taken = [
            Answered(said=_SAID[said], lane=word >> PLACE_BITS or here, place=word & PLACE_MAX, joined_ms=joined_ms)
            for said, word, joined_ms in _PLACE_TOLD.iter_unpack(places)
        ]
        if not others:
            return standing_of(head), taken
        answers = {
            Kind.TAKE: iter(taken),
            Kind.REDEEM: iter([_FIRST if one else _AGAIN for one in redeemed]),
            Kind.USE: iter(
                [Answered(said=_SAID[said], subject=owner) for said, owner in _OWNER_TOLD.iter_unpack(used)]
            ),
        }
        return standing_of(head), [next(answers[one.kind]) for one in questions]

    async def expire(self, first: int, *, at_ms: int) -> int:
        """Let go of `BUCKETS_AT_ONCE` buckets, and of the line, an hour after `at_ms` UTC; the next call's `first`."""
        await self._server.call(_EXPIRE, self._key, [first, BUCKETS_AT_ONCE, at_ms, KEPT_MS])
        return (first + BUCKETS_AT_ONCE) % BUCKETS

    def _word(self, entry: Entry) -> int:
        """A place of this lane goes without its lane's number, as the script itself writes it."""
        return entry.place if entry.lane == self._lane else entry.lane << PLACE_BITS | entry.place


_TAKE = Kind.TAKE
_SAID = tuple(Said)
_FIRST, _AGAIN = Answered(said=Said.NEW), Answered(said=Said.KNOWN)


def standing_of(head: bytes) -> Standing:
    """What the script says of the line: four numbers, then the skips."""
    epoch, last, survived, raised = _HEADER.unpack_from(head)
    skips = skips_of(head[_HEADER.size :])
    return Standing(epoch=epoch, last=last, survived=survived, raised=int(raised), skips=skips)


def skips_of(raw: bytes) -> Skips:
    """Ranges as the script keeps them."""
    return tuple((first, final) for first, final in _SKIP.iter_unpack(raw))
