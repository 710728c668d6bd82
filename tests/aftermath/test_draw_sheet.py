"""Nobody has to ask for the sheet of a draw: it lies beside the status page, which says how to check it."""

import json
import shutil
from pathlib import Path

from kickoff.aftermath.answers import findings
from kickoff.aftermath.closing import write_status
from kickoff.aftermath.draw_sheet import SHEET, shown_draw
from kickoff.aftermath.journal import JournalView
from kickoff.plumbing.key_files import KEYS_FILE
from kickoff.run_folder import RunFolder
from kickoff.waiting_room.draw_list import LIST
from kickoff.waiting_room.snapshot import LineState
from tests.commands.test_draw import before, lay_out
from tests.door.rig import Rig
from tests.door.test_lottery import drawn

PEOPLE = 12


def said(root: Path, rig: Rig) -> str:
    """What the status page says of this door's night."""
    folder = RunFolder(root, "psg-juventus")
    lay_out(root, rig)
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


def test_what_is_not_drawn_any_more_is_not_announced(tmp_path: Path) -> None:
    """Doors of many opened by themselves, for nobody led: places are as people came."""
    rig = Rig(state=LineState.DRAW, changes="draw = false\n")
    rig.join(1)
    committed = str(drawn(before(PEOPLE))["commitment"])
    assert committed in said(tmp_path / "before", rig)
    rig.serve(1)
    assert committed not in said(tmp_path / "after", rig)


def test_what_cannot_be_shown_takes_no_page_away(tmp_path: Path) -> None:
    """Without the keys there is no secret."""
    rig = before(PEOPLE)
    said(tmp_path, rig)
    (tmp_path / KEYS_FILE).unlink()
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
