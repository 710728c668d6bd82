import numpy as np
import pyarrow as pa

from kickoff.aftermath.calibration import calibrated
from kickoff.facts import Fact
from tests.evenings import Row, second, table


def joined(at_s: float, place: int) -> Row:
    """Somebody takes a place."""
    return {"at": second(at_s), "fact": str(Fact.JOINED), "lane": "main", "place": place, "subject": place}


def called(at_s: float, upto: int) -> Row:
    """The line moves on."""
    return {"at": second(at_s), "fact": str(Fact.CALLED), "lane": "main", "place": upto}


def told(at_s: float, place: int, low_s: float, high_s: float) -> Row:
    """What the last of the line is told."""
    return {
        "at": second(at_s),
        "fact": str(Fact.TOLD),
        "lane": "main",
        "place": place,
        "duration_ms": round(low_s * 1000),
        "wait_ms": round(high_s * 1000),
    }


def line(pace: list[int], rows: list[Row]) -> pa.Table:
    """A lane that is called at so many places in each second."""
    steps = [called(number + 1.0, int(upto)) for number, upto in enumerate(np.cumsum(pace))]
    return table(sorted([*steps, *rows], key=lambda row: int(str(row["at"]))))


STEADY = [10] * 90


def test_a_time_that_came_true_is_inside() -> None:
    """Ten a second, 200 ahead: twenty seconds, and that is what was said."""
    found = calibrated(line(STEADY, [joined(30.0, 500), told(30.0, 500, 18.0, 22.0)]))
    assert found is not None
    assert (found.people, found.inside, found.early, found.late) == (1, 1.0, 0.0, 0.0)
    assert (found.score_s, found.wait_s) == (4.0, 20.0)


def test_a_line_that_stops_was_told_too_early() -> None:
    """Nobody could know; the score says what it cost: ten times the distance (Winkler)."""
    stopped = [10] * 32 + [0] * 60 + [10] * 60
    found = calibrated(line(stopped, [joined(30.0, 500), told(30.0, 500, 18.0, 22.0)]))
    assert found is not None
    assert (found.inside, found.late, found.wait_s) == (0.0, 1.0, 80.0)
    assert found.score_s == 4.0 + 10 * 58.0
    assert [one.words for one in found.bins] == ["up to 300 s"]


def test_who_joined_before_any_time_could_be_named_is_judged_by_the_first_they_were_shown() -> None:
    """From the instant at which it was shown, and for where they stood: half as far as the last of the line."""
    rows = [joined(0.0, 400), joined(1.0, 600), told(20.0, 600, 36.0, 44.0)]
    found = calibrated(line(STEADY, rows))
    assert found is not None
    assert (found.people, found.inside) == (2, 1.0)
    assert found.wait_s == (20 + 40) / 2
    assert found.score_s == (4.0 + 8.0) / 2


def test_an_interval_that_is_no_longer_shown_judges_nobody() -> None:
    """Where the door named no time for a while, who joins then is judged by the next one."""
    rows = [told(10.0, 300, 1.0, 2.0), joined(30.0, 500), told(31.0, 500, 17.0, 21.0)]
    found = calibrated(line(STEADY, rows))
    assert found is not None
    assert (found.people, found.inside, found.wait_s) == (1, 1.0, 19.0)


def test_who_never_waited_was_never_told_or_never_called_is_not_judged() -> None:
    """No line, no promise."""
    assert calibrated(line([10] * 10, [])) is None
    assert calibrated(line([10] * 10, [joined(5.0, 60)])) is None
    assert calibrated(line([10] * 10, [joined(5.0, 5_000), told(5.0, 5_000, 1.0, 2.0)])) is None
    assert calibrated(line([10] * 10, [joined(5.0, 3), told(5.0, 3, 1.0, 2.0)])) is None
