"""What does a server carry, and who asks others for it? The three seams of `protocol.py` and `granian.py`."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from kickoff.door.problems import problem
from kickoff.door.seam import Forward, Parked, Reply, Request
from kickoff.waiting_room.eta import personal_s


class Answerer(Protocol):
    """What a server carries: a door, or a test's stand-in."""

    def answer(self, request: Request) -> Reply | Forward | Parked:
        """Decide."""

    def commit(self) -> bool:
        """Write the facts of what was answered since the last call."""

    def unwritten(self, instead_of: Reply) -> Reply:
        """What goes out where `commit` failed and the reply needs its fact."""


def crowded(number: int) -> Reply:
    """What the connection of this number is told that is one too many."""
    return problem("not_ready", "Too many connections.", retry_s=personal_s(5.0, number))


Carry = Callable[[Forward], Awaitable[Reply]]
"""Makes the call that a `Forward` asks for and hands its outcome to `finish`."""
Ask = Callable[[Parked, Callable[[Reply], None]], None]
"""Puts the question of a `Parked` to the shared line; the reply is handed over once, in a later turn."""
