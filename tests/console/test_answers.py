from pathlib import Path

import pytest

from kickoff.console.answers import AnswerLost
from tests.console.room import AT_S, answers, saying
from tests.evenings import second


async def test_an_answer_comes_whole(tmp_path: Path) -> None:
    """Findings and curves cross the pipe as they are."""
    answerer = saying(tmp_path, answers(), answers(calm=True))
    assert await answerer.ask() == answers()
    assert await answerer.ask() == answers(calm=True)
    await answerer.close()
    assert answers().at == second(AT_S)


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
