"""When must they look again who wait before the doors? At an appointment, drawn by each for itself, instead of a poll.

    more than `LONGEST_S` before the doors   some time in the second half of the next `LONGEST_S`
    nearer                                   within one poll's width after the doors open, and not before
    so near that a poll comes later          no appointment: poll

A household that comes half an hour early asks about eight times instead of 240. The instants are spread evenly, so the
second in which the doors open is a second like any other; and whoever keeps an appointment is early enough: the place
was drawn, and is kept. An appointment is short enough to hear of doors that open earlier than was said.
"""

from kickoff.units import US_PER_S, AtUs
from kickoff.waiting_room.eta import share_of

LONGEST_S = 300.0


def appointment(at: AtUs, doors_at: AtUs | None, poll_s: tuple[float, float]) -> tuple[AtUs, AtUs] | None:
    """The range from which to draw the next look, while the doors are shut. None: poll within `poll_s`."""
    if doors_at is None or doors_at - at <= poll_s[1] * US_PER_S:
        return None
    if doors_at - at <= LONGEST_S * US_PER_S:
        return doors_at, AtUs(doors_at + round(poll_s[1] * US_PER_S))
    return AtUs(at + round(LONGEST_S * US_PER_S / 2)), AtUs(at + round(LONGEST_S * US_PER_S))


def personal_at(appointed: tuple[AtUs, AtUs], number: int) -> AtUs:
    """The instant of one ticket: the same whenever it is asked for, and spread evenly over consecutive numbers."""
    first, last = appointed
    return AtUs(first + round(share_of(number) * (last - first)))
