"""Who speaks to the door of the notice? One desk a night: it drafts, publishes and takes back, one act after another.

Whatever fails is tried again at the next `tick`, once; the door's own word is what counts, so that a door that was
started again is told again, and a console that was started again says nothing twice.

DraftGone    raised by `publish`: these words are not the draft any more
"""

import asyncio

from msgspec import Struct

from kickoff.clock import Clock
from kickoff.console.door_link import ActRefused, DoorLink, DoorSilent
from kickoff.console.publishing import (
    Standing,
    Told,
    acts,
    found_standing,
    goal,
    mark_of,
    offered,
    resolved_stands_s,
    standing_of,
)
from kickoff.console.statuspage import Announcements
from kickoff.night import Night
from kickoff.notices.words import Notice
from kickoff.units import US_PER_S

SETTLE_S = 2.0
"""What the door tells is a tick old: right after an act it is not asked."""


class DraftGone(Exception):
    """The draft is another one now, or there is none: read it again."""


class DeskNow(Struct, frozen=True, kw_only=True):
    """What the screen shows of the notice."""

    standing: Standing | None = None
    draft: Notice | None = None
    """What waits for a person."""
    is_held: bool = False
    """A person took back what the rule had said, or wrote over it: from now on people speak of this incident."""
    late: str = ""
    """`silent`, or the door's own words, where what shall stand does not stand yet."""


class Desk:
    """Keeps what stands at the door in step with what is found."""

    def __init__(self, door: DoorLink, page: Announcements, clock: Clock, night: Night) -> None:
        self._door = door
        self._page = page
        self._clock = clock
        self._is_rule = night.notices.approval == "rule"
        self._resolved_s = resolved_stands_s(night)
        self._draft: Notice | None = None
        self._standing: Standing | None = None
        self._held = ""
        self._late = ""
        self._refused: Standing | None = None
        self._acted_at: int | None = None
        self._one = asyncio.Lock()

    @property
    def now(self) -> DeskNow:
        """What the screen shows."""
        draft = offered(self._draft, self._standing, is_rule=self._is_rule, held=self._held)
        is_held = self._is_rule and draft is not None
        return DeskNow(standing=self._standing, draft=draft, is_held=is_held, late=self._late)

    async def tick(self, draft: Notice | None) -> None:
        """Bring the door to what shall stand, where it is not there yet. One try."""
        async with self._one:
            self._draft = draft or self._draft
            at = self._clock.now()
            if self._acted_at is not None and 0 <= at - self._acted_at < SETTLE_S * US_PER_S:
                return
            try:
                told = await self._door.told()
                self._hear(told)
                wanted = goal(
                    draft, self._standing, is_rule=self._is_rule, held=self._held, at=at, resolved_s=self._resolved_s
                )
                if wanted is None or self._refused is None or wanted.words != self._refused.words:
                    await self._bring(told, wanted, by=wanted.by if wanted and wanted.by else "console")
                    self._late = ""
            except DoorSilent:
                self._late = "silent"
            except ActRefused as error:
                self._late = str(error)

    async def publish(self, mark: str, *, by: str) -> None:
        """Publish the draft that a person has read. Raises `DraftGone`, `DoorSilent`, `ActRefused`."""
        async with self._one:
            draft = self.now.draft
            if draft is None or mark_of(draft) != mark:
                raise DraftGone
            wanted = standing_of(draft, by=by, at=self._clock.now())
            await self._bring(await self._door.told(), wanted, by=by)
            await self._page.publish(draft, at=wanted.since)
            self._held = draft.incident if self._is_rule else ""

    async def take_back(self, *, by: str) -> None:
        """Take back what stands. Raises `DoorSilent`, `ActRefused`."""
        async with self._one:
            await self._bring(await self._door.told(), None, by=by)
            await self._page.take_back(at=self._clock.now())
            self._held = self._draft.incident if self._draft else ""

    def _hear(self, told: Told) -> None:
        """Words that this console did not send stand; where they took the place of ours, the rule steps back."""
        before = self._standing
        if told.notice and (before is None or told.notice != before.words):
            if before and before.said:
                self._held = before.said[0]
            self._standing = found_standing(told, self._draft, self._clock.now())
        elif not told.notice and before and before.said is None:
            self._standing = None

    async def _bring(self, told: Told, wanted: Standing | None, *, by: str) -> None:
        try:
            for act, value in acts(wanted, told):
                await self._door.act(act, value, by=by)
                self._acted_at = self._clock.now()
        except ActRefused:
            self._refused = wanted
            raise
        self._standing, self._refused = wanted, None
