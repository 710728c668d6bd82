import json
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from kickoff.aftermath import tomorrow
from kickoff.aftermath.closing import close_night, look_ahead
from kickoff.aftermath.tomorrow import FILE
from kickoff.commands import BadInput
from kickoff.night import parse_night
from kickoff.run_folder import RunFolder
from tests.aftermath.played import lay_out
from tests.architecture.source import ROOT

ARRIVALS = "arrivals-1998-06-30.csv"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A night whose folder holds the curve of its arrivals, as a run leaves it."""
    folder = lay_out(tmp_path_factory.mktemp("night") / "out", people=120)
    shutil.copy(ROOT / "examples" / ARRIVALS, folder.journal)
    text = folder.night_file.read_text("utf-8").replace("subscribers = 500", "subscribers = 160")
    folder.night_file.write_text(text, "utf-8")
    return folder


def test_the_next_match_stands_on_the_first_page(played: RunFolder) -> None:
    """Rehearsed with tonight's fault, on servers as they were measured."""
    found = look_ahead(played)
    assert found is not None
    assert (found.faults, found.is_tonight_again, found.scale) == (1, True, 1.0)
    # Measured tonight: the health facts say so; the night file says nothing of it.
    assert found.sign_ins_per_s == 45.0
    assert found.came > 0
    assert (found.thrown_out, found.broken) == (0, ())
    summary = close_night(played)
    assert summary["tomorrow"]["came"] == found.came == json.loads((played.root / FILE).read_text("utf-8"))["came"]
    page = played.report.read_text("utf-8")
    assert "tonight&#39;s match once more" in page
    assert "The next match, rehearsed with tonight" in page


def test_another_match_takes_tonights_faults_at_the_same_minute(
    played: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other times, other networks, a larger crowd: scaled down to be played, told in its own people."""
    text = (ROOT / "examples" / "psg-juventus.toml").read_text("utf-8")
    text = text.replace('title = "PSG – Juventus"', 'title = "Tottenham – OM"').replace(
        "kick_off = 60", "kick_off = 40"
    )
    text = text.replace("north = 0.6", "east = 0.6").replace("south = 0.4", "west = 0.4").replace('"south"', '"west"')
    (tmp_path / "next.toml").write_text(text, "utf-8")
    shutil.copy(ROOT / "examples" / ARRIVALS, tmp_path)
    parse_night(text, source="next")
    monkeypatch.setattr(tomorrow, "PEOPLE_MAX", 200)
    found = look_ahead(played, tmp_path / "next.toml")
    assert found is not None
    assert (found.title, found.is_tonight_again) == ("Tottenham – OM", False)
    assert found.scale < 0.02
    assert found.came > 5_000


def test_a_night_file_written_in_another_way_is_rehearsed_alike(
    played: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TOML has several ways to say the same; none of them may cost the evening its report."""
    monkeypatch.setattr(tomorrow, "PEOPLE_MAX", 60)
    found = look_ahead(played)
    text = played.night_file.read_text("utf-8")
    inline, tail = 'where = { cdn = "south" }\nshare = 0.9\n', "\n[ servers ]\nplaylists_per_s = 1_500\n"
    assert inline in text
    text = text.replace(inline, 'share = 0.9\n[faults.where]\ncdn = "south"\n') + tail
    other = RunFolder(tmp_path / played.root.name, played.night)
    shutil.copytree(played.root, other.root)
    other.night_file.write_text(text, "utf-8")
    assert look_ahead(other) == found
    assert found is not None
    assert found.scale == 0.5


def test_a_next_match_without_a_crowd_is_one_line(played: RunFolder, tmp_path: Path) -> None:
    """Real nights have none; whoever names one reads what to name instead."""
    text = (ROOT / "examples" / "psg-juventus.toml").read_text("utf-8")
    head, _, rest = text.partition("[crowd]\n")
    (tmp_path / "next.toml").write_text(head + rest.partition("minute_s = 0.65\n")[2], "utf-8")
    with pytest.raises(BadInput, match=r"next\.toml: has no \[crowd\]"):
        look_ahead(played, tmp_path / "next.toml")


def test_faults_after_the_end_of_a_shorter_night_break_nothing(played: RunFolder) -> None:
    """A fault of tonight's last minutes has no place in a match that ends before."""
    night = parse_night(played.night_file.read_text("utf-8"), source="tonight")
    late = replace(night.faults[0], at=night.schedule.end + 50, until=night.schedule.end + 60)
    moved = tomorrow._moved(late, night, night)
    assert moved.at == moved.until == night.schedule.end


def test_a_night_without_a_crowd_is_not_rehearsed(tmp_path: Path) -> None:
    """There is nobody to play; the report says what tonight's line says."""
    folder = lay_out(tmp_path / "out", people=12)
    assert look_ahead(folder) is None
