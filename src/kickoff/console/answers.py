"""What did the answering processes say? Starts `answerer.py` and `clerk.py`, asks them, and starts them anew."""

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from kickoff.console.cases import Answer as CaseAnswer
from kickoff.console.cases import Question, Refused
from kickoff.console.curves import Curves
from kickoff.console.reports import Reported
from kickoff.findings import Findings
from kickoff.notices.words import Notice

Answer = TypeVar("Answer")

ANSWER_WITHIN_S = 60.0
LINE_BYTES_MAX = 64 * 1024 * 1024
"""An evening of 86,400 seconds and a dozen channels is some 5 MB of JSON."""


class Answers(Struct, frozen=True, kw_only=True):
    """The evening up to `at` (µs UTC); `wrong` says why there is none."""

    at: int
    findings: Findings | None = None
    curves: Curves = Curves()
    said: Notice | None = None
    """What is to be said of the findings: the status page says it already."""
    reports: tuple[Reported, ...] = ()
    """What subscribers said lately that they see."""
    wrong: str = ""


class AnswerLost(Exception):
    """The process ended or took too long. Ask again: it is started anew."""


class Asked(Generic[Answer]):
    """A process that answers each line with a line of JSON. One question at a time; `close` when done."""

    def __init__(self, command: Sequence[str], answer: msgspec.json.Decoder[Answer]) -> None:
        self._command = tuple(command)
        self._decoder = answer
        self._process: asyncio.subprocess.Process | None = None
        self._one = asyncio.Lock()

    async def start(self) -> None:
        """Start the process before anybody asks: it takes seconds to come up."""
        async with self._one:
            if self._process is None:
                await self._start()

    async def put(self, question: bytes) -> Answer:
        """The answer to a question without line breaks. Raises `AnswerLost`."""
        async with self._one:
            process = self._process or await self._start()
            assert process.stdin is not None, "asked by a pipe"
            assert process.stdout is not None, "answered by a pipe"
            try:
                process.stdin.write(question + b"\n")
                await process.stdin.drain()
                line = await asyncio.wait_for(process.stdout.readline(), ANSWER_WITHIN_S)
                return self._decoder.decode(line)
            except asyncio.CancelledError:
                # Nobody waits for the answer any more; left in the pipe, the next question would be given it.
                await self.close()
                raise
            except (OSError, TimeoutError, ValueError) as error:  # a DecodeError of msgspec is a ValueError
                await self.close()
                raise AnswerLost(
                    f"the answering process ended ({error}); its last words are in the console's log"
                ) from error

    async def close(self) -> None:
        """End the process: it sees its input end, and is killed where it does not go at once."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def _start(self) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, limit=LINE_BYTES_MAX
        )
        return self._process


class Answerer(Asked[Answers]):
    """Asks what the journal says now."""

    def __init__(self, command: Sequence[str]) -> None:
        super().__init__(command, msgspec.json.Decoder(Answers))

    async def ask(self) -> Answers:
        """What the journal says now. Raises `AnswerLost`."""
        return await self.put(b"now")


class Clerk(Asked[CaseAnswer]):
    """Asks about gestures and subscribers."""

    def __init__(self, command: Sequence[str]) -> None:
        super().__init__(command, msgspec.json.Decoder(CaseAnswer))

    async def of(self, question: Question) -> CaseAnswer:
        """The answer; `Refused` where the process cannot be had."""
        try:
            return await self.put(msgspec.json.encode(question))
        except AnswerLost as error:
            return Refused(code="not_read", why=str(error))


def clerk_of(folder: Path, night: str) -> Clerk:
    """The process that reads the journal of a run folder for gestures and care."""
    return Clerk([sys.executable, "-m", "kickoff.console.clerk", str(folder), night])


def answerer_of(folder: Path, night: str) -> Answerer:
    """The process that answers from the journal of a run folder, and keeps its status page."""
    return Answerer([sys.executable, "-m", "kickoff.console.answerer", str(folder), night])
