from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kickoff.aftermath.following import Following
from kickoff.clock import WallClock
from kickoff.console.answerer import Answering
from kickoff.console.answers import Answers
from kickoff.console.statuspage import StatusPage
from kickoff.run_folder import RunFolder
from tests.evenings import ROOT, STARTS_AT, Trouble, evening


@pytest.fixture
def status(tmp_path: Path) -> StatusPage:
    """An evening on which one delivery network fails, as somebody else would write it."""
    folder = tmp_path / "journal" / "psg-juventus"
    (folder / "facts").mkdir(parents=True)
    trouble = Trouble(kind="cdn", at=88, until=112, where={"cdn": "south"})
    pq.write_table(evening(people=600, troubles=(trouble,)).facts, folder / "facts" / "all.parquet")
    text = (ROOT / "examples" / "psg-juventus.toml").read_text("utf-8")
    (folder / "night.toml").write_text(f'starts_at = "{STARTS_AT}"\n{text}', "utf-8")
    return StatusPage(RunFolder(tmp_path, "psg-juventus"))


def answer(status: StatusPage) -> Answers:
    """The first answer of a process that has just been started."""
    return Answering(status).answer(WallClock().now())


def test_findings_and_curves_come_from_one_journal(status: StatusPage) -> None:
    """The whole evening, since it is long over."""
    found = answer(status)
    assert found.wrong == ""
    assert found.findings is not None
    assert found.findings.audience.peak >= 0
    assert len(found.curves.line) == 186
    assert found.said is not None
    assert found.said.texts["en"].title in (status.folder.root / "status" / "index.html").read_text("utf-8")


def test_a_journal_that_is_not_there_is_said(tmp_path: Path) -> None:
    """In the words that the commands use."""
    found = answer(StatusPage(RunFolder(tmp_path, "psg-juventus")))
    assert (found.findings, found.curves.line) == (None, ())
    assert "psg-juventus" in found.wrong


def test_a_stage_that_fails_leaves_the_curves(
    status: StatusPage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The operator sees the line go on; what failed is said, and stands whole in the console's log."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a stage fell over")

    monkeypatch.setattr(Following, "answer", fail)
    found = answer(status)
    assert (found.findings, found.wrong) == (None, "ZeroDivisionError: a stage fell over")
    assert len(found.curves.line) == 186
    assert "Traceback" in capsys.readouterr().err


def test_asked_again_it_says_the_same_and_curves_stay(status: StatusPage) -> None:
    """Nothing was added to the journal: the answer of before stands, and is not computed anew."""
    answering = Answering(status)
    first, second = (answering.answer(WallClock().now()) for _ in range(2))
    assert (first.findings, first.curves, first.said) == (second.findings, second.curves, second.said)
    assert second.findings is not None
