import json
from pathlib import Path

import pytest

from kickoff.commands import BadInput
from kickoff.commands.report import command, run_folder
from tests.aftermath.played import lay_out


def test_the_command_prints_the_summary_that_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON document on standard output, and nothing else there."""
    folder = lay_out(tmp_path / "out", people=12)
    command(folder.root, as_json=True)
    assert json.loads(capsys.readouterr().out) == json.loads(folder.summary.read_text("utf-8"))
    command(folder.root, as_json=False)
    assert str(folder.report) in capsys.readouterr().out
    assert (folder.root / "status" / "index.html").is_file()


def test_a_folder_that_is_no_run_is_bad_input(tmp_path: Path) -> None:
    """Said with what to name instead."""
    with pytest.raises(BadInput, match="name the folder that `kickoff run` printed"):
        run_folder(tmp_path)
    for name in ("one", "two"):
        (tmp_path / "journal" / name).mkdir(parents=True)
    with pytest.raises(BadInput, match="holds several nights"):
        run_folder(tmp_path)


def test_of_several_nights_the_folders_own_is_meant(tmp_path: Path) -> None:
    """Earlier nights may lie under the same root."""
    for name in ("before", "tonight"):
        (tmp_path / "tonight" / "journal" / name).mkdir(parents=True)
    assert run_folder(tmp_path / "tonight").night == "tonight"
