"""A journal written with the schema alone is answered in full: as it stood at an instant, and the same every time."""

from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from kickoff.aftermath.answers import cases, findings
from kickoff.aftermath.journal import JournalView
from kickoff.cli import main
from kickoff.findings import Cause, Metric
from tests.evenings import ROOT, STARTS_AT, Evening, Trouble, evening, second

SOUTH = Trouble(kind="cdn", at=88, until=112, where={"cdn": "south"})


def write(root: Path, name: str, played: Evening) -> Path:
    """The evening as a journal: the schema's facts, the subscribers, and the night as it was run."""
    folder = root / name
    (folder / "facts").mkdir(parents=True)
    pq.write_table(played.facts, folder / "facts" / "all.parquet")
    pq.write_table(played.subscribers, folder / "subscribers.parquet")
    text = (ROOT / "examples" / "psg-juventus.toml").read_text("utf-8")
    text = text.replace('name = "psg-juventus"', f'name = "{name}"\nstarts_at = "{STARTS_AT}"')
    (folder / "night.toml").write_text(text, "utf-8")
    return root


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One evening with a failing delivery network."""
    return write(tmp_path_factory.mktemp("journal"), "broken", evening(troubles=(SOUTH,)))


def test_a_night_is_answered_from_its_journal_alone(journal: Path) -> None:
    """Noticed, located, explained, counted: in that order, from facts that a stranger could have written."""
    found = findings(JournalView(journal, "broken"))
    (incident,) = found.incidents

    assert incident.metric is Metric.START_FAILURES
    assert incident.scope.causes == ({"cdn": "south"},)
    assert found.verdict.verdict is Cause.FAULT
    assert found.impact.seen >= len(evening(troubles=(SOUTH,)).hit)
    assert len(cases(JournalView(journal, "broken"))) == found.impact.seen


def test_the_same_journal_gives_the_same_answer_byte_for_byte(journal: Path) -> None:
    """What was said can be said again; nothing depends on the order of a dictionary or of a file."""
    first, second_time = (msgspec.json.encode(findings(JournalView(journal, "broken"))) for _ in range(2))

    assert first == second_time


def test_what_was_known_at_an_instant_stays_what_it_was(journal: Path) -> None:
    """The answer of 21:01 must not know of 21:10."""
    early = findings(JournalView(journal, "broken", until=second(80)))
    in_it = findings(JournalView(journal, "broken", until=second(100)))

    assert early.incidents == ()
    assert early.verdict.verdict is Cause.NONE
    assert in_it.incidents[0].ended_at is None
    assert in_it.impact.seen < findings(JournalView(journal, "broken")).impact.seen


@pytest.mark.parametrize("command", ["notice", "explain", "impact"])
def test_each_question_is_a_command_that_prints_one_document(
    journal: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Scripts read standard output as JSON and find nothing else there."""
    with pytest.raises(SystemExit) as left:
        main([command, str(journal), "--night", "broken", "--at", "2022-09-06T19:02:30Z", "--json"])
    document = msgspec.json.decode(capsys.readouterr().out)

    assert left.value.code == 0
    keys = {
        "notice": {"noticed_at", "began_at", "ended_at", "metric", "scope"},
        "explain": {"verdict", "probabilities", "evidence", "settles", "next_statement_at"},
        "impact": {"seen", "unseen", "total", "user_hours", "by", "how", "by_incident"},
    }[command]
    assert set(document[0] if command == "notice" else document) == keys


@pytest.mark.parametrize("form", [["--json"], []])
def test_without_an_incident_the_exit_status_says_so_in_either_form(
    journal: Path, capsys: pytest.CaptureFixture[str], form: list[str]
) -> None:
    """A script that waits for trouble asks the exit status."""
    with pytest.raises(SystemExit) as left:
        main(["notice", str(journal), "--night", "broken", "--at", "2022-09-06T18:59:30Z", *form])

    assert left.value.code == 1
    assert capsys.readouterr().out.strip() == ("[]" if form else "No incident.")


def test_an_unknown_night_is_one_line_that_says_which_there_are(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, and the remedy."""
    with pytest.raises(SystemExit) as left:
        main(["notice", str(journal), "--night", "brocken", "--json"])

    assert left.value.code == 2
    assert "broken" in capsys.readouterr().err
