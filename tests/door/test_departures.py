"""When sign-ins leave for the back end: alone while it could do with more, together where they would stand in line."""

from kickoff.door.departures import EVERY_US, Departures

START = 1_000 * EVERY_US


def left(departures: Departures, count: int) -> None:
    """So many calls are at the back end."""
    for _ in range(count):
        departures.leave()


def answered(departures: Departures, count: int, *, now: int, took_us: int = 20_000) -> None:
    """So many came back."""
    for _ in range(count):
        departures.come_back(now, took_us)


def test_a_back_end_that_is_far_or_works_on_many_at_once_is_sent_each_call_at_once() -> None:
    """300 ms an answer and a hundred a second are thirty in hand, and no line."""
    departures = Departures()
    left(departures, 40)
    answered(departures, 10, now=START, took_us=300_000)
    assert departures.wait_us(START + EVERY_US) == 0
    left(departures, 60)
    assert departures.wait_us(START + EVERY_US + 1) > 0


def test_whoever_finds_an_idle_back_end_leaves_at_once() -> None:
    """A wait that saves nobody's work would only be a wait."""
    departures = Departures()
    assert departures.wait_us(START + 1) == 0
    departures.leave()
    assert departures.wait_us(START + 2) == 0


def test_all_who_would_stand_in_line_there_leave_at_the_end_of_the_interval() -> None:
    """Whenever they come: the end is the same for all, and for all doors."""
    departures = Departures()
    left(departures, 40)
    answered(departures, 5, now=START)
    leaving = {at + departures.wait_us(at) for at in range(START + 1, START + EVERY_US, 7_000)}
    assert leaving == {START + EVERY_US}


def test_a_back_end_is_never_left_with_less_than_it_answers_meanwhile() -> None:
    """With two intervals' work in hand or less, whoever comes goes: it would be idle before the interval ends."""
    departures = Departures()
    left(departures, 15)
    answered(departures, 5, now=START)
    assert departures.wait_us(START + EVERY_US) > 0
    answered(departures, 1, now=START + EVERY_US)
    assert departures.wait_us(START + EVERY_US) == 0


def test_a_quick_back_end_is_sent_each_call_at_once() -> None:
    """A thousand a second and five in hand: none of them waits."""
    departures = Departures()
    for at in range(START, START + EVERY_US, 1_000):
        left(departures, 1)
        answered(departures, 1, now=at)
    left(departures, 5)
    assert departures.wait_us(START + EVERY_US) == 0


def test_what_was_answered_long_ago_says_nothing_of_now() -> None:
    """A back end that has stood still since is slow now: it is sent its calls together."""
    for asked in ((START + EVERY_US, START + 2 * EVERY_US), (START + 2 * EVERY_US,)):
        departures = Departures()
        left(departures, 30)
        answered(departures, 20, now=START)
        waits = [departures.wait_us(at) for at in asked]
        assert waits == [0, EVERY_US][-len(asked) :]
