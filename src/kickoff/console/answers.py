"""What did the answering process say? Starts `answerer.py`, asks one question at a time, starts it anew if it dies."""

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from kickoff.console.curves import Curves
from kickoff.findings import Findings
from kickoff.notices.words import Notice

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
    reports: dict[str, int] = {}
    """What subscribers said lately that they see → how many of them."""
    wrong: str = ""


class AnswerLost(Exception):
    """The process ended or took too long. Ask again: it is started anew."""


class Answerer:
    """Asks the answering process. One question at a time; `close` when done."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)
        self._process: asyncio.subprocess.Process | None = None

    async def ask(self) -> Answers:
        """What the journal says now. Raises `AnswerLost`."""
        process = self._process or await self._start()
        assert process.stdin is not None, "asked by a pipe"
        assert process.stdout is not None, "answered by a pipe"
        try:
            process.stdin.write(b"now\n")
            await process.stdin.drain()
            line = await asyncio.wait_for(process.stdout.readline(), ANSWER_WITHIN_S)
            return msgspec.json.decode(line, type=Answers)
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


def answerer_of(folder: Path, night: str) -> Answerer:
    """The process that answers from the journal of a run folder, and keeps its status page."""
    return Answerer([sys.executable, "-m", "kickoff.console.answerer", str(folder), night])
