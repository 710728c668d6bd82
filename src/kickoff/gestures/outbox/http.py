"""Who sends the entries? A few at a time, in order for each subscriber, until the receiver has all of them.

A receiver that is away is left alone for a while, and only one entry asks whether it is back.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterable, Sequence

import aiohttp
from msgspec import Struct

from kickoff.gestures.outbox.delivery import STREAK_MAX, Came, Pending, came_of, due_at, message, ready, wait_s
from kickoff.gestures.outbox.sql import Handed, Outbox, Try
from kickoff.units import US_PER_S, AtUs

BODY_BYTES_MAX = 65_536
"""So much of an answer is read; what it says is not asked for."""


class Receiver(Struct, frozen=True, kw_only=True):
    """The billing system."""

    url: str
    secret: bytes
    at_once: int = 16
    """Entries on their way at the same time."""
    answer_s: float = 10.0
    """A try without an answer after so long has failed."""


class Clockwork(Struct, frozen=True, kw_only=True):
    """Time, as it is given from outside."""

    now: Callable[[], AtUs]
    sleep: Callable[[float], Awaitable[None]]
    """Seconds."""


async def deliver(
    outbox: Outbox, receiver: Receiver, clockwork: Clockwork, *, until: AtUs, stuck_too: bool = False
) -> Handed:
    """Hand on all that is pending, trying again until `until`. Returns how far it came."""
    limits = aiohttp.TCPConnector(limit=receiver.at_once)
    patience = aiohttp.ClientTimeout(total=receiver.answer_s)
    async with aiohttp.ClientSession(connector=limits, timeout=patience) as session:
        run = _Run(outbox, receiver, clockwork, session)
        while True:
            next_at = await run.sweep(stuck_too=stuck_too)
            now, stuck_too = clockwork.now(), False
            if next_at is None or max(next_at, now) >= until:
                return outbox.handed()
            await clockwork.sleep(max(0.0, (next_at - now) / US_PER_S))


class _Run:
    """One run of the sender."""

    def __init__(
        self, outbox: Outbox, receiver: Receiver, clockwork: Clockwork, session: aiohttp.ClientSession
    ) -> None:
        self._outbox = outbox
        self._receiver = receiver
        self._clockwork = clockwork
        self._session = session
        self._streak = 0
        """Tries in a row that found the receiver away."""
        self._rounds = 0
        """Rounds in a row that found it away. Tries go side by side: their number says nothing of how long."""

    async def sweep(self, *, stuck_too: bool) -> AtUs | None:
        """Try all that is due once; when to sweep again, None when nothing is left."""
        soonest: AtUs | None = None
        for page in self._outbox.pending():
            now = self._clockwork.now()
            halves = [ready(mine, at=now, stuck_too=stuck_too) for mine in _by_subscriber(page)]
            later = [at for _, at in halves if at is not None]
            left = [*later, *await self._send([mine for mine, _ in halves if mine])]
            if left:
                soonest = min([*left, *([soonest] if soonest is not None else [])])
            if self._is_away:
                return self._back_off()
        return soonest

    @property
    def _is_away(self) -> bool:
        return self._streak >= STREAK_MAX

    def _back_off(self) -> AtUs:
        pause_s = wait_s(self._receiver.url, self._rounds)
        return AtUs(self._clockwork.now() + round(pause_s * US_PER_S))

    async def _send(self, subscribers: Sequence[Sequence[Pending]]) -> list[AtUs]:
        """Send to the receiver what is due; when those that failed are due again."""
        left: list[AtUs] = []
        # Once it was away, one entry asks whether it is back before all the others come.
        width = 1 if self._is_away else self._receiver.at_once
        start = 0
        while start < len(subscribers) and not (self._is_away and start):
            chunk = subscribers[start : start + width]
            done = await asyncio.gather(*(self._in_order(entries) for entries in chunk))
            tries = [one for mine in done for one in mine]
            self._outbox.note(tries)
            left += [_next(one, pending) for one, pending in _failed(tries, chunk)]
            start += len(chunk)
            width = self._receiver.at_once
        if subscribers and self._is_away:
            self._rounds += 1
        return left if start >= len(subscribers) else [*left, self._clockwork.now()]

    async def _in_order(self, entries: Sequence[Pending]) -> list[Try]:
        """One subscriber's entries: a correction is never there before what it corrects."""
        tries: list[Try] = []
        for pending in entries:
            tries.append(await self._try(pending))
            if came_of(tries[-1].status) is not Came.DELIVERED:
                break
        return tries

    async def _try(self, pending: Pending) -> Try:
        entry, at = pending.entry, self._clockwork.now()
        told = message(entry, self._receiver.secret, at=at)
        try:
            sending = self._session.post(
                self._receiver.url, data=told.body, headers=told.headers, allow_redirects=False
            )
            async with sending as answer:
                status = answer.status
                await answer.content.read(BODY_BYTES_MAX)
        except (aiohttp.ClientError, TimeoutError, OSError):
            status = 0
        if came_of(status) is Came.AGAIN:
            self._streak += 1
        else:
            self._streak = self._rounds = 0
        return Try(
            scope=entry.scope,
            subject=entry.subject,
            number=entry.number,
            attempt=pending.attempts + 1,
            at=at,
            status=status,
        )


def _by_subscriber(page: Iterable[Pending]) -> list[list[Pending]]:
    return [list(mine) for _, mine in itertools.groupby(page, key=lambda one: one.entry.subject)]


def _failed(tries: Sequence[Try], chunk: Sequence[Sequence[Pending]]) -> list[tuple[Try, Pending]]:
    """Each try that is to be made again, with its entry."""
    known = {(one.entry.subject, one.entry.number): one for mine in chunk for one in mine}
    return [(one, known[one.subject, one.number]) for one in tries if came_of(one.status) is Came.AGAIN]


def _next(one: Try, pending: Pending) -> AtUs:
    return due_at(Pending(entry=pending.entry, attempts=one.attempt, last_at=one.at))
