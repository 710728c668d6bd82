"""Between two answers a sentry misses those who do not come."""

import numpy as np
import pytest

from kickoff.incidents import Sentry, notice
from kickoff.incidents.columns import read_columns
from kickoff.units import US_PER_S
from tests.evenings import Row, second, table
from tests.incidents.test_turned_away import NIGHT_OF_ROWS

ANSWERED_S = 2_000
USUAL = tuple([240.0] * 201)


def joined(at: float, number: int, isp: str) -> Row:
    """One household takes a place."""
    return {"at": second(at), "fact": "joined", "code": "session", "subject": number, "isp": isp, "device": "tv"}


def crowd(seed: int, until_s: float) -> list[Row]:
    """Four households a second of two providers."""
    rng = np.random.default_rng(seed)
    at = np.sort(rng.uniform(0, until_s, round(4 * until_s)))
    return [joined(one, number + 1, "isp-a" if rng.random() < 0.6 else "isp-b") for number, one in enumerate(at)]


def alarmed_after(rows: list[Row], *, usual: tuple[float, ...] = USUAL, seconds: int = 120) -> int | None:
    """Seconds from the answer until the sentry is alarmed; None where it is not."""
    sentry = Sentry()
    answered = [row for row in rows if int(row["at"] or 0) <= second(ANSWERED_S)]
    assert notice(table(answered), NIGHT_OF_ROWS, second(ANSWERED_S), usual, sentry) == ()
    for number in range(seconds):
        begins = second(ANSWERED_S) + number * US_PER_S
        own = [row for row in rows if begins < int(row["at"] or 0) <= begins + US_PER_S]
        beat: Row = {"at": begins + US_PER_S, "fact": "health", "dependency": "sign_in"}
        if sentry.is_alarmed(read_columns(table([*own, beat]), second(1e6))):
            return number + 1
    return None


@pytest.mark.parametrize("seed", range(2))
def test_a_provider_that_falls_silent_between_two_answers_is_missed_within_a_minute(seed: int) -> None:
    """On the largest nights the next answer is minutes away."""
    rows = [row for row in crowd(seed, 2_200) if row["isp"] != "isp-b" or int(row["at"] or 0) <= second(ANSWERED_S)]
    found = alarmed_after(rows)

    assert found is not None
    assert found <= 60


@pytest.mark.parametrize("usual", [USUAL, ()], ids=["earlier nights", "none"])
def test_everybody_who_stays_away_is_missed_within_a_minute_and_a_half(usual: tuple[float, ...]) -> None:
    """Then no share has changed: their number has."""
    rows = [row for row in crowd(3, 2_200) if int(row["at"] or 0) <= second(ANSWERED_S)]
    found = alarmed_after(rows, usual=usual)

    assert found is not None
    assert found <= 90


@pytest.mark.parametrize("seed", range(2))
def test_a_crowd_that_goes_on_raises_no_alarm(seed: int) -> None:
    """An alarm costs an answer of the whole night."""
    assert alarmed_after(crowd(seed, 2_200)) is None


def test_who_comes_again_is_counted_once() -> None:
    """Everybody else is gone, and the same household takes a place every second: that is nobody new."""
    rows = [row for row in crowd(4, 2_200) if int(row["at"] or 0) <= second(ANSWERED_S)]
    rows += [joined(ANSWERED_S + number + 0.5, 5, "isp-a") for number in range(100)]
    rows += [joined(ANSWERED_S + number + 0.7, 1_000_000, "isp-a") for number in range(100)]

    assert alarmed_after(rows) is not None
