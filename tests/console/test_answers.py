import asyncio
import os
import sys
from pathlib import Path

import msgspec
import pytest

from kickoff.console.answers import AnswerLost, Asked
from tests.console.room import AT_S, answers, saying
from tests.evenings import second


async def test_an_answer_comes_whole(tmp_path: Path) -> None:
    """Findings and curves cross the pipe as they are."""
    answerer = saying(tmp_path, answers(), answers(calm=True))
    assert await answerer.ask() == answers()
    assert await answerer.ask() == answers(calm=True)
    await answerer.close()
    assert answers().at == second(AT_S)


async def test_a_process_is_up_before_anybody_asks(tmp_path: Path) -> None:
    """The first visit to a page does not pay for it; started again, it is the same one."""
    answerer = saying(tmp_path, answers())
    await answerer.start()
    before = answerer._process
    assert before is not None
    await answerer.start()
    assert await answerer.ask() == answers()
    assert answerer._process is before
    await answerer.close()


@pytest.mark.parametrize("words", [b"Traceback", b"{}", b""])
async def test_a_process_that_ends_or_talks_nonsense_is_said_and_started_anew(tmp_path: Path, words: bytes) -> None:
    """One failure must not leave the screen without findings for the rest of the night."""
    answerer = saying(tmp_path, words)
    with pytest.raises(AnswerLost):
        await answerer.ask()
    (tmp_path / "answers").write_bytes((tmp_path / "answers").read_bytes()[:0])
    renewed = saying(tmp_path, answers())
    answerer._command = renewed._command
    assert await answerer.ask() == answers()
    await answerer.close()


async def test_an_answer_that_nobody_waited_for_is_not_given_to_the_next_question(tmp_path: Path) -> None:
    """Who closes the browser on a slow page must not shift every later answer by one: of subscribers, too."""
    asked = tmp_path / "asked"
    os.mkfifo(asked)
    script = (
        "import sys\n"
        "for line in sys.stdin:\n"
        " if 'slow' in line: open(sys.argv[1], 'w').close(); sys.stdin.readline()\n"
        " print(line, end='', flush=True)"
    )
    echo = Asked([sys.executable, "-c", script, str(asked)], msgspec.json.Decoder(str))
    first = asyncio.create_task(echo.put(b'"slow"'))
    await asyncio.to_thread(asked.read_bytes)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await echo.put(b'"second"') == "second"
    assert await echo.put(b'"third"') == "third"
    await echo.close()


async def test_closing_twice_is_closing(tmp_path: Path) -> None:
    """Also before anything was asked."""
    answerer = saying(tmp_path, answers())
    await answerer.close()
    assert await answerer.ask() == answers()
    process = answerer._process
    await answerer.close()
    await answerer.close()

    assert answerer._process is None
    assert process is not None
    assert process.returncode is not None
