"""Rehearsals: the folder they leave, the two ways of playing people, the command."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kickoff.aftermath.journal import JournalView
from kickoff.cli import _application
from kickoff.crowd import rehearsal
from kickoff.crowd.rehearsal import Wish, rehearse, scaled
from kickoff.crowd.rehearsal_rules import Broken
from kickoff.crowd.rehearsal_score import Scorecard
from kickoff.facts import Fact
from kickoff.night import parse_night

EXAMPLES = Path(__file__).parents[2] / "examples"
NIGHT = EXAMPLES / "psg-juventus.toml"
SCALE = 0.05


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Scorecard]]:
    """The same small night, played as lives and in bulk."""
    found = {}
    for name, in_bulk in (("lives", False), ("bulk", True)):
        out = tmp_path_factory.mktemp(name) / "run"
        found[name] = out, rehearse(Wish(night_file=NIGHT, out=out, scale=SCALE, in_bulk=in_bulk))
    return found


def test_people_in_bulk_go_the_way_of_those_with_lives(both: dict[str, tuple[Path, Scorecard]]) -> None:
    """What is left out in bulk (beats, switches) must not change who gets in, nor when."""
    lives, bulk = both["lives"][1], both["bulk"][1]
    assert (bulk.came, bulk.joined, bulk.broken) == (lives.came, lives.joined, ())
    assert bulk.got_picture == pytest.approx(lives.got_picture, rel=0.06)
    assert bulk.signed_in == pytest.approx(lives.signed_in, rel=0.1)
    assert bulk.waited_p50_s == pytest.approx(lives.waited_p50_s, rel=0.25)
    assert bulk.inside_peak == pytest.approx(lives.inside_peak, rel=0.08)


@pytest.mark.parametrize("name", ["lives", "bulk"])
def test_the_journal_tells_what_the_crowd_lived_through(both: dict[str, tuple[Path, Scorecard]], name: str) -> None:
    """Two ways of counting: the viewers' own diaries, and the facts that the door wrote."""
    out, card = both[name]
    view = JournalView(out / "journal", "psg-juventus")
    truth = json.loads((out / "crowd.json").read_text("utf-8"))
    facts = view.facts(columns=["fact"])["fact"].to_pylist()
    watched_ms = sum(view.minutes()["watched_ms"].to_pylist())
    assert facts.count(Fact.JOINED) == card.joined
    assert facts.count(Fact.PASSED) == card.passed
    assert facts.count(Fact.SIGNED_IN) == card.signed_in
    assert facts.count(Fact.MATCH) == 7
    assert facts.count(Fact.HEALTH) > 180
    assert watched_ms == pytest.approx(truth["account_minutes_ms"], rel=0.001)
    assert view.subscribers().num_rows == 1000


def test_in_bulk_as_in_lives_pictures_are_no_larger_than_the_ladder_orders(tmp_path: Path) -> None:
    """Where delivery networks are the tightest, a rehearsal must show what the smaller picture brings."""
    text = NIGHT.read_text("utf-8").replace("[door]", "[door]\negress_mbps = 6_000", 1)
    assert text != NIGHT.read_text("utf-8")
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    (tmp_path / "examples" / NIGHT.name).write_text(text, "utf-8")
    out = tmp_path / "run"
    rehearse(Wish(night_file=tmp_path / "examples" / NIGHT.name, out=out, scale=SCALE, in_bulk=True))
    beats = JournalView(out / "journal", "psg-juventus").facts(columns=["bitrate_kbps"])["bitrate_kbps"]
    played = {kbps for kbps in beats.to_pylist() if kbps is not None and kbps > 0}
    assert 0 < min(played) < 1200
    assert max(played) <= 1200


def test_a_smaller_night_has_the_same_shape() -> None:
    """Crowd and capacity shrink together; what is not in the file is put there."""
    text = NIGHT.read_text("utf-8")
    small = parse_night(scaled(text, 0.1), source="small")
    assert small.crowd is not None
    assert (small.crowd.subscribers, small.servers.sign_ins_per_s, small.door.safe_rate_per_s) == (2000, 4.5, 1.0)
    assert scaled(text, 1) == text


def test_the_command_prints_one_document(tmp_path: Path) -> None:
    """Scripts read standard output; progress goes elsewhere."""
    arguments = ["rehearse", str(NIGHT), "--scale", "0.02", "--seed", "7", "--json", "--out", str(tmp_path / "run")]
    result = CliRunner().invoke(_application(["rehearse"]), arguments)
    card = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (card["seed"], card["came"], card["broken"]) == (7, 300, [])


def test_a_broken_rule_names_the_seed_and_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sees it fail must be able to see it fail again."""
    monkeypatch.setattr(rehearsal, "broken_rules", lambda *_: (Broken(1, "a place was given twice"),))
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    night = tmp_path / "examples/psg-juventus.toml"
    arguments = ["rehearse", str(night), "--scale", "0.02", "--seed", "7", "--out", str(tmp_path / "run")]
    result = CliRunner().invoke(_application(["rehearse"]), arguments)
    assert result.exit_code == 1
    assert "rule 1 of the door does not hold: a place was given twice" in result.stderr
    assert f"kickoff rehearse {night} --seed 7 --scale 0.02" in result.stderr
