"""What is typed, and what comes back."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from kickoff.aftermath.journal import JournalView
from kickoff.audience import measure
from kickoff.cli import main
from tests.aftermath.logs import at, beat, joined, write_log
from tests.aftermath.test_sealing import Answers, made_up


class Typed(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    error: str


@pytest.fixture
def kickoff(capsys: pytest.CaptureFixture[str]) -> Callable[..., Typed]:
    """Type a command; in this process, for speed."""

    def run(*arguments: str) -> Typed:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return Typed(int(ended.value.code or 0), said.out, said.err)

    return run


def test_once_seals_what_is_there(tmp_path: Path, kickoff: Callable[..., Typed]) -> None:
    """A journal copied from elsewhere becomes tables without anything running."""
    write_log(tmp_path / "journal", made_up(1))
    before = Answers(tmp_path / "journal")
    done = kickoff("journal", str(tmp_path), "--once")
    assert (done.status, done.error) == (0, "")
    assert (tmp_path / "journal" / "a-night" / "viewers.parquet").is_file()
    assert Answers(tmp_path / "journal") == before


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_stopped_it_seals_everything_and_ends_well(tmp_path: Path, stop: signal.Signals) -> None:
    """The end of a night is a signal; nothing waits in the log after it."""
    folder = write_log(tmp_path / "journal", made_up(2))
    with subprocess.Popen(
        [sys.executable, "-m", "kickoff", "journal", str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert " ready" in process.stdout.readline()
        os.kill(process.pid, stop)
        assert process.wait(30) == 0
    assert list((folder / "minutes").glob("*.parquet"))


def test_the_audience_is_one_json_document(tmp_path: Path, kickoff: Callable[..., Typed]) -> None:
    """What a program reads is what a person is shown, as known at the instant asked for."""
    write_log(tmp_path, made_up(3))
    view = JournalView(tmp_path, "a-night", until=at(100))
    truth = measure(view.spans(), view.facts(), view.night, at(100))
    done = kickoff("audience", str(tmp_path), "--night", "a-night", "--at", "2022-09-06T19:00:40Z", "--json")
    assert done.status == 0
    found = json.loads(done.out)
    assert (found["average"], found["peak"], found["reach"]) == (truth.average, truth.peak, truth.reach)
    assert found["seconds"] == list(truth.seconds)


def test_a_panels_figures_stand_beside_ours_and_change_none(tmp_path: Path, kickoff: Callable[..., Typed]) -> None:
    """Entered once, they stay with the night; people are never added to accounts."""
    write_log(tmp_path, made_up(3))
    ask = ("audience", str(tmp_path), "--night", "a-night")
    alone = json.loads(kickoff(*ask, "--json").out)
    panel = tmp_path / "panel.toml"
    panel.write_text('source = "Panel"\nscope = "everywhere"\n[channels.one]\naverage = 1_730_000\n')
    kickoff(*ask, "--panel", str(panel))
    beside = json.loads(kickoff(*ask, "--json").out)
    assert alone.pop("panel") is None
    assert beside.pop("panel")["channels"]["one"]["average"] == 1_730_000
    assert beside == alone
    drawn = kickoff(*ask).out
    assert "1,730,000" in drawn
    assert "Panel: people, everywhere" in drawn
    panel.write_text("source = 1")
    refused = kickoff(*ask, "--panel", str(panel))
    assert refused.status == 2
    assert len(refused.error.splitlines()) == 1


def test_the_same_journal_gives_the_same_bytes(tmp_path: Path, kickoff: Callable[..., Typed]) -> None:
    """Two people who ask the same question of the same night get the same answer to the last byte."""
    write_log(tmp_path / "journal", made_up(4))
    ask = ("audience", str(tmp_path / "journal"), "--night", "a-night", "--json")
    first = kickoff(*ask).out
    kickoff("journal", str(tmp_path), "--once")
    assert kickoff(*ask).out == first


def test_the_drawing_names_figures_and_instants(tmp_path: Path, kickoff: Callable[..., Typed]) -> None:
    """A curve without kick-off and goals is a hill without a map."""
    write_log(tmp_path, [joined(7, 30, 1), *(beat(7, second, 10) for second in range(70, 180, 10))])
    done = kickoff("audience", str(tmp_path), "--night", "a-night")
    assert done.status == 0
    for word in ("average", "peak", "reach", "One", "kick-off", "█", "K", "G", "H", "W"):
        assert word in done.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("audience", ".", "--night", "no-such"), "holds no night 'no-such'"),
        (("audience", ".", "--night", "a-night", "--at", "half past nine"), "is not a time"),
        (("journal", "no-such-folder"), "name a run folder"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kickoff: Callable[..., Typed],
    arguments: tuple[str, ...],
    says: str,
) -> None:
    """Whoever mistypes at night needs the remedy, not a traceback."""
    monkeypatch.chdir(tmp_path)
    done = kickoff(*arguments)
    assert done.status == 2
    assert says in done.error
    assert len(done.error.splitlines()) == 1
