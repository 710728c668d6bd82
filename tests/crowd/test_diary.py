"""One person's record: the lifecycle is a table, and instants are kept as they were seen."""

import pytest

from kickoff.crowd.diary import MOVES, Diary, Phase, Signal


def test_every_phase_has_its_row_and_leads_to_leaving() -> None:
    """What is not in the table cannot happen; and nobody stays for ever."""
    assert set(MOVES) == set(Phase)
    leaving = {phase for phase, moves in MOVES.items() if Phase.GONE in moves.values()}
    assert leaving == set(Phase) - {Phase.AWAY, Phase.GONE}


def test_what_cannot_happen_is_a_defect() -> None:
    """Nobody sees a picture who was not let in."""
    diary = Diary()
    diary.note(Signal.CAME, 1.0)
    with pytest.raises(AssertionError, match="saw_picture cannot happen to a person who is asking"):
        diary.note(Signal.SAW_PICTURE, 2.0)


def test_the_first_time_stands_and_every_picture_is_kept() -> None:
    """Waits are measured to the first picture; minutes are the sum of all."""
    diary = Diary()
    for signal, at_s in (
        (Signal.CAME, 1.0),
        (Signal.LET_IN, 1.0),
        (Signal.SAW_PICTURE, 3.0),
        (Signal.LOST_PICTURE, 5.0),
        (Signal.SAW_PICTURE, 8.0),
        (Signal.LEFT, 9.0),
    ):
        diary.note(signal, at_s)
    assert diary.first(Signal.SAW_PICTURE) == 3.0
    assert diary.pictures == [(3.0, 5.0), (8.0, 9.0)]
    assert not diary.lost_at_last


def test_only_the_first_failure_counts_from_then_on() -> None:
    """Black for how long? Since it first went wrong."""
    diary = Diary()
    diary.note_failure(4.0)
    diary.note_failure(9.0)
    assert diary.failure_s == 4.0
