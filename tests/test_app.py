"""The wiring of a night: what goes on when a part of it cannot."""

from pathlib import Path

import pytest

from kickoff.aftermath.closing import close_night
from kickoff.app import _look_ahead
from kickoff.night import parse_night
from kickoff.settings import Settings
from kickoff.show import Show
from tests.aftermath.played import lay_out


def test_a_next_match_that_cannot_be_rehearsed_costs_no_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The gestures of tonight do not wait for the file of another night."""
    folder = lay_out(tmp_path / "out", people=12)
    (folder.journal / "arrivals-1998-06-30.csv").write_text("no,curve\n", "utf-8")
    night = parse_night(folder.night_file.read_text("utf-8"), source="played")

    _look_ahead(folder, Show(night, settings=Settings(), folder=folder))
    close_night(folder)

    assert "The next match was not rehearsed: " in capsys.readouterr().out
    assert folder.report.is_file()
