"""Rehearsed nights end as they did before: a changed card is a changed behaviour of the door."""

from pathlib import Path

import pytest

from kickoff.crowd.rehearsal_score import Scorecard
from tests.nights.plays import NIGHTS, as_text, golden, played


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scorecard]:
    """Each night, played once."""
    return {name: played(name, tmp_path_factory.mktemp(name)) for name in NIGHTS}


@pytest.mark.parametrize("name", NIGHTS)
def test_a_rehearsed_night_ends_as_it_did_before(cards: dict[str, Scorecard], name: str) -> None:
    """The seven rules hold, and every figure is what it was."""
    assert cards[name].broken == ()
    assert as_text(cards[name]) == golden(name).read_text("utf-8"), "if this is meant: python -m tests.nights.plays"


def test_a_full_house_is_full_and_no_fuller(cards: dict[str, Scorecard]) -> None:
    """Six hundred licences at a tenth of the size: filled, and never one more."""
    assert 590 <= cards["full-house"].inside_peak <= 600


def test_lost_nodes_fail_no_call_of_anybody_watching(cards: dict[str, Scorecard]) -> None:
    """The door slows down before those inside feel it."""
    card = cards["lost-nodes"]
    assert (card.failed_calls_inside, card.thrown_out, card.expelled) == (0, 0, 0)


@pytest.mark.parametrize("seed", [1, 2])
def test_other_seeds_keep_the_rules_too(seed: int, tmp_path: Path) -> None:
    """One lucky seed proves nothing."""
    assert played("lost-nodes", tmp_path, seed=seed).broken == ()


def test_one_seed_leaves_one_journal(tmp_path: Path) -> None:
    """Byte for byte: else a failing seed could not be replayed."""
    for run in ("first", "second"):
        played("full-house", tmp_path / run)
    logs = [sorted((tmp_path / run).rglob("*.log")) for run in ("first", "second")]
    assert logs[0]
    assert [path.read_bytes() for path in logs[0]] == [path.read_bytes() for path in logs[1]]
    assert (tmp_path / "first/run/crowd.json").read_bytes() == (tmp_path / "second/run/crowd.json").read_bytes()
