"""Who was overtaken in a failover, and how long it lasted, of a handful of viewers."""

from bench.failover import Viewer, overtake_max, recovered
from kickoff.facts import Lane

KILLED_S = 100.0


def viewer(sent_s: float, answered_s: float, place: int = 0, *, lane: str = str(Lane.KNOWN)) -> Viewer:
    """Somebody who asked then, and was told the place then."""
    return Viewer(headers="", lane=lane, sent_s=sent_s, answered_s=answered_s, place=place)


def test_nobody_is_overtaken_by_who_asked_before_the_other_was_answered() -> None:
    """Two whose requests were under way at once have no order that anybody could have kept."""
    assert overtake_max([viewer(0.0, 2.0, 2), viewer(1.0, 3.0, 1)]) == 0
    assert overtake_max([viewer(0.0, 1.0, 1), viewer(2.0, 3.0, 2)]) == 0


def test_overtaken_are_all_who_had_been_answered_and_stand_behind() -> None:
    """The last to ask gets place 2: of those answered before that two hold 3 and 4, one holds 1; one was not yet."""
    late = viewer(5.0, 6.0, 2)
    others = [viewer(0.0, 1.0, 1), viewer(0.0, 2.0, 3), viewer(0.0, 3.0, 4), viewer(0.0, 5.5, 5)]
    assert overtake_max([late, *others]) == 2
    assert overtake_max([*others, viewer(7.0, 8.0, 6)]) == 0


def test_lanes_have_places_of_their_own() -> None:
    """Place 1 of one lane is before nobody of the other."""
    assert overtake_max([viewer(0.0, 1.0, 2), viewer(2.0, 3.0, 1, lane=str(Lane.MAIN))]) == 0


def test_the_worst_of_all_counts() -> None:
    """One passes one, another passes two."""
    first = [viewer(0.0, 1.0, 10), viewer(2.0, 3.0, 9), viewer(4.0, 5.0, 8)]
    assert overtake_max(first) == 2


def test_it_has_recovered_at_the_end_of_the_longest_silence_after_the_kill() -> None:
    """Answers that were under way arrive just after it, and are no recovery: 100.1, then nothing until 102.5."""
    answered = (99.0, 100.05, 100.1, 102.5, 102.6, 103.0)
    assert round(recovered([viewer(0.0, at_s) for at_s in answered], KILLED_S), 6) == 2.5


def test_the_other_lane_says_nothing_of_the_one_that_was_hit() -> None:
    """Its places come from a primary that lives."""
    known = [viewer(0.0, at_s) for at_s in (100.1, 103.0)]
    main = [viewer(0.0, 100 + tenth / 10, lane=str(Lane.MAIN)) for tenth in range(40)]
    assert round(recovered([*known, *main], KILLED_S), 6) == 3.0
