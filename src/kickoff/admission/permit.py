"""May one more call go to the back end now? The permit in front of sign-in.

By Little's law a back end that carries `capacity` calls a second and has n of them in hand answers the last one after
n ÷ capacity seconds. So the permit lets at most `capacity · deadline · DEADLINE_SHARE` calls be in hand: whoever is
let through is answered well before the deadline, and whoever is not is told so at once instead of timing out. Beyond
`at_once`, which the operator allows whatever was measured, it is half of that: should half of a large back end be lost
in a moment, who is in its hands is still answered.

Measured capacity may be late or wrong, so the outcomes correct it: an overload shrinks the limit by a tenth, at most
once for each limit's worth of answers (a burst that fails together is one piece of news, not fifty), each success
lets it grow back slowly. A refusal for another reason (wrong password, a client that hung up) says nothing about
capacity and teaches nothing.
"""

from enum import StrEnum

from msgspec import Struct

DEADLINE_SHARE = 0.5
"""Work in hand may fill this share of the deadline; the rest is for what nobody measured."""
LARGE_SHARE = 0.25
"""The same where that is more than `at_once`."""
LIMIT_MAX = 100_000.0
"""Whatever capacity is reported: each call in hand holds a connection."""
SHRINK = 0.9
FACTOR_MIN = 0.05


class Outcome(StrEnum):
    """How a call under the permit went; whoever took must give back with exactly one of them."""

    OK = "ok"
    OVERLOADED = "overloaded"
    UNRELATED = "unrelated"


class Level(Struct, frozen=True, kw_only=True):
    """What is learnt: `factor` of the computed limit, and `deaf_for` so many answers before it may shrink again."""

    factor: float = 1.0
    deaf_for: int = 0


class Permit:
    """Counts calls in hand against a limit that follows the measured capacity; `at_once` until it is measured."""

    __slots__ = ("_at_once", "_base", "_deadline_s", "_in_flight", "_level")

    def __init__(self, *, deadline_s: float, at_once: int) -> None:
        assert deadline_s > 0, "a deadline lies in the future"
        assert at_once >= 1, "a permit of nothing lets nobody in, ever"
        self._deadline_s = deadline_s
        self._at_once = at_once
        self._base = float(at_once)
        self._in_flight = 0
        self._level = Level()

    def take(self) -> bool:
        """Take one call in hand; False: full, nothing was taken. After True, `give_back` is owed exactly once."""
        if self._in_flight >= self.limit:
            return False
        self._in_flight += 1
        return True

    def give_back(self, outcome: Outcome) -> None:
        """End one call in hand and learn from how it went."""
        assert self._in_flight > 0, "a call is given back once, and only after it was taken"
        self._level = learnt(self._level, outcome, limit=self.limit)
        self._in_flight -= 1

    def follow(self, capacity_per_s: float) -> None:
        """Set the limit by the measured capacity in calls a second; 0 or nonsense: not known, the last limit stays."""
        if 0 < capacity_per_s < float("inf"):
            self._base = limit_of(capacity_per_s, deadline_s=self._deadline_s, at_once=self._at_once)

    @property
    def limit(self) -> int:
        """Calls that may be in hand at once: at least 1."""
        return max(1, int(self._base * self._level.factor))

    @property
    def in_flight(self) -> int:
        """Calls in hand now."""
        return self._in_flight


def limit_of(capacity_per_s: float, *, deadline_s: float, at_once: int) -> float:
    """Calls that a back end of so many a second may have in hand: half the deadline's, beyond `at_once` a quarter's."""
    work = min(LIMIT_MAX, capacity_per_s * deadline_s)
    return min(DEADLINE_SHARE * work, max(float(at_once), LARGE_SHARE * work))


def learnt(level: Level, outcome: Outcome, *, limit: int) -> Level:
    """The level after one more answer."""
    if outcome is Outcome.UNRELATED:
        return level
    deaf_for = max(0, level.deaf_for - 1)
    if outcome is Outcome.OK:
        # One tenth back after about a limit's worth of successes: as fast as it can be lost.
        return Level(factor=min(1.0, level.factor + (1 - SHRINK) / limit), deaf_for=deaf_for)
    if level.deaf_for > 0:
        return Level(factor=level.factor, deaf_for=deaf_for)
    return Level(factor=max(FACTOR_MIN, level.factor * SHRINK), deaf_for=limit)
