"""What has been said so far? Each statement once, oldest first, never edited: a correction is a further statement."""

from collections.abc import Sequence

from msgspec import Struct

from kickoff.notices.words import Notice, State
from kickoff.units import AtUs

STATEMENTS_MAX = 500
"""Further ones are refused: a night that says more than this says nothing."""


class Told(Struct, frozen=True, kw_only=True):
    """One incident from its first statement to its last."""

    incident: str
    statements: tuple[Notice, ...]
    """Oldest first; at least one."""

    @property
    def created_at(self) -> AtUs:
        """When it was first spoken of."""
        return self.statements[0].at

    @property
    def is_over(self) -> bool:
        """Whether the last word is that it is mended, or that nothing is wrong after all."""
        return self.statements[-1].state is not State.OPEN


def remember(history: Sequence[Notice], said: Notice) -> tuple[Notice, ...]:
    """The history with this statement, where it says something new: of another incident, state or cause.

    Numbers alone that move are not a statement; the page shows the newest anyway. An older statement than the last one
    is not taken: the same journal read again up to an earlier instant does not rewrite what was said.
    """
    if not history:
        return () if said.state is State.CALM else (said,)
    last = history[-1]
    is_new = (said.incident, said.state, said.cause) != (last.incident, last.state, last.cause)
    if said.at < last.at or not is_new or len(history) >= STATEMENTS_MAX:
        return tuple(history)
    return (*history, said)


def announce(history: Sequence[Notice], said: Notice) -> tuple[Notice, ...]:
    """The history with what a person published, or took back: what somebody has decided is always a statement."""
    return (*history, said) if len(history) < STATEMENTS_MAX else tuple(history)


def incidents(history: Sequence[Notice]) -> tuple[Told, ...]:
    """The history by incident, the newest first. A calm statement ends the incident before it."""
    found: dict[str, list[Notice]] = {}
    name = ""
    for said in history:
        name = said.incident or name
        found.setdefault(name, []).append(said)
    told = [Told(incident=name, statements=tuple(statements)) for name, statements in found.items()]
    return tuple(sorted(told, key=lambda one: -one.created_at))
