"""What a log holds is counted where it lies."""

from pathlib import Path

import pytest

from kickoff.aftermath.log_files import has_beats_over
from kickoff.facts import Fact
from tests.aftermath.logs import at, write_log
from tests.aftermath.test_sealing import made_up


@pytest.mark.parametrize("until_s", [None, 60])
def test_beats_are_counted_up_to_an_instant_without_being_read(
    tmp_path: Path, until_s: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exactly: whoever follows a night and whoever reads it whole must agree on whether there are too many."""
    monkeypatch.setattr("kickoff.aftermath.log_files.COUNTED_AT_ONCE", 7)
    rows, until = made_up(1), None if until_s is None else at(until_s)
    log = write_log(tmp_path, rows) / "log"
    count = sum(row.fact is Fact.BEAT and (until is None or row.at <= until) for row in rows)
    assert count
    assert not has_beats_over(count, log, until=until)
    assert has_beats_over(count - 1, log, until=until)
