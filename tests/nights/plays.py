"""The nights that are rehearsed in tests, each made from the example by a few changed lines, and their golden cards.

Where a changed card is meant, write all of them anew: `.venv/bin/python -m tests.nights.plays`.
"""

import tempfile
from pathlib import Path

import msgspec

from kickoff.crowd.rehearsal import Wish, rehearse
from kickoff.crowd.rehearsal_score import Scorecard

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
SCALE = 0.1

_LOST_NODES = """
[servers]
sign_ins_per_s = 45
playlists_per_s = 1500
calls_inside_per_s = 0.05

[[faults]]
kind = "capacity"
at = 60
until = 100
share = 0.6
"""
NIGHTS: dict[str, tuple[str, str]] = {
    "as-it-was": ("", ""),
    "lost-nodes": ("[gestures]\n", f"{_LOST_NODES}\n[gestures]\n"),
    "full-house": ("safe_rate_per_s = 10\n", "safe_rate_per_s = 10\ninside_max = 6000\n"),
    "everybody-at-once": ("minute_s = 0.65\n", "minute_s = 0.3\n"),
}
"""Name → (words of the example, the words in their place)."""


def played(name: str, folder: Path, *, seed: int | None = None) -> Scorecard:
    """Rehearse one of the nights below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    night_file = folder / "night.toml"
    old, new = NIGHTS[name]
    text = (EXAMPLES / "psg-juventus.toml").read_text("utf-8")
    assert old in text, f"the example no longer says {old!r}"
    night_file.write_text(text.replace(old, new, 1) if old else text, "utf-8")
    for curve in EXAMPLES.glob("*.csv"):
        (folder / curve.name).write_bytes(curve.read_bytes())
    return rehearse(Wish(night_file=night_file, out=folder / "run", seed=seed, scale=SCALE))


def golden(name: str) -> Path:
    """Where its card is kept."""
    return HERE / f"{name}.json"


def as_text(card: Scorecard) -> str:
    """A card as its golden file holds it."""
    return msgspec.json.format(msgspec.json.encode(card), indent=1).decode() + "\n"


if __name__ == "__main__":
    for night in NIGHTS:
        with tempfile.TemporaryDirectory() as folder:
            golden(night).write_text(as_text(played(night, Path(folder))), "utf-8")
