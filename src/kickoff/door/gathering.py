"""How do many requests share one question to the line? What comes in a moment is asked together, a lane at a time.

A batch leaves when `ENOUGH` questions have gathered, at the end of the turn, or `window_s` after its first, whichever
comes first. While it is on its way the next one gathers. A line that is being made whole after a failover says "wait":
those questions join the next batch, until their time is over.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from kickoff.clock import Clock
from kickoff.door.problems import problem
from kickoff.door.seam import Parked, Reply
from kickoff.waiting_room.shared import LOST, Answered, Question, Said

ENOUGH = 32
IN_FLIGHT_MAX = 4
QUESTIONS_MAX = 2_000
"""Of one batch: some milliseconds of the server's time."""
WAITING_MAX = 50_000
"""Questions kept for one lane; beyond, they are lost at once: the client is asked to come back."""
AGAIN_S = 0.1

_WAIT = Said.WAIT

AskLine = Callable[[Sequence[Question]], Awaitable[list[Answered]]]
"""Asks one lane. What it raises is its own affair: it answers `LOST` for each instead."""


Waiting = tuple[Parked, Callable[[Reply], None], float]
"""One parked request, where its reply goes, and until when it waits. PERF: a plain tuple (make bench-door)."""


class Gathering:
    """The questions of one lane that have not been asked yet."""

    def __init__(self, ask: AskLine, *, clock: Clock, window_s: float, patience_s: float) -> None:
        """`patience_s`: so long a question waits for its answer; then it is lost."""
        self._ask = ask
        self._patience_s = patience_s
        self._clock = clock
        self._window_s = window_s
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Waiting] = []
        self._timer: asyncio.Handle | None = None
        self._until_s = 0.0
        """Until when those wait who come in this moment."""
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, parked: Parked, done: Callable[[Reply], None]) -> None:
        """Ask soon; `done` gets the reply."""
        if len(self._waiting) >= WAITING_MAX:
            self._loop.call_soon(lambda: done(parked.finish(LOST, self._clock.now())))
            return
        if self._timer is None:
            self._until_s = self._loop.time() + self._patience_s
            self._timer = self._loop.call_later(self._window_s, self._send)
        self._waiting.append((parked, done, self._until_s))
        if len(self._waiting) == ENOUGH:
            self._at_the_end_of_the_turn()

    def _at_the_end_of_the_turn(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_soon(self._send)

    def _send(self) -> None:
        self._timer = None
        if not self._waiting or len(self._tasks) >= IN_FLIGHT_MAX:
            return
        batch, self._waiting = self._waiting[:QUESTIONS_MAX], self._waiting[QUESTIONS_MAX:]
        task = asyncio.ensure_future(self._carry(batch))
        self._tasks.add(task)
        task.add_done_callback(self._landed)
        if self._waiting:
            self._at_the_end_of_the_turn()

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._waiting and self._timer is None:
            self._timer = self._loop.call_later(self._window_s, self._send)

    async def _carry(self, batch: list[Waiting]) -> None:
        answers = await self._answers([parked.question for parked, _, _ in batch])
        now, now_s = self._clock.now(), self._loop.time()
        again: list[Waiting] = []
        for waiting, answered in zip(batch, answers, strict=True):
            parked, done, until_s = waiting
            if answered.said is _WAIT:
                if now_s < until_s:
                    again.append(waiting)
                    continue
                answered = LOST  # noqa: PLW2901 - its time is over
            try:
                reply = parked.finish(answered, now)
            except Exception as error:  # noqa: BLE001 - whatever it is, everybody else is served on
                reply = self._defect(parked, error)
            done(reply)
        if again:
            await asyncio.sleep(AGAIN_S)
            self._waiting = again + self._waiting
            if self._timer is None:
                self._timer = self._loop.call_soon(self._send)

    async def _answers(self, questions: list[Question]) -> list[Answered]:
        """One for each, whatever happens on the way."""
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._ask(questions)
        except TimeoutError:
            return [LOST] * len(questions)
        except Exception as error:  # noqa: BLE001 - a defect of ours must leave nobody without a reply
            self._loop.call_exception_handler({"message": "a batch of questions", "exception": error})
            return [LOST] * len(questions)

    def _defect(self, parked: Parked, error: Exception) -> Reply:
        """A defect of ours costs one 500, and the rest of the batch is served on."""
        self._loop.call_exception_handler({"message": f"{parked.question}", "exception": error})
        return problem("defect")
