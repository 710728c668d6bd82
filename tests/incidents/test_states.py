"""The table of states is complete, and joins spans as it says."""

from kickoff.incidents.states import MOVES, Signal, Span, State, incidents_of


def test_every_state_has_a_row_and_every_row_leads_to_a_state() -> None:
    """What is not in the table cannot happen; a state without a row would be a trap."""
    assert set(MOVES) == set(State)
    assert {to for row in MOVES.values() for to in row.values()} == set(State)


def test_an_alarm_soon_after_the_end_is_a_relapse_and_later_is_new() -> None:
    """Two notices about one thing confuse; one notice about two things hides the second."""
    spans = [
        Span(noticed=12, began=10, ended=20),
        Span(noticed=24, began=23, ended=30),
        Span(noticed=92, began=90, ended=None),
    ]

    assert incidents_of(spans, relapse_s=5) == [(spans[0], spans[1]), (spans[2],)]
    assert MOVES[State.ENDED][Signal.ALARM] is State.RELAPSED
