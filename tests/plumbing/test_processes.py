"""Child processes."""

import os
import sys
from pathlib import Path

import pytest

from kickoff.plumbing.processes import Part, PartFailed, last_line, start, stop, wait_ready


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A stand-in for the interpreter: a script that runs its third argument as shell words."""
    script = tmp_path / "program"
    script.write_text('#!/bin/sh\nexec sh -c "$3"\n')
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    return script


def started(words: str, tmp_path: Path) -> Part:
    """A process that runs these shell words."""
    return start("part", [words], log=tmp_path / "part.log")


def test_a_part_is_waited_for_until_it_says_that_it_is_ready(program: Path, tmp_path: Path) -> None:
    """The night starts when every process can be used, not after a guessed time."""
    part = started("echo loading; echo part ready on here; exec cat /dev/zero > /dev/null", tmp_path)

    assert program.exists()
    assert wait_ready(part, within_s=10) == "part ready on here"
    assert stop(part) == -15


def test_a_part_that_ends_gives_its_last_words(program: Path, tmp_path: Path) -> None:
    """The person at the terminal reads the reason, not `exit 2`."""
    part = started("echo port 8080 is taken; exit 2", tmp_path)

    assert program.exists()
    with pytest.raises(PartFailed, match="part: port 8080 is taken"):
        wait_ready(part, within_s=10)


def test_a_part_that_will_not_end_is_made_to(program: Path, tmp_path: Path) -> None:
    """Ctrl-C always gives the terminal back."""
    part = started("trap '' TERM; echo is ready; while :; do :; done", tmp_path)
    wait_ready(part, within_s=10)

    assert program.exists()
    assert stop(part, within_s=0.1) == -9


def test_the_last_whole_line_is_read_while_another_is_being_written(tmp_path: Path) -> None:
    """Progress is read from a file that grows: half a line is no line."""
    log = tmp_path / "part.log"
    part = started("true", tmp_path)
    part.process.wait()
    log.write_text('one\n{"came": 1}\n{"ca')

    assert last_line(part) == '{"came": 1}'


def test_a_part_is_bound_to_its_core(program: Path, tmp_path: Path) -> None:
    """The back end's overload is real only if nobody else uses its processor."""
    core = min(os.sched_getaffinity(0))
    part = start("part", ["echo is ready; exec cat /dev/zero > /dev/null"], log=tmp_path / "part.log", core=core)

    assert program.exists()
    assert os.sched_getaffinity(part.process.pid) == {core}
    stop(part)
