"""The command line: exit status and the one line of a failure."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kickoff.cli import command_names, main


def outcome(*arguments: str) -> int:
    """The exit status of `kickoff ARGUMENTS`."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert isinstance(ended.value.code, int | None)
    return ended.value.code or 0


def test_every_command_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    """`kickoff --help` is the map of the house."""
    assert outcome("--help") == 0

    shown = capsys.readouterr().out
    assert all(name.replace("_", "-") in shown for name in command_names())


def test_bad_input_is_one_line_and_exit_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A person reads the remedy; a script reads the status."""
    assert outcome("run", str(tmp_path / "night.toml")) == 2

    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "name a night file" in error


def test_a_way_of_playing_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A typing error does not start a night of six minutes."""
    assert outcome("run", "night.toml", "--door", "ajar") == 2
    assert "choose both, line or open" in capsys.readouterr().err


def test_json_is_one_document_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    """What is piped into a program must parse."""
    assert outcome("facts", "--schema", "--json") == 0
    assert {"schema", "layout"} == json.loads(capsys.readouterr().out).keys()


def test_asking_for_one_command_loads_no_other() -> None:
    """Five processes start from this program: each imports what it needs and no more."""
    program = "import atexit, sys; atexit.register(lambda: print(*sys.modules)); from kickoff.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "facts", "--schema"], capture_output=True, text=True, check=True
    )
    loaded = {name for name in done.stdout.splitlines()[-1].split() if name.startswith("kickoff.commands.")}

    assert loaded == {"kickoff.commands.facts"}
