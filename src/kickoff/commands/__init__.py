"""What can be typed? One file per command, each with a function `command`; `kickoff.cli` finds them by their names.

A command reads, asks the part that knows, and prints; it decides nothing. Entry point of each: `command`.
"""

from pathlib import Path

from kickoff.units import AtUs, parse_iso

NAME_MAX = 64


class BadInput(Exception):
    """The user's input cannot be used: one line that says what, where and how to mend it. The process exits with 2."""


def name_of(text: str, *, what: str = "name") -> str:
    """A name that somebody typed, without the blanks around it. Raises `BadInput`."""
    if not (text.strip() and len(text) <= NAME_MAX and text.isprintable()):
        raise BadInput(f"{what} {text!r}: is no name; write 1 to {NAME_MAX} printable characters")
    return text.strip()


def night_of(folder: Path, name: str) -> str:
    """The name of a night that a run folder holds; any name while it holds none. Raises `BadInput`."""
    nights = sorted(path.name for path in (folder / "journal").glob("*") if path.is_dir())
    if nights and name not in nights:
        raise BadInput(f"--night {name}: {folder} holds {', '.join(nights)}; name one of them")
    return name_of(name, what="--night")


def instant_of(text: str | None) -> AtUs | None:
    """The `--at` of a command; None: the end. Raises `BadInput`."""
    try:
        return None if text is None else parse_iso(text)
    except ValueError as error:
        raise BadInput(f"--at: {error}") from error
