"""Who was called, who came, who lapsed."""

import hypothesis.strategies as st
from hypothesis import given

from kickoff.units import US_PER_S
from kickoff.waiting_room.calls import PASSED, PROLONGED, USED, Calls

CALL_S = 10.0


def test_steps_are_remembered_with_their_time() -> None:
    """Whoever comes late is told apart from whoever comes in time."""
    calls = Calls()
    assert calls.call(5, at=100)
    assert calls.call(9, at=200)
    assert not calls.call(9, at=300)
    assert not calls.call(3, at=300)
    assert [calls.called_at(place) for place in (1, 5, 6, 9)] == [100, 100, 200, 200]
    assert calls.is_called(9)
    assert not calls.is_called(10)
    assert (calls.serving, calls.called_total) == (9, 9)


def test_those_who_do_not_come_lapse_and_may_come_later() -> None:
    """The show-up correction counts them; the late are neither counted back nor shut out."""
    calls = Calls()
    calls.call(4, at=0)
    assert calls.passed(2)
    assert not calls.passed(2)
    calls.lapse(at=int(CALL_S * US_PER_S), call_s=CALL_S)
    assert calls.lapsed_total == 0
    calls.lapse(at=int(CALL_S * US_PER_S) + 1, call_s=CALL_S)
    assert calls.lapsed_total == 3
    assert calls.passed(1)
    assert (calls.lapsed_total, calls.passed_total) == (3, 2)


def test_flags_belong_to_called_places_alone() -> None:
    """Those who still wait take no memory for flags; a number beyond the line changes nothing."""
    calls = Calls()
    calls.call(2, at=0)
    calls.mark(1, USED)
    calls.mark(3, USED)
    calls.mark(0, USED)
    assert calls.is_marked(1, USED)
    assert not calls.is_marked(1, PROLONGED | PASSED)
    assert not calls.is_marked(3, USED)
    assert not calls.is_marked(0, USED)


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5)), max_size=30), st.data())
def test_called_is_passed_and_lapsed_and_open(steps: list[tuple[int, int]], data: st.DataObject) -> None:
    """No call is counted twice and none is forgotten."""
    calls, at = Calls(), 0
    for size, wait_s in steps:
        at += wait_s * US_PER_S
        calls.call(calls.serving + size, at=at)
        for place in data.draw(st.lists(st.integers(1, calls.serving), max_size=3)):
            calls.passed(place)
        before = calls.lapsed_total
        calls.lapse(at=at, call_s=CALL_S)
        assert calls.lapsed_total >= before
    calls.lapse(at=at + int(2 * CALL_S * US_PER_S), call_s=CALL_S)
    late = calls.called_total - calls.lapsed_total
    assert 0 <= late <= calls.passed_total <= calls.called_total
