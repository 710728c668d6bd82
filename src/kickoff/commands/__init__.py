"""What can be typed? One file per command, each with a function `command`; `kickoff.cli` finds them by their names.

A command reads, asks the part that knows, and prints; it decides nothing. Entry point of each: `command`.
"""

from kickoff.units import AtUs, parse_iso


class BadInput(Exception):
    """The user's input cannot be used: one line that says what, where and how to mend it. The process exits with 2."""


def instant_of(text: str | None) -> AtUs | None:
    """The `--at` of a command; None: the end. Raises `BadInput`."""
    try:
        return None if text is None else parse_iso(text)
    except ValueError as error:
        raise BadInput(f"--at: {error}") from error
