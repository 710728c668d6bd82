"""`kickoff plan`: what the house must carry, from an assumed crowd and from a night that was lived."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kickoff.cli import _application
from kickoff.crowd.rehearsal import Wish, rehearse

EXAMPLES = Path(__file__).parents[2] / "examples"
TOMORROW = EXAMPLES / "tottenham-om.toml"


def said(*arguments: str) -> str:
    """What the command prints."""
    result = CliRunner().invoke(_application(["plan"]), ["plan", *arguments])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def planned(*arguments: str) -> dict[str, object]:
    """The plan of tomorrow as JSON."""
    found: dict[str, object] = json.loads(said(str(TOMORROW), "--json", *arguments))
    return found


def refused(*arguments: str) -> str:
    """The one line of a refusal."""
    result = CliRunner().invoke(_application(["plan"]), ["plan", *arguments])
    assert result.exit_code != 0
    return str(result.exception)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night that was lived."""
    folder = tmp_path_factory.mktemp("out") / "psg-juventus"
    rehearse(Wish(night_file=EXAMPLES / "psg-juventus.toml", out=folder, scale=0.02))
    return folder


def test_the_crowd_of_the_night_file_is_planned_without_any_journal() -> None:
    """Before the first night there is no past to plan from."""
    found = planned("--within", "30")
    assert (found["people"], found["source"]) == (12_000, "the crowd of the night file")
    assert found["signed_out"] == 0.3
    assert isinstance(found["needed_sign_ins_per_s"], float)


def test_a_night_that_was_lived_says_who_comes_and_what_was_carried(past: Path) -> None:
    """What was measured stands in the journal; nobody has to remember it."""
    found = planned("--from", str(past))
    assert found["source"] == "the journal of psg-juventus"
    assert found["sign_ins_per_s"] == pytest.approx(0.9, rel=0.5)
    assert found["signed_out"] == pytest.approx(0.3, abs=0.08)


def test_of_several_nights_the_one_that_the_folder_is_named_after_is_planned_from(past: Path, tmp_path: Path) -> None:
    """As `kickoff report` reads it: never the first by the alphabet, which may be any evening."""
    named = tmp_path / "psg-juventus"
    shutil.copytree(past, named)
    shutil.copytree(past / "journal" / "psg-juventus", named / "journal" / "another")
    assert planned("--from", str(named))["source"] == "the journal of psg-juventus"
    other = tmp_path / "archive"
    named.rename(other)
    assert "holds several nights (another, psg-juventus)" in refused(str(TOMORROW), "--from", str(other))


def test_a_short_past_is_stretched_to_the_night_that_is_planned(past: Path) -> None:
    """People come by the match clock: not all of a full evening's within the two minutes about its kick-off."""
    found = json.loads(said(str(EXAMPLES / "psg-juventus-full.toml"), "--from", str(past), "--json"))
    assert found["people"] == 2_300_000
    first_doors_s = found["by_doors"][0]["doors_s"]
    assert first_doors_s < 600


def test_the_doors_are_told_by_the_clock_where_kick_off_is(tmp_path: Path) -> None:
    """From the option, or from a night file that says when it starts."""
    assert "before kick-off (20:59:" in said(str(TOMORROW), "--kick-off", "21:00")
    dated = tmp_path / "dated.toml"
    dated.write_text(f'starts_at = "2022-09-07T18:59:00Z"\n{TOMORROW.read_text("utf-8")}', "utf-8")
    shutil.copy(EXAMPLES / "arrivals-1998-06-30.csv", tmp_path)
    assert "40 s before kick-off (20:59:20)" in said(str(dated))
    assert "is no time of day; write it as 21:00" in refused(str(TOMORROW), "--kick-off", "9 pm")


def test_the_picture_is_written_where_it_was_asked_for(tmp_path: Path) -> None:
    """Beside the words or the JSON; a folder that is not there is one line."""
    drawn = tmp_path / "plan.svg"
    assert planned("--picture", str(drawn))["people"] == 12_000
    assert drawn.read_text("utf-8").startswith("<svg ")
    assert "--picture" in refused(str(TOMORROW), "--picture", str(tmp_path / "nowhere" / "plan.svg"))


def test_a_folder_without_a_journal_is_refused_in_one_line(tmp_path: Path) -> None:
    """Where, what and how to mend it."""
    assert "holds no journal" in refused(str(TOMORROW), "--from", str(tmp_path))


@pytest.mark.parametrize("within", ["inf", "nan", "0", "1e9"])
def test_a_wait_that_is_no_time_is_refused(within: str) -> None:
    """An endless wait is kept by any night: nothing is planned by it."""
    result = CliRunner().invoke(_application(["plan"]), ["plan", str(TOMORROW), "--within", within])
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)


def test_a_minute_of_a_night_is_planned_as_any_other() -> None:
    """Its waits end with it: a promise longer than the night still asks for something."""
    told = said(str(EXAMPLES / "one-minute.toml"))
    assert "0.00 ×" not in told
    assert "0'" not in told
