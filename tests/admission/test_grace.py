"""Who was called and meets a full house: those in time and those late."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kickoff.admission.flow import Flow
from kickoff.admission.grace import HEARD_S, Grace, Side
from kickoff.admission.limits import cap_limit
from kickoff.units import US_PER_S
from tests.admission.house import RULES, START, reading

LATE, IN_TIME = Side.LATE, Side.IN_TIME


def asked(grace: Grace, side: Side, place: int, *, room: int = 0, at_s: int = 0, share: float = 0.2) -> bool:
    """One of them asks."""
    return grace.lets_in(side, ("main", place), room=room, at_us=at_s * US_PER_S, share=share)


def test_while_there_is_room_who_comes_late_goes_in_at_once() -> None:
    """The grace lane is no place to wait in."""
    grace = Grace()
    assert asked(grace, LATE, 1, room=1)
    assert grace.is_empty


def test_one_late_among_many_in_time_has_a_fifth_of_the_seats() -> None:
    """However seldom they ask: what is owed is kept free for whoever of them asks next."""
    grace = Grace()
    asked(grace, LATE, 1000)
    asked(grace, LATE, 1001)
    for place in range(20):
        asked(grace, IN_TIME, place)
    taken = [asked(grace, IN_TIME, place, room=1) for place in range(5)]
    assert taken == [True] * 4 + [False]
    assert asked(grace, LATE, 1000, room=1)
    assert asked(grace, IN_TIME, 4, room=1)
    assert (grace.waiting(), grace.waiting(IN_TIME)) == (1, 15)


def test_who_asks_at_two_doors_is_one_person_and_who_went_in_at_one_waits_at_none() -> None:
    """A balancer sends the same page now here, now there: counted twice, a full house would call nobody for a ghost."""
    here, there = Grace(), Grace()
    asked(here, LATE, 1)
    asked(there, LATE, 1)
    asked(there, LATE, 2)
    asked(there, IN_TIME, 3)
    here.hear(there.told())
    assert (here.waiting(), here.waiting(IN_TIME)) == (2, 0)
    for place in (1, 2):
        here.went_in(("main", place))
    assert here.waiting() == 0
    assert here.is_empty
    here.hear(there.told())
    here.hear(())
    assert here.waiting() == 0


def test_many_who_come_late_at_once_leave_a_fifth_to_those_in_time() -> None:
    """A tunnel in which ten thousand were called empties in one second."""
    grace = Grace()
    asked(grace, IN_TIME, 1)
    for place in range(1000, 1020):
        asked(grace, LATE, place)
    assert [asked(grace, LATE, place, room=1) for place in range(1000, 1005)] == [True] * 4 + [False]
    assert asked(grace, IN_TIME, 1, room=1)
    assert asked(grace, LATE, 1004, room=1), "nobody else waits"


def test_the_operator_may_say_another_share() -> None:
    """Half and half."""
    grace = Grace()
    asked(grace, LATE, 1000)
    asked(grace, IN_TIME, 1)
    asked(grace, IN_TIME, 2)
    assert asked(grace, IN_TIME, 1, room=1, share=0.5)
    assert not asked(grace, IN_TIME, 2, room=1, share=0.5)
    assert asked(grace, IN_TIME, 2, room=2, share=0.5), "one seat is kept, no more"


def test_who_was_in_time_and_held_by_the_house_is_not_late_for_that() -> None:
    """Their minute ran out at the door."""
    grace = Grace()
    asked(grace, IN_TIME, 1)
    asked(grace, LATE, 1, at_s=70)
    assert (grace.waiting(LATE), grace.waiting(IN_TIME)) == (0, 1)


def test_nothing_is_kept_free_for_who_has_gone() -> None:
    """One who asks no more blocks nobody."""
    grace = Grace()
    asked(grace, LATE, 1000)
    for place in range(1, 6):
        asked(grace, IN_TIME, place, at_s=HEARD_S)
    assert [asked(grace, IN_TIME, place, room=1, at_s=HEARD_S) for place in range(1, 6)][-1] is False
    grace.forget(at_us=(HEARD_S + 1) * US_PER_S)
    assert asked(grace, IN_TIME, 5, room=1, at_s=HEARD_S + 1)
    assert grace.is_empty


@given(st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 30), st.integers(0, 3)), max_size=200))
def test_a_seat_is_given_where_one_is_and_never_more_than_one_is_kept_free(
    steps: list[tuple[Side, int, int]],
) -> None:
    """Whatever comes in whatever order."""
    grace = Grace()
    for side, place, room in steps:
        # Odd places are late: nobody is both.
        went_in = asked(grace, side, 2 * place + side, room=room)
        assert went_in or room < 2
        assert not (went_in and room == 0)


def test_nobody_is_called_anew_for_the_seat_of_one_who_came_late() -> None:
    """They stand at the door and are next: the room is theirs."""
    small = msgspec.structs.replace(RULES, inside_max=100)
    full = msgspec.structs.replace(reading(START, (), inside=97), late=3)
    assert cap_limit(full, {"main": Flow()}, small).rate_per_s == 0
    assert cap_limit(msgspec.structs.replace(full, late=2), {"main": Flow()}, small).rate_per_s > 0
