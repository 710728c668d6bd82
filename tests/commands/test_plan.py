"""`kickoff plan`: what the house must carry, from an assumed crowd and from a night that was lived."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kickoff.cli import _application
from kickoff.crowd.planning import Evening, outcome, plan
from kickoff.crowd.rehearsal import Wish, rehearse
from kickoff.night_folder import read_night

EXAMPLES = Path(__file__).parents[2] / "examples"
TOMORROW = EXAMPLES / "tottenham-om.toml"


def planned(*arguments: str) -> dict[str, object]:
    """The plan as JSON."""
    result = CliRunner().invoke(_application(["plan"]), ["plan", str(TOMORROW), "--json", *arguments])
    assert result.exit_code == 0, result.stderr
    found: dict[str, object] = json.loads(result.stdout)
    return found


def evening(*, sign_ins_per_s: float = 10.0) -> Evening:
    """A thousand people in the fifty seconds up to kick-off, of whom every other signs in."""
    joined = tuple(float(min(1000, max(0, 20 * (second - 10)))) for second in range(186))
    return Evening(joined=joined, signs_in=0.5, sign_ins_per_s=sign_ins_per_s, playlists_per_s=1e6, source="made up")


def test_the_capacity_that_is_named_is_enough_and_hardly_more_than_that() -> None:
    """Servers cost money: what is asked for keeps the promise, and nine tenths of it would not."""
    night, _ = read_night(TOMORROW)
    found = plan(night, evening(), within_s=20.0, nodes=5)
    assert found.needed is not None
    doors = night.schedule.doors
    assert outcome(night, evening(), capacity=found.needed * 1.001, doors_s=doors).waited_p95_s <= 20.0
    assert outcome(night, evening(), capacity=found.needed * 0.9, doors_s=doors).waited_p95_s > 20.0


def test_less_capacity_and_a_lost_node_never_shorten_a_wait() -> None:
    """A plan in which fewer servers were faster would be believed by whoever pays for them."""
    night, _ = read_night(TOMORROW)
    found = plan(night, evening(), within_s=20.0, nodes=3)
    waits = [one.waited_p95_s for one in found.by_capacity]
    assert waits == sorted(waits, reverse=True)
    assert found.lost_node.waited_p95_s >= found.as_it_is.waited_p95_s


def test_the_crowd_of_the_night_file_is_planned_without_any_journal() -> None:
    """Before the first night there is no past to plan from."""
    found = planned("--within", "30")
    assert (found["people"], found["source"]) == (12_000, "the crowd of the night file")
    assert isinstance(found["needed_sign_ins_per_s"], float)


def test_a_night_that_was_lived_says_who_comes_and_what_was_carried(tmp_path: Path) -> None:
    """What was measured stands in the journal; nobody has to remember it."""
    rehearse(Wish(night_file=EXAMPLES / "psg-juventus.toml", out=tmp_path / "past", scale=0.02))
    found = planned("--from", str(tmp_path / "past"))
    assert found["source"] == "the journal of psg-juventus"
    assert found["sign_ins_per_s"] == pytest.approx(0.9, rel=0.5)


def test_a_folder_without_a_journal_is_refused_in_one_line(tmp_path: Path) -> None:
    """Where, what and how to mend it."""
    result = CliRunner().invoke(_application(["plan"]), ["plan", str(TOMORROW), "--from", str(tmp_path)])
    assert result.exit_code != 0
    assert "holds no journal" in str(result.exception)
