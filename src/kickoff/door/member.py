"""How does a process take part in a night that many share? Every tick it tells, hears, and looks how the line stands.

A `Member` is a door's house with ears: `kickoff door` on a shared line is one that also listens to viewers,
`kickoff conduct` is one that leads or stands by. What cannot be told is kept and told later.
"""

from collections import deque

from msgspec import Struct

from kickoff.clock import Clock
from kickoff.conductor.valkey import MESSAGES_AT_ONCE, Exchange, Exchanged
from kickoff.door.hearing import Hearing
from kickoff.door.house import Door
from kickoff.door.sharing import Sharing
from kickoff.door.state import Process
from kickoff.door.telling import (
    ENCODER,
    PRESENCE_DECODER,
    PUBLISHED_DECODER,
    TELL_DECODER,
    WISHES_DECODER,
    Ears,
    Presence,
    Published,
    TellingJournal,
    Wishes,
)
from kickoff.plumbing.valkey import Valkey, ValkeyError
from kickoff.units import US_PER_MS, US_PER_S, AtUs, iso
from kickoff.waiting_room.snapshot import Snapshot

STREAMS_AT_ONCE = 1024
PAIRINGS_AT_ONCE = 1000
REMEMBERED_S = 10.0
"""Messages of so long are told again when another server goes on."""
PRESENT_S = 5.0
"""Whoever has said nothing for so long is not counted."""


class Streams:
    """Numbers of streams for this door alone: asked for ahead of need."""

    def __init__(self) -> None:
        self._blocks: deque[tuple[int, int]] = deque()
        """(the number before the next, the last one) of each block."""

    @property
    def wanted(self) -> int:
        """How many to ask for now."""
        left = sum(last - before for before, last in self._blocks)
        return STREAMS_AT_ONCE if left < STREAMS_AT_ONCE // 2 else 0

    def add(self, after: int, count: int) -> None:
        """Take in a block: the numbers that follow `after`."""
        self._blocks.append((after, after + count))

    def take(self) -> int | None:
        """The next number; None: the next block is still on its way."""
        if not self._blocks:
            return None
        before, last = self._blocks.popleft()
        if before + 1 < last:
            self._blocks.appendleft((before + 1, last))
        return before + 1


class Crew(Struct, frozen=True, kw_only=True):
    """Who was present at the last tick."""

    doors: int = 1
    serving: dict[str, int] = {}
    """Lane → the highest number that any of them serves."""
    epoch: int = 0
    """The highest of the snapshots that they show."""


class Member:
    """One process of the night."""

    def __init__(
        self, door: Door, server: Valkey, *, writer: str, log_epoch: int, ears: Ears, clock: Clock, window_s: float
    ) -> None:
        house = door.house
        assert isinstance(house.journal, TellingJournal), "a house of many tells"
        self.door = door
        self.writer = writer
        self.sharing = Sharing(house, server, clock=clock, window_s=window_s)
        self.streams = Streams()
        house.streams = self.streams
        self.crew = Crew()
        self.told: Snapshot = house.snapshot
        """What a conductor published last."""
        self.heard_at: int = clock.now()
        """When that was heard."""
        self._journal = house.journal
        self._log_epoch = log_epoch
        self._clock = clock
        self._exchange = Exchange(server, night=house.night.name, writer=writer)
        self._hearing = Hearing(house, writer=writer, ears=ears)
        self._own_beats, self._own_refused = house.counts.beats, dict(house.refused)
        self._untold = b""
        self._remembered: deque[tuple[int, bytes]] = deque()
        self._run = ""

    async def begin(self) -> None:
        """Before the first tick. Raises `ValkeyError` where the server holds another evening of this name."""
        night = self.door.house.night
        began = await self._exchange.begin(night.at(0))
        if began != night.at(0):
            raise ValkeyError(
                f"{night.name}: Valkey holds the line of another evening of this name, of {iso(AtUs(began))}; give "
                f"this night another name, or delete `kickoff:{{{night.name}*` there when nobody is in that line"
            )

    async def tick(self) -> Published | None:
        """Tell and hear once; what the leader said last, if anybody ever led. Raises `ValkeyLost`."""
        message = self._message()
        heard = await self._tell(message)
        if heard.run != self._run:
            if self._run:
                heard = await self._tell_again()
            self._run = heard.run
        else:
            self._forget_old()
        self._take_in(heard)
        while len(heard.messages) == MESSAGES_AT_ONCE:
            heard = await self._exchange.exchange(presence=self._presence())
            self._take_in(heard)
        await self._exchange.expire(self.door.house.expires_at // US_PER_MS)
        said = PUBLISHED_DECODER.decode(heard.published) if heard.published else None
        self.door.house.leader = said.leader if said else ""
        return said

    async def leave(self) -> None:
        """Tell the last, and be present no more. Raises `ValkeyLost`."""
        await self._tell(self._message())
        await self._exchange.leave()

    def _message(self) -> bytes:
        """What is to be told: what could not be told the last time comes first."""
        if not self._untold:
            pairings = self.door.house.pairings.told(PAIRINGS_AT_ONCE)
            told = self._journal.tell(writer=self.writer, epoch=self._log_epoch, pairings=pairings)
            self._untold = ENCODER.encode(told) if told else b""
        return self._untold

    async def _tell(self, message: bytes) -> Exchanged:
        house, wanted = self.door.house, self.streams.wanted
        wishes = Wishes(
            at_us=house.wished_at,
            paused=house.paused,
            cap_per_s=house.cap_per_s,
            notice=house.notice,
            incident=house.incident,
            pin_s=house.pin_s,
            drains=house.drains,
            guaranteed=house.guaranteed,
            queues=house.queues,
            codes=house.codes,
            doors_at=house.doors_at,
            ends_at=house.ends_at,
            ladder_step=house.ladder_step,
            draw_at=house.draw_at,
        )
        heard = await self._exchange.exchange(
            presence=self._presence(),
            message=message,
            meant=self._run,
            streams=wanted,
            streams_seen=len(house.leases),
            wishes=ENCODER.encode(wishes),
            wished_at=house.wished_at,
        )
        if wanted:
            self.streams.add(heard.streams_after, wanted)
        self._untold = b""
        if message:
            self._remembered.append((self._clock.now(), message))
        return heard

    def _forget_old(self) -> None:
        """Not before the same server has answered again: however long none did, its last moments are told anew."""
        oldest = self._clock.now() - REMEMBERED_S * US_PER_S
        while self._remembered and self._remembered[0][0] < oldest:
            self._remembered.popleft()

    async def _tell_again(self) -> Exchanged:
        """Another server goes on: what it may have forgotten is told anew, and heard anew from the others."""
        self._exchange.again()
        for _, message in tuple(self._remembered):
            await self._exchange.exchange(presence=self._presence(), message=message)
        self._exchange.again()
        return await self._exchange.exchange(presence=self._presence())

    def _take_in(self, heard: Exchanged) -> None:
        for message in heard.messages:
            self._hearing.hear(TELL_DECODER.decode(message))
        if heard.wishes:
            self._hearing.wish(WISHES_DECODER.decode(heard.wishes))
        now = self._clock.now()
        present = [PRESENCE_DECODER.decode(one) for one in heard.present]
        for one in present:
            self._hearing.notice(one)
            self.door.put_in_order(one.draw, at=AtUs(now))
        self.door.house.crew = tuple(
            Process(name=one.writer, at=one.at_us, is_door=one.is_door)
            for one in sorted(present, key=lambda one: one.writer)
        )
        here = [one for one in present if now - one.at_us < PRESENT_S * US_PER_S]
        others = [one for one in here if one.writer != self.writer]
        self.door.house.sign_ins.hear({one.writer: one.sign_ins for one in others})
        self.door.house.grace.hear(holder for one in others for holder in one.late)
        self.crew = Crew(
            doors=max(1, sum(one.is_door for one in here)),
            serving={
                lane: max((one.serving.get(lane, 0) for one in present), default=0) for lane in self.door.house.lines
            },
            epoch=max((one.epoch for one in present), default=0),
        )

    def _presence(self) -> bytes:
        house, counted = self.door.house, self._hearing
        return ENCODER.encode(
            Presence(
                writer=self.writer,
                at_us=self._clock.now(),
                epoch=house.snapshot.epoch,
                serving=self.door.serving(),
                is_door=house.is_ready,
                beats=house.counts.beats - counted.beats_heard - self._own_beats,
                refused={
                    code: own
                    for code, count in house.refused.items()
                    if (own := count - counted.refused_heard[code] - self._own_refused.get(code, 0)) > 0
                },
                bitrate_kbps=house.bitrate_kbps,
                posted=house.posts.latest(),
                sign_ins=house.sign_ins.told(limit=house.permit.limit if house.is_ready else 0),
                late=house.grace.told(),
                draw=house.lottery.held,
            )
        )


def is_news(said: Published, told: Snapshot) -> bool:
    """Whether this is later than what was told before: leaders' clocks differ, their epochs only rise."""
    return said.snapshot.epoch > told.epoch
