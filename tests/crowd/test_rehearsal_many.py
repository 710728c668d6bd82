"""A hundred short nights with drawn troubles, and what is said when a rule breaks on one."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kickoff.cli import _application
from kickoff.commands import rehearse as command
from kickoff.crowd.rehearsal_draw import TROUBLES, drawn
from kickoff.crowd.rehearsal_many import Many, added_up, played
from kickoff.crowd.rehearsal_rules import Broken
from kickoff.night import parse_night
from kickoff.night_folder import read_night

NIGHT = Path(__file__).parents[2] / "examples/one-minute.toml"


@pytest.mark.parametrize("first", [1, 26, 51, 76])
def test_the_seven_rules_hold_on_a_hundred_short_nights(first: int) -> None:
    """Nodes die, caches are cold, passwords are stolen: a bad night is no excuse for a broken rule.

    Of rule 3 nights so small say only that the index keeps to its first megabyte (`tests/waiting_room/test_index.py`).
    """
    found = added_up(list(played(NIGHT, tuple(range(first, first + 25)), scale=0.5)))
    assert found.broken == {}, "kickoff rehearse examples/one-minute.toml --drawn --scale 0.5 --seed N"
    assert found.nights == 25
    assert found.got_picture > 0.5 * found.came
    assert found.called_vs_published_5s_max <= 1.02


def test_every_trouble_can_be_played_and_every_seed_draws_its_own() -> None:
    """A drawn file is a night file like any other: what is impossible would be refused."""
    night, text = read_night(NIGHT)
    texts = [drawn(text, night, seed=seed) for seed in range(60)]
    kinds = {fault.kind for one in texts for fault in parse_night(one, source="drawn").faults}
    assert kinds == {"capacity", "sign_in", "cdn", "isp", "release", "flood", "stuffing"}
    assert len(set(texts)) == 60
    assert drawn(text, night, seed=7) == drawn(text, night, seed=7)
    assert all(trouble(night, np.random.default_rng(1)) for trouble in TROUBLES)


def test_a_seed_on_which_a_rule_breaks_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """One night in a thousand is found again by whoever reads the log the next morning."""
    broken: dict[int, tuple[Broken, ...]] = {17: (Broken(4, "nobody was called"),)}
    many = Many(nights=20, came=1, got_picture=1, failed_calls_inside=0, called_vs_published_5s_max=1.0, broken=broken)
    monkeypatch.setattr(command, "rehearse_many", lambda *_, **__: many)
    result = CliRunner().invoke(_application(["rehearse"]), ["rehearse", str(NIGHT), "--many", "20"])
    assert result.exit_code == 1
    assert "rule 4 of the door does not hold: nobody was called" in result.stderr
    assert f"kickoff rehearse {NIGHT} --seed 17 --scale 1 --drawn" in result.stderr
