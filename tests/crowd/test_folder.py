"""The crowd of a run folder: what it reads, what it writes, and how it says what is wrong."""

import json
from pathlib import Path

import pytest

from kickoff.clock import WallClock
from kickoff.commands import BadInput
from kickoff.commands.crowd import command
from kickoff.night_folder import write_start
from kickoff.plumbing.key_files import load_or_create
from kickoff.run_folder import RunFolder
from kickoff.units import US_PER_S, AtUs
from tests.crowd.house import CURVE, NIGHT

NOBODY = "http://127.0.0.1:9"


def lay_out(root: Path, *, curve: bool = True, keys: bool = True, ago_s: float = 4.0) -> RunFolder:
    """The run folder of a night that began `ago_s` ago, of 5.5 seconds: it is over soon."""
    folder = RunFolder(root, "seconds")
    folder.journal.mkdir(parents=True)
    if curve:
        (folder.journal / CURVE.name).write_bytes(CURVE.read_bytes())
    if keys:
        load_or_create(root)
    write_start(folder, NIGHT, starts_at=AtUs(WallClock().now() - round(ago_s * US_PER_S)))
    return folder


def test_a_crowd_that_meets_nobody_still_tells_what_it_lived_through(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """crowd.json is written whatever happened; `--json` prints the same document and nothing else."""
    folder = lay_out(tmp_path / "run")
    command(folder.root, door=NOBODY, as_json=True)
    kept = json.loads(folder.crowd.read_text("utf-8"))
    assert kept == json.loads(capsys.readouterr().out)
    assert (kept["came"], kept["got_picture"]) == (30, 0)


def test_progress_is_one_object_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`kickoff run` shows them as they come."""
    folder = lay_out(tmp_path / "run")
    command(folder.root, door=NOBODY, progress="json")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines
    assert all(set(line) == {"at_s", "came", "waiting", "watching", "failed"} for line in lines)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"door": "http://192.0.2.1:8080"}, "the crowd only plays against this machine"),
        ({"progress": "xml"}, "--progress: 'xml' is unknown; write json or none"),
    ],
)
def test_what_cannot_be_played_is_said_in_one_line(tmp_path: Path, wish: dict[str, str], words: str) -> None:
    """What, where, remedy."""
    folder = lay_out(tmp_path / "run")
    with pytest.raises(BadInput, match=words):
        command(folder.root, **wish)  # type: ignore[arg-type]


def test_a_missing_curve_and_missing_keys_are_named(tmp_path: Path) -> None:
    """Whoever made the folder by hand sees what is not there."""
    with pytest.raises(BadInput, match=r"put the curve of crowd.arrivals.file there"):
        command(lay_out(tmp_path / "curveless", curve=False).root, door=NOBODY)
    with pytest.raises(BadInput, match="keys"):
        command(lay_out(tmp_path / "keyless", keys=False).root, door=NOBODY)


def test_a_night_that_is_over_is_not_played(tmp_path: Path) -> None:
    """Nothing would happen, and nobody would know why."""
    with pytest.raises(BadInput, match=r"the night seconds is over; `kickoff run NIGHT.toml` plays it anew"):
        command(lay_out(tmp_path / "run", ago_s=6.0).root, door=NOBODY)
