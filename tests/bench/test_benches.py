"""`make bench-NAME` runs a bench, or says which there are."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["asked", "dor", "plain_room", "nights"])
def test_what_is_no_bench_is_refused_with_all_that_are(name: str) -> None:
    """A module that benches share does nothing when it is run: it ended well, and nothing had been measured."""
    ran = subprocess.run([ROOT / "scripts/bench", name], cwd=ROOT, capture_output=True, text=True, check=False)
    told = ran.stderr.partition("there are: ")[2].split()

    assert ran.returncode == 2
    assert f"make bench-{name}:" in ran.stderr
    assert {"admission", "door", "overload", "rush"} <= set(told)
    assert name not in told


def test_the_readme_names_benches_that_there_are() -> None:
    """Whoever reads a figure can measure it."""
    ran = subprocess.run([ROOT / "scripts/bench", "?"], cwd=ROOT, capture_output=True, text=True, check=False)
    told = ran.stderr.partition("there are: ")[2].split()
    named = {word.partition("make bench-")[2] for word in (ROOT / "README.md").read_text("utf-8").split("`")}
    asked = {words.split()[0] for words in named if words}

    assert asked <= set(told)
