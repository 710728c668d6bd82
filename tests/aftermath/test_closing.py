import html
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kickoff.aftermath import closing
from kickoff.aftermath.answers import findings
from kickoff.aftermath.closing import (
    LEDGER,
    announce_notice,
    approve_by_rule,
    close_night,
    ledger_of,
    said_so_far,
    write_status,
    write_whole,
)
from kickoff.aftermath.journal import JournalView
from kickoff.facts import FACT_NAMES, Fact, read_records
from kickoff.findings import Cause, Verdict
from kickoff.gestures.policy import allot
from kickoff.notices.words import State
from kickoff.run_folder import RunFolder
from kickoff.units import AtUs
from tests.aftermath.played import HIT, lay_out
from tests.gestures.nights import case, night_with

PEOPLE = 420


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, dict[str, Any]]:
    """A night played both ways, closed once: (its folder, the summary)."""
    folder = lay_out(tmp_path_factory.mktemp("night") / "out", people=PEOPLE)
    lay_out(folder.door_open, people=PEOPLE, is_open=True)
    return folder, close_night(folder)


def test_the_summary_is_what_was_returned_and_holds_the_promised_keys(closed: tuple[RunFolder, dict[str, Any]]) -> None:
    """Readers of summary.json and of `kickoff report --json` read the same."""
    folder, returned = closed
    found = json.loads(folder.summary.read_text("utf-8"))
    assert found == json.loads(msgspec.json.encode(returned))
    outcome = {"pictures_10s", "pictures_60s", "sign_ins_failed", "black_screens", "expelled"}
    promised = {
        "audience": {"average", "peak", "reach", "by_channel"},
        "door": {
            "joined", "admitted", "called", "waited_p50_s", "waited_p95_s", "expelled", "duplicate_places", "overtakes",
        },
        "without_door": outcome,
        "with_door": outcome,
        "incident": {"noticed_after_s", "scope", "cause", "probabilities"},
        "impact": {"seen", "low", "high"},
        "gestures": {"granted", "total_cents", "by_offer"},
    }  # fmt: skip
    assert all(keys <= found[part].keys() for part, keys in promised.items())


def test_the_figures_are_those_of_a_plain_loop_over_the_log(closed: tuple[RunFolder, dict[str, Any]]) -> None:
    """The report's own queries are not their own proof."""
    folder, found = closed
    records = read_records((folder.journal / "log" / "door-000001-000001.log").read_bytes()).facts
    counts = Counter(FACT_NAMES[row["fact"]] for row in records)
    night = JournalView(folder.journals, folder.night).night
    watching = [0, 0]
    for stream in {int(row["stream"]) for row in records if row["stream"]}:
        beats = [row for row in records if row["stream"] == stream and FACT_NAMES[row["fact"]] == Fact.BEAT]
        spans = [(int(row["at"]) - int(row["watched_ms"]) * 1000, int(row["at"])) for row in beats]
        for number, second in enumerate((10, 60)):
            at = night.at(night.schedule.kick_off + second)
            watching[number] += any(begins <= at < ends for begins, ends in spans)
    assert (found["door"]["joined"], found["door"]["admitted"]) == (counts["joined"], counts["passed"])
    assert [found["with_door"]["pictures_10s"], found["with_door"]["pictures_60s"]] == watching
    assert found["with_door"]["black_screens"] == counts["start_failed"] == len(HIT)


def test_the_door_is_judged_against_the_same_night_without_it(closed: tuple[RunFolder, dict[str, Any]]) -> None:
    """A failed sign-in without a line is told under the login alone: the links say whose it was."""
    _, found = closed
    strangers = len(range(0, PEOPLE, 4))
    assert found["without_door"]["sign_ins_failed"] == strangers
    assert found["without_door"]["black_screens"] == strangers + sum(account % 4 != 0 for account in HIT)
    assert found["without_door"]["pictures_60s"] < found["with_door"]["pictures_60s"]


def test_gestures_go_to_those_who_were_hit_and_stand_in_the_ledger(closed: tuple[RunFolder, dict[str, Any]]) -> None:
    """What the summary says is what was promised, to the cent."""
    folder, found = closed
    ledger = ledger_of(folder)
    audit = ledger.audit("psg-juventus@2022-09-06T19:00:00Z")
    ledger.close()
    assert audit.wrong == ()
    assert (audit.gestures, audit.total_cents) == (found["gestures"]["granted"], found["gestures"]["total_cents"])
    assert found["gestures"]["granted"] == found["impact"]["seen"] == len(HIT)


def test_closing_again_changes_nothing(closed: tuple[RunFolder, dict[str, Any]]) -> None:
    """The same journal gives the same answers, byte for byte, and pays nobody twice."""
    folder, found = closed
    files = [path for path in folder.root.rglob("*") if path.is_file() and path.name != LEDGER]
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files if "state" not in path.parts}
    ledger = ledger_of(folder)
    entries = ledger.audit("psg-juventus@2022-09-06T19:00:00Z").entries
    assert close_night(folder) == found
    assert ledger.audit("psg-juventus@2022-09-06T19:00:00Z").entries == entries
    ledger.close()
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in before} == before


def test_the_report_needs_nothing_but_itself(closed: tuple[RunFolder, dict[str, Any]]) -> None:
    """It is sent by e-mail and opened on a train."""
    text = closed[0].report.read_text("utf-8")
    assert not re.findall(r"<(?:script|img|iframe|link)|@import|url\(|(?:href|src)=", text)


def test_the_reports_first_page_answers_the_questions_of_the_day_after(
    closed: tuple[RunFolder, dict[str, Any]],
) -> None:
    """How many, who, why and how sure, what is owed, what the door changed, what about the next match."""
    folder, found = closed
    text = html.unescape(folder.report.read_text("utf-8"))
    first = text[text.index('<section class="first') : text.index("With the door and without it")]
    for question in ("How many watched?", "Who was hit?", "Why, and how sure", "What do we owe?", "the next match?"):
        assert question in first
    assert f"{found['audience']['average']:,}" in first
    low, high = found["impact"]["low"], found["impact"]["high"]
    low = max(low, found["impact"]["seen"])
    assert (f"{low:,}" if low == high else f"{low:,} – {high:,}") in first
    assert f"{found['with_door']['pictures_60s']:,} / {found['without_door']['pictures_60s']:,}" in first


def test_a_night_played_open_says_so(tmp_path: Path) -> None:
    """There is then no line to judge, and the figures are those of the open door."""
    folder = lay_out(tmp_path / "out", people=40, is_open=True)
    found = close_night(folder)
    assert found["with_door"] is None
    assert found["without_door"]["sign_ins_failed"] == 10
    assert "played with the door open to all" in folder.report.read_text("utf-8")


def test_a_night_before_anything_happened_closes_too(tmp_path: Path) -> None:
    """Ended early by Ctrl-C, a night still has a report."""
    folder = lay_out(tmp_path / "out", people=0)
    found = close_night(folder)
    assert (found["audience"]["peak"], found["door"]["joined"], found["impact"]["high"]) == (0, 0, 0)
    assert "Nobody" in folder.report.read_text("utf-8")


def test_a_title_cannot_carry_markup_into_the_report(tmp_path: Path) -> None:
    """What the night file says is text."""
    folder = lay_out(tmp_path / "out", people=3, title="<b onclick=x>A</b>")
    close_night(folder)
    assert "<b onclick" not in folder.report.read_text("utf-8")


def test_the_status_page_remembers_what_it_said(tmp_path: Path) -> None:
    """A changed verdict is a further statement that corrects the one before, not another past."""
    folder = lay_out(tmp_path / "out", people=PEOPLE)
    found = findings(JournalView(folder.journals, folder.night))
    first = msgspec.structs.replace(found, verdict=_verdict(Cause.CAPACITY))
    then = msgspec.structs.replace(found, verdict=_verdict(Cause.FAULT), until=AtUs(found.until + 1))
    for one in (first, first, then, then):
        write_status(folder, one)
    told = json.loads((folder.root / "status" / "api" / "v2" / "incidents.json").read_bytes())
    updates = told["incidents"][0]["incident_updates"]
    assert len(updates) == 2
    assert updates[0]["body"].startswith("Correction:")


def test_where_people_publish_the_page_says_nothing_by_itself(tmp_path: Path) -> None:
    """Neither page, history nor the state of the parts give away what nobody has said; closing does not either."""
    folder = lay_out(tmp_path / "out", people=PEOPLE)
    text = folder.night_file.read_text("utf-8")
    assert '[notices]\nservice = "Canal+"\napproval = "rule"' in text
    folder.night_file.write_text(text.replace('Canal+"\napproval = "rule"', 'Canal+"\napproval = "people"'), "utf-8")
    found = findings(JournalView(folder.journals, folder.night))
    draft = write_status(folder, found)
    close_night(folder)
    assert draft.state is not State.CALM
    page = (folder.root / "status" / "index.html").read_text("utf-8")
    assert "Nothing has been announced" in page
    assert draft.texts["en"].title not in page
    assert said_so_far(folder) == ()
    api = folder.root / "status" / "api" / "v2"
    assert json.loads((api / "incidents.json").read_bytes())["incidents"] == []
    assert json.loads((api / "status.json").read_bytes())["status"]["indicator"] == "none"
    announce_notice(folder, night_with(), draft, at=AtUs(draft.at + 1))
    write_status(folder, found)
    assert draft.texts["en"].title in (folder.root / "status" / "index.html").read_text("utf-8")


def _verdict(cause: Cause) -> Verdict:
    return Verdict(verdict=cause, probabilities={cause: 0.9}, evidence=(), settles="", next_statement_at=None)


def test_where_people_approve_nothing_is_posted(tmp_path: Path) -> None:
    """A rule approves only where the night says that it may."""
    folder = RunFolder(tmp_path, "a-night")
    night = night_with(approval="people")
    allotment = allot([case(1)], night)
    assert closing._promise(folder, allotment, night, AtUs(1)) is False
    ledger = ledger_of(folder)
    assert ledger.audit(allotment.scope).entries == 0
    assert approve_by_rule(ledger, allotment, night_with(), at=AtUs(1))
    ledger.close()


def test_an_unchanged_file_is_left_alone_and_no_half_file_is_seen(tmp_path: Path) -> None:
    """Servers and readers of static files look at the time of change."""
    path = tmp_path / "deep" / "file"
    write_whole(path, b"one")
    before = path.stat().st_ino
    write_whole(path, b"one")
    assert path.stat().st_ino == before
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert [other.name for other in path.parent.iterdir()] == ["file"]
