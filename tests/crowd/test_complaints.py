"""Who says what they see: a few of those who are hit."""

from kickoff.crowd.acts import Answer
from kickoff.crowd.complaints import SHARES
from tests.crowd.playing import Door, person, play, viewer

COUNT = 300


def test_a_few_of_those_with_a_black_screen_say_so() -> None:
    """The evidence of complaints is a small share of those who were hit, never all of them."""
    crowd = [viewer(person(account=number + 1), seed=number) for number in range(COUNT)]
    door = Door()
    # Both networks fail each person's first start, and work at the second.
    door.rules["master"] = lambda heard, before: Answer(at_s=heard.at_s, status=503) if before < 2 * COUNT else None
    play(crowd, door)
    said = [heard.body["what"] for heard in door.of("report")]
    assert 0.3 * SHARES["black_screen"] < said.count("black_screen") / COUNT < 3 * SHARES["black_screen"]
    assert sum(who.diary.reports for who in crowd) == len(said)


def test_who_is_not_hit_says_nearly_nothing() -> None:
    """Some complain without a reason; a verdict must live with it."""
    crowd = [viewer(person(account=number + 1), seed=number) for number in range(COUNT)]
    door = Door()
    play(crowd, door)
    assert len(door.of("report")) < 0.02 * COUNT
