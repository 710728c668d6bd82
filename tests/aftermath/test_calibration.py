import numpy as np
import pyarrow as pa

from kickoff.aftermath.calibration import calibrated
from kickoff.facts import Fact
from tests.evenings import Row, night, second, table

NIGHT = night()


def joined(at_s: float, place: int) -> Row:
    """Somebody takes a place."""
    return {"at": second(at_s), "fact": str(Fact.JOINED), "lane": "main", "place": place, "subject": place}


def called(at_s: float, upto: int) -> Row:
    """The line moves on."""
    return {"at": second(at_s), "fact": str(Fact.CALLED), "lane": "main", "place": upto}


def line(pace: list[int], joins: list[tuple[float, int]]) -> pa.Table:
    """A lane that is called at so many places in each second, with these joins."""
    steps = np.cumsum(pace)
    rows = [called(number + 1.0, int(upto)) for number, upto in enumerate(steps)]
    return table(sorted([*rows, *(joined(at, place) for at, place in joins)], key=lambda row: int(str(row["at"]))))


def test_a_steady_line_is_told_truly() -> None:
    """Ten a second, seen for half a minute: who joins then waits as long as was said."""
    found = calibrated(line([10] * 90, [(30.0 + number / 10, 500 + number) for number in range(100)]), NIGHT)
    assert found is not None
    assert (found.people, found.early, found.late) == (100, 0.0, 0.0)
    assert found.inside == 1.0
    assert 0 < found.score_s < found.wait_s


def test_a_line_that_stops_is_told_too_early() -> None:
    """Nobody could know; the score says what it cost."""
    stopped = [10] * 32 + [0] * 60 + [10] * 60
    found = calibrated(line(stopped, [(30.0, 500), (31.0, 501)]), NIGHT)
    steady = calibrated(line([10] * 90, [(30.0, 500), (31.0, 501)]), NIGHT)
    assert found is not None
    assert steady is not None
    assert (found.inside, found.late) == (0.0, 1.0)
    assert found.score_s > 10 * steady.score_s
    assert [one.words for one in found.bins] == ["up to 300 s"]


def test_who_never_waited_or_was_never_called_is_not_judged() -> None:
    """No line, no promise."""
    assert calibrated(line([10] * 10, []), NIGHT) is None
    assert calibrated(line([10] * 10, [(5.0, 5_000)]), NIGHT) is None
    assert calibrated(line([10] * 10, [(5.0, 3)]), NIGHT) is None
