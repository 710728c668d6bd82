"""Nobody has to ask for the sheet of a draw: it lies beside the status page, which says how to check it."""

import json
import shutil
from pathlib import Path

import pytest

from kickoff.aftermath.answers import findings
from kickoff.aftermath.closing import write_status
from kickoff.aftermath.draw_sheet import LIST, SHEET, shown_draw
from kickoff.aftermath.journal import JournalView
from kickoff.plumbing.key_files import KEYS_FILE
from kickoff.run_folder import RunFolder
from tests.commands.test_draw import before, lay_out
from tests.door.rig import Rig
from tests.door.test_lottery import drawn

PEOPLE = 12


def said(root: Path, rig: Rig) -> str:
    """What the status page says of this door's night."""
    folder = RunFolder(root, "psg-juventus")
    lay_out(root, rig)
    folder.state.mkdir()
    (folder.state / "door.sqlite").touch()
    write_status(folder, findings(JournalView(folder.journals, folder.night)))
    return (root / "status" / "index.html").read_text("utf-8")


def test_the_sheet_is_published_with_the_page_once_the_doors_are_open(tmp_path: Path) -> None:
    """A draw that only an operator can have checked is checked by nobody."""
    rig = before(PEOPLE)
    rig.serve(0)
    page = said(tmp_path, rig)
    sheet = json.loads((tmp_path / "status" / SHEET).read_bytes())
    assert {name: sheet[name] for name in ("commitment", "secret", "seed")}.items() <= drawn(rig).items()
    assert len((tmp_path / "status" / LIST).read_text("ascii").splitlines()) == PEOPLE
    for text in (sheet["commitment"], sheet["secret"], sheet["seed"], f'href="{SHEET}"', f'href="{LIST}"'):
        assert page.count(text) >= 2
    assert f"kickoff draw verify {SHEET} --commitment {sheet['commitment']}" in page


def test_before_the_doors_the_page_shows_what_binds_and_nothing_else(tmp_path: Path) -> None:
    """The commitment can be noted while the secret is none of anybody's business."""
    rig = before(PEOPLE)
    page = said(tmp_path, rig)
    assert str(drawn(rig)["commitment"]) in page
    assert "draw verify" not in page
    assert not (tmp_path / "status" / SHEET).exists()


@pytest.mark.parametrize("lost", [KEYS_FILE, "state/door.sqlite"])
def test_what_cannot_be_shown_takes_no_page_away(tmp_path: Path, lost: str) -> None:
    """Without the keys there is no secret; a line that many doors share is not drawn."""
    rig = before(PEOPLE)
    said(tmp_path, rig)
    (tmp_path / lost).unlink()
    folder = RunFolder(tmp_path, "psg-juventus")
    write_status(folder, findings(JournalView(folder.journals, folder.night)))
    assert str(drawn(rig)["commitment"]) not in (tmp_path / "status" / "index.html").read_text("utf-8")


def test_a_journal_that_cannot_be_read_takes_no_page_away(tmp_path: Path) -> None:
    """What the operator says is on the page when things are broken, or it is of no use."""
    rig = before(PEOPLE)
    said(tmp_path, rig)
    folder = RunFolder(tmp_path, "psg-juventus")
    night = JournalView(folder.journals, folder.night).night
    shutil.rmtree(folder.journal / "log")
    assert shown_draw(folder, night) is None
