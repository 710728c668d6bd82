"""What counts as a false alarm on a judged night is reckoned by hand."""

from bench.nights.noticed import Noticed
from bench.notice_evenings import journal_figures
from kickoff.findings import Incident, Metric, Scope
from kickoff.units import US_PER_S, AtUs

MINUTE_S = 60.0


def at(minute: float) -> AtUs:
    """So many minutes from the start of the night."""
    return AtUs(round(minute * MINUTE_S * US_PER_S))


def night(*incidents: tuple[float, float, float | None]) -> Noticed:
    """A trouble from minute 40 to 60; incidents as (began, noticed, ended)."""
    return Noticed(
        name="n", scenario="silence", minute_s=MINUTE_S, start=AtUs(0), until=at(150), kinds=["silence"],
        spans=[("fault", 40 * MINUTE_S, 60 * MINUTE_S)],
        incidents=[
            Incident(
                metric=Metric.SILENCE, began_at=at(began), noticed_at=at(noticed),
                ended_at=None if ended is None else at(ended), scope=Scope(verdict="outside"),
            )
            for began, noticed, ended in incidents
        ],
    )  # fmt: skip


def test_an_incident_outside_a_troubles_shadow_is_a_false_alarm() -> None:
    """Two minutes before it to twenty after it are the trouble's own; whatever else is noticed has no cause."""
    found = journal_figures([night((41, 42, 59)), night((79, 83, 90), (81, 84, None), (10, 12, 37))])

    assert found["unexplained_incidents"] == 2
    assert found["match_hours"] == round(2 * 143 / 60)
    assert found["match_hours_without_trouble"] == round(2 * (143 - 42) / 60)
    assert found["unexplained_per_1000_h"] == round(2_000 * 60 / (2 * 143), 3)


def test_a_silence_is_noticed_by_an_incident_that_touches_it() -> None:
    """From when it began; what was noticed of something else does not count."""
    found = journal_figures([night((41, 42, 59)), night((90, 91, 99))])

    assert found["silences"] == {"troubles": 2, "noticed": 0.5, "median_delay_min_of_those": 2.0}
    assert found["troubles"] == 2
