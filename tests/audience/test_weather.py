"""The audience of a night whose truth is known, in fair and in foul weather."""

from bench.beats import Weather, errors
from tests.audience.spans import NIGHT


def test_with_nothing_lost_the_audience_is_exact() -> None:
    """To the account, told in whole accounts."""
    found = errors(NIGHT, 600, Weather(), seed=1, beat_s=5)
    assert found == {"average_error": 0, "peak_error": 0, "reach_error": 0}


def test_wrong_clocks_and_late_beats_change_next_to_nothing() -> None:
    """Each stream is set right by its own quickest beat."""
    found = errors(NIGHT, 600, Weather(doubled=0.05, late_s=2, clocks_s=5), seed=1, beat_s=5)
    assert found["average_error"] < 0.01
    assert found["peak_error"] < 0.01


def test_a_twentieth_of_the_beats_lost_is_not_a_twentieth_of_the_audience() -> None:
    """What lay between is told by the numbers; only the ends of streams are gone."""
    found = errors(NIGHT, 600, Weather(lost=0.05), seed=1, beat_s=5)
    assert found["average_error"] < 0.01
