"""Is this the subscriber? A queue of sign-ins, and the threads that check one password after another.

The queue is as long as a naive service's: in an overload every answer comes late and then all of them too late, which
is what the door is there to prevent. A caller who says until when the answer is worth something (`deadline`) is dropped
unserved after it, at no cost.
"""

import asyncio
import queue
import threading
from enum import StrEnum
from time import perf_counter

from argon2.exceptions import Argon2Error, VerifyMismatchError
from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError

from kickoff.backend.gauge import Second, Tally
from kickoff.backend.subscribers import HASHER, Subscriber, Subscribers
from kickoff.clock import Clock

QUEUE_MAX = 100_000
"""Waiting sign-ins; the next one is answered 503 at once."""


class Outcome(StrEnum):
    """How a sign-in went."""

    OK = "ok"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of an outcome
    UNKNOWN_ACCOUNT = "unknown_account"
    LATE = "deadline"
    FULL = "overloaded"
    ERROR = "error"


class Answer(Struct, frozen=True):
    """The outcome, and the subscriber where it is OK."""

    outcome: Outcome
    subscriber: Subscriber | None = None


class _Call(Struct):
    login: str
    password: str
    deadline_us: int | None
    asked_s: float
    answer: "asyncio.Future[Answer]"


class SignInDesk:
    """Checks passwords in `workers` threads. Asked and answered on the event loop that `ask` is awaited on."""

    def __init__(self, subscribers: Subscribers, *, workers: int, clock: Clock) -> None:
        self._subscribers = subscribers
        self._clock = clock
        self._nobody = HASHER.hash("nobody has this password")
        self._calls: queue.Queue[_Call | None] = queue.Queue(QUEUE_MAX)
        self._tally = Tally()
        self._threads = [threading.Thread(target=self._work, name=f"sign-in-{n}", daemon=True) for n in range(workers)]

    def open(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Let the threads end after the call in hand; whoever still waits is told that it was too late."""
        while self._next_of_the_leaving() is not None:
            pass
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads:
            thread.join()

    def _next_of_the_leaving(self) -> "_Call | None":
        try:
            call = self._calls.get_nowait()
        except queue.Empty:
            return None
        if call is not None:
            self._give(call, Answer(Outcome.LATE))
        return call

    async def ask(self, login: str, password: str, *, deadline_us: int | None) -> Answer:
        """Wait in the queue, then for the check. `deadline_us`: microseconds UTC, None for ever."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        try:
            self._calls.put_nowait(_Call(login, password, deadline_us, perf_counter(), answer))
        except queue.Full:
            self._tally.fail()
            return Answer(Outcome.FULL)
        return await answer

    def fail(self) -> None:
        """Count a call that failed before it came to the queue."""
        self._tally.fail()

    def take(self, *, elapsed_s: float) -> Second:
        """What was done since the last time."""
        return self._tally.take(elapsed_s=elapsed_s, oldest_s=self._oldest_s())

    def calibrate(self) -> Second:
        """Check one password without anybody waiting, so that the first second's capacity is measured too."""
        begun_s = perf_counter()
        _is_right(self._nobody, "not this one")
        busy_s = perf_counter() - begun_s
        return Second(elapsed_s=busy_s, busy_s=busy_s, completed=1)

    def _oldest_s(self) -> float:
        with self._calls.mutex:
            head = self._calls.queue[0] if self._calls.queue else None
        return 0.0 if head is None else perf_counter() - head.asked_s

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            begun_s = perf_counter()
            if call.deadline_us is not None and call.deadline_us < self._clock.now():
                self._tally.fail()
                self._give(call, Answer(Outcome.LATE))
                continue
            self._tally.begin(waited_s=begun_s - call.asked_s)
            try:
                answer = self._check(call.login, call.password)
            except (SQLAlchemyError, Argon2Error):
                # A database that fails for a moment must not end the only thread that checks passwords.
                self._tally.fail()
                answer = Answer(Outcome.ERROR)
            else:
                self._tally.complete(busy_s=perf_counter() - begun_s)
            self._give(call, answer)

    def _check(self, login: str, password: str) -> Answer:
        subscriber = self._subscribers.find(login)
        if subscriber is None:
            # As long as for an account that exists, so that the time does not tell which accounts do.
            _is_right(self._nobody, password)
            return Answer(Outcome.UNKNOWN_ACCOUNT)
        if not _is_right(subscriber.password_hash, password):
            return Answer(Outcome.WRONG_PASSWORD)
        return Answer(Outcome.OK, subscriber)

    @staticmethod
    def _give(call: _Call, answer: Answer) -> None:
        def give() -> None:
            if not call.answer.done():
                call.answer.set_result(answer)

        loop = call.answer.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(give)


def _is_right(encoded: str, password: str) -> bool:
    try:
        return HASHER.verify(encoded, password)
    except VerifyMismatchError:
        return False
