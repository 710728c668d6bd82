"""Where does a played night keep what? The run folder's layout, and the night that is being played in it.

Every process of a night is given this folder and nothing else.
"""

from pathlib import Path

from kickoff.commands import BadInput
from kickoff.night import Night, parse_night


def night_of(folder: Path) -> Night:
    """The night that is played in a run folder: of several in its journal, the one that started last.

    Raises `BadInput` where there is none, and `NightError` where its file cannot be read as a night.
    """
    files = sorted((folder / "journal").glob("*/night.toml"))
    if not files:
        raise BadInput(f"{folder}: holds no journal/NIGHT/night.toml; make one with `kickoff run NIGHT.toml`")
    nights = [parse_night(file.read_text("utf-8"), source=str(file)) for file in files]
    return max(nights, key=lambda night: night.starts_at)


def journal_of(folder: Path) -> Path:
    """The root of the journal: one folder a night."""
    return folder / "journal"


def state_of(folder: Path) -> Path:
    """Where processes keep what they must find again; made if missing."""
    state = folder / "state"
    state.mkdir(parents=True, exist_ok=True)
    return state


def results_of(folder: Path) -> Path:
    """The folder above all run folders (`out/`): a night open to all lies inside the other night's folder."""
    above = folder.resolve().parent
    while (above / "journal").is_dir():
        above = above.parent
    return above
