"""A sentry raises the alarm between two answers, and says nothing while nothing happens."""

import pyarrow.compute as pc
import pytest

from kickoff.incidents import Sentry, notice
from kickoff.incidents.columns import read_columns
from kickoff.units import US_PER_S
from tests.evenings import Evening, Trouble, evening, second

SOUTH = Trouble(kind="cdn", at=88, until=112, where={"cdn": "south"})


def alarmed_at(played: Evening, *, since: float) -> list[int]:
    """Seconds after `since`, where an answer was given, at which the sentry is alarmed."""
    sentry = Sentry()
    notice(played.facts, played.night, second(since), sentry=sentry)
    found = []
    for number in range(60):
        begins = second(since) + number * US_PER_S
        at = played.facts["at"]
        own = played.facts.filter(pc.and_(pc.greater(at, begins), pc.less_equal(at, begins + US_PER_S)))
        if len(own) and sentry.is_alarmed(read_columns(own, second(185))):
            found.append(number + 1)
    return found


@pytest.mark.parametrize("seed", range(2))
def test_a_network_that_fails_between_two_answers_is_noticed_within_seconds(seed: int) -> None:
    """The next answer may be minutes away: the alarm is what brings it."""
    played = evening(troubles=(SOUTH,), seed=seed)
    (incident,) = notice(played.facts, played.night, second(185))
    noticed = (incident.noticed_at - second(80)) / US_PER_S
    assert abs(alarmed_at(played, since=80)[0] - noticed) <= 3


@pytest.mark.parametrize("seed", range(2))
def test_nothing_raises_no_alarm(seed: int) -> None:
    """An alarm costs an answer of the whole night."""
    assert alarmed_at(evening(seed=seed), since=80) == []


def test_while_an_incident_lasts_it_is_no_news() -> None:
    """The answer that found it is given again as the share allows."""
    assert alarmed_at(evening(troubles=(SOUTH,)), since=100) == []
