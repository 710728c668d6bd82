from pathlib import Path

import pytest
from msgspec.structs import replace

from kickoff.console import statuspage
from kickoff.console.statuspage import StatusPage
from kickoff.findings import Cause, Findings
from kickoff.notices.html import REFRESH_S, tongues
from kickoff.notices.words import Notice, notice
from kickoff.run_folder import RunFolder
from kickoff.units import US_PER_S, AtUs
from tests.notices.nights import NIGHT, findings, incident


def test_the_page_is_written_when_it_says_something_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And when its time grows old; not with every answer of the journal."""
    written: list[AtUs] = []

    def write(_: RunFolder, found: Findings) -> Notice:
        written.append(found.until)
        return notice(found, NIGHT, tongues())

    monkeypatch.setattr(statuspage, "write_status", write)
    page, first = StatusPage(RunFolder(tmp_path, NIGHT.name)), findings(Cause.NONE)
    soon = replace(first, until=AtUs(first.until + 3 * US_PER_S))
    late = replace(first, until=AtUs(first.until + REFRESH_S * US_PER_S))
    broken = replace(late, incidents=(incident(),))
    for found in (first, soon, late, broken, broken):
        page.say(found)
    assert written == [first.until, late.until, broken.until]
