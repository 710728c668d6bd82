"""What does one person know of their own night? Where they stand, and when it happened.

Each keeps a diary of what they saw themselves; `truth.py` adds the diaries up. Nothing in it comes from the journal.
The lifecycle is the table `MOVES`: what is not in it cannot happen.
"""

from enum import Enum


class Phase(Enum):
    """Where a person stands."""

    AWAY = "away"
    ASKING = "asking"
    """At the door, without a place yet."""
    IN_LINE = "in_line"
    CALLED = "called"
    INSIDE = "inside"
    """Let in, no picture yet."""
    WATCHING = "watching"
    DARK = "dark"
    """The picture was there and is lost."""
    GONE = "gone"


class Signal(Enum):
    """What moves them on."""

    CAME = "came"
    JOINED = "joined"
    CALLED = "called"
    LET_IN = "let_in"
    SAW_PICTURE = "saw_picture"
    LOST_PICTURE = "lost_picture"
    WALKED_OFF = "walked_off"
    """Left of their own will before they had a picture, with nothing gone wrong."""
    LEFT = "left"


MOVES: dict[Phase, dict[Signal, Phase]] = {
    Phase.AWAY: {Signal.CAME: Phase.ASKING},
    # With the door open to all nobody has a place: they are let in from where they stand.
    Phase.ASKING: {
        Signal.JOINED: Phase.IN_LINE,
        Signal.LET_IN: Phase.INSIDE,
        Signal.WALKED_OFF: Phase.GONE,
        Signal.LEFT: Phase.GONE,
    },
    # Who comes back after having left the line is told the same place again.
    Phase.IN_LINE: {Signal.JOINED: Phase.IN_LINE, Signal.CALLED: Phase.CALLED, Signal.LEFT: Phase.GONE},
    # A ticket that the door does not know after all is taken anew.
    Phase.CALLED: {
        Signal.LET_IN: Phase.INSIDE,
        Signal.JOINED: Phase.IN_LINE,
        Signal.WALKED_OFF: Phase.GONE,
        Signal.LEFT: Phase.GONE,
    },
    # A pass that ran out is asked for again.
    Phase.INSIDE: {
        Signal.LET_IN: Phase.INSIDE,
        Signal.SAW_PICTURE: Phase.WATCHING,
        Signal.WALKED_OFF: Phase.GONE,
        Signal.LEFT: Phase.GONE,
    },
    Phase.WATCHING: {Signal.LOST_PICTURE: Phase.DARK, Signal.LEFT: Phase.GONE},
    Phase.DARK: {Signal.SAW_PICTURE: Phase.WATCHING, Signal.LEFT: Phase.GONE},
    Phase.GONE: {},
}


class Diary:
    """One person's own record. Instants are seconds from the start of the night; a missing one is None."""

    __slots__ = (
        "deferred",
        "expelled",
        "failed_starts",
        "failure_s",
        "firsts",
        "lost_at_last",
        "phase",
        "pictures",
        "reports",
        "sign_ins_failed",
        "signed_in",
        "stalled_s",
        "walked_off",
        "wrong_passwords",
    )

    def __init__(self) -> None:
        self.phase = Phase.AWAY
        self.firsts: dict[Signal, float] = {}
        """When each signal came for the first time."""
        self.pictures: list[tuple[float, float | None]] = []
        """From when to when there was a picture; None: there still is."""
        self.failure_s: float | None = None
        """The first failed start or failed sign-in."""
        self.walked_off = False
        self.lost_at_last = False
        """Left while the picture was lost, before the end that they meant."""
        self.signed_in = 0
        self.sign_ins_failed = 0
        self.wrong_passwords = 0
        self.deferred = 0
        """Told to ask again for a sign-in in a moment (429): nothing was lost, and nothing failed."""
        self.failed_starts = 0
        self.expelled = 0
        self.reports = 0
        """Said what they saw."""
        self.stalled_s = 0.0

    def note(self, signal: Signal, at_s: float) -> None:
        """Write down what happened. Asserts that it can happen now."""
        before = self.phase
        moves = MOVES[before]
        assert signal in moves, f"{signal.value} cannot happen to a person who is {before.value}"
        self.phase = moves[signal]
        self.firsts.setdefault(signal, at_s)
        if signal is Signal.SAW_PICTURE:
            self.pictures.append((at_s, None))
        elif before is Phase.WATCHING:
            self.pictures[-1] = (self.pictures[-1][0], at_s)
        self.walked_off |= signal is Signal.WALKED_OFF
        self.lost_at_last |= before is Phase.DARK and signal is Signal.LEFT

    def note_failure(self, at_s: float) -> None:
        """A start or a sign-in failed."""
        if self.failure_s is None:
            self.failure_s = at_s

    def first(self, signal: Signal) -> float | None:
        """When it came for the first time."""
        return self.firsts.get(signal)
