"""How does the public page look, and where do its sentences stand?"""

import functools
import tomllib
from pathlib import Path

from kickoff.notices.words import Tongue

FOLDER = Path(__file__).parent


@functools.cache
def tongues() -> dict[str, Tongue]:
    """Every language that there is a file for, by its code."""
    return {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted((FOLDER / "words").glob("*.toml"))}
