"""What can be typed? One file per command, each with a function `command`; `kickoff.cli` finds them by their names.

A command reads, asks the part that knows, and prints; it decides nothing. Entry point of each: `command`.
"""


class BadInput(Exception):
    """The user's input cannot be used: one line that says what, where and how to mend it. The process exits with 2."""
