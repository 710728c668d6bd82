"""Appointments instead of polls: few looks, spread evenly, and nobody late."""

from hypothesis import given
from hypothesis import strategies as st

from kickoff.units import US_PER_S, AtUs
from kickoff.waiting_room.appointments import LONGEST_S, appointment, personal_at

POLL_S = (5.0, 10.0)
DOORS = AtUs(10_000 * US_PER_S)


def told(before_s: float) -> tuple[float, float] | None:
    """The range that is told so long before the doors, in seconds after that instant."""
    at = AtUs(DOORS - round(before_s * US_PER_S))
    found = appointment(at, DOORS, POLL_S)
    return found and ((found[0] - at) / US_PER_S, (found[1] - at) / US_PER_S)


def test_far_from_the_doors_one_look_takes_the_place_of_thirty() -> None:
    """But never so long that doors which open earlier than planned would not be heard of."""
    assert told(3_600) == (150, 300)
    assert told(301) == (150, 300)


def test_near_the_doors_the_next_look_is_when_they_are_open() -> None:
    """Spread over one poll's width: the second of the opening is a second like any other."""
    assert told(300) == (300, 310)
    assert told(11) == (11, 21)


def test_at_the_doors_and_without_an_instant_everybody_polls() -> None:
    """An appointment later than the next poll would make the first in line late."""
    assert told(10) is None
    assert told(-5) is None
    assert appointment(AtUs(0), None, POLL_S) is None


@given(st.floats(0, 100_000))
def test_nobody_looks_before_the_doors_just_to_look_again(before_s: float) -> None:
    """Any look is either at least half the longest appointment away, or after the doors have opened."""
    found = told(before_s)
    if found is not None:
        low, high = found
        assert 0 <= low <= high <= LONGEST_S + POLL_S[1]
        assert low >= min(LONGEST_S / 2, before_s - 1e-5)


def test_a_household_that_comes_half_an_hour_early_looks_some_nine_times() -> None:
    """Instead of some 240 times, which is 1,800 s at a poll of 5 to 10 s."""
    total = 0
    for number in range(1, 500):
        left_s, looks = 1_800.0, 0
        while (found := told(left_s)) is not None:
            low, high = (AtUs(round(each * US_PER_S)) for each in found)
            left_s -= personal_at((low, high), number + looks) / US_PER_S
            looks += 1
        assert looks <= 13
        assert left_s >= -POLL_S[1]
        total += looks
    assert 8 <= total / 499 <= 10


def test_the_personal_instants_are_spread_evenly() -> None:
    """Of ten thousand tickets no second of ten gets more than its tenth and a twentieth of that."""
    appointed = (DOORS, AtUs(DOORS + 10 * US_PER_S))
    seconds = [0] * 10
    for number in range(1, 10_001):
        at = personal_at(appointed, number)
        assert appointed[0] <= at <= appointed[1]
        seconds[min(9, (at - DOORS) // US_PER_S)] += 1
    assert max(seconds) <= 1_050
    assert min(seconds) >= 950
