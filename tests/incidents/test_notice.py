"""Incidents are noticed within seconds, begin and end when they did, and quiet evenings stay quiet."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from msgspec import structs

from kickoff.findings import Incident, Metric, Scope
from kickoff.incidents import notice
from kickoff.incidents.notice import listed, told_apart
from tests.evenings import START, Evening, Row, Trouble, evening, second, table

SOUTH = Trouble(kind="cdn", at=88, until=112, where={"cdn": "south"})


def incidents_of(played: Evening, until: float = 185.0) -> tuple[Incident, ...]:
    """What is noticed up to so many seconds from the start."""
    return notice(played.facts, played.night, second(until))


def seconds(at: int | None) -> float:
    """From the start of the night."""
    assert at is not None, "it has ended"
    return (at - START) / 1e6


@pytest.mark.parametrize("seed", range(6))
def test_a_quiet_evening_has_no_incident(seed: int) -> None:
    """Two starts in a thousand always fail, and one password in twenty-five is always wrong."""
    assert incidents_of(evening(seed=seed)) == ()


@pytest.mark.parametrize("seed", range(4))
def test_a_failing_delivery_network_is_noticed_within_seconds_and_named(seed: int) -> None:
    """The operator who is told "starts fail on south since 88 s" can act."""
    (incident,) = incidents_of(evening(seed=seed, troubles=(SOUTH,)))

    assert incident.metric is Metric.START_FAILURES
    assert 86 <= seconds(incident.began_at) <= 90
    assert seconds(incident.noticed_at) <= 94
    assert 110 <= seconds(incident.ended_at) <= 116
    assert incident.scope.verdict == "located"
    assert incident.scope.causes == ({"cdn": "south"},)


def test_what_is_known_at_an_instant_does_not_depend_on_what_came_after() -> None:
    """A statement that was made during the night can be made again, word for word."""
    played = evening(troubles=(SOUTH,))
    earlier = evening(troubles=(SOUTH,), until=100)

    assert incidents_of(played, until=100) == incidents_of(earlier, until=100)
    assert incidents_of(played, until=100)[0].ended_at is None
    assert incidents_of(played, until=80) == ()


def test_overloaded_sign_ins_are_an_incident_of_everybody() -> None:
    """Nothing recorded tells those hit from the others: the scope says so, instead of naming the largest cohort."""
    (incident,) = incidents_of(evening(troubles=(Trouble(kind="capacity", at=40, until=90, per_s=12),)))

    assert incident.metric is Metric.SIGN_IN_FAILURES
    assert incident.scope.verdict == "outside"
    assert incident.scope.causes == ()


def test_wrong_passwords_count_against_their_own_base() -> None:
    """People mistype every evening; a flood of stolen passwords is noticed all the same."""
    found = incidents_of(evening(troubles=(Trouble(kind="stuffing", at=60, until=120),)))

    assert [incident.metric for incident in found] == [Metric.SIGN_IN_FAILURES]
    assert 58 <= seconds(found[0].noticed_at) <= 66


def test_a_provider_from_which_nobody_comes_is_silence() -> None:
    """Those who cannot even reach the door fail nowhere: only their absence shows."""
    trouble = Trouble(kind="silence", at=40, until=80, where={"isp": "isp-b"}, share=1.0)
    (incident,) = incidents_of(evening(troubles=(trouble,)))

    assert incident.metric is Metric.SILENCE
    assert incident.scope.causes == ({"isp": "isp-b"},)
    assert seconds(incident.noticed_at) <= 48
    assert 78 <= seconds(incident.ended_at) <= 86


def test_two_faults_one_after_the_other_are_two_incidents() -> None:
    """The second is held against the normal evening, not against the first."""
    release = Trouble(kind="release", at=100, until=140, where={"app": "7.3.0"}, share=0.5)
    earlier = Trouble(kind="cdn", at=50, until=70, where={"cdn": "south"})
    found = incidents_of(evening(troubles=(earlier, release)))

    assert [incident.scope.causes for incident in found] == [({"cdn": "south"},), ({"app": "7.3.0"},)]


def test_failures_that_come_back_are_the_same_incident() -> None:
    """A relapse within five minutes of the match is no news to those whom it hits again."""
    first = Trouble(kind="cdn", at=50, until=60, where={"cdn": "south"})
    again = Trouble(kind="cdn", at=63, until=75, where={"cdn": "south"}, share=0.5)
    (incident,) = incidents_of(evening(troubles=(first, again)))

    assert seconds(incident.began_at) <= 52
    assert seconds(incident.ended_at) >= 74


def test_what_was_not_recorded_is_not_missed() -> None:
    """Sign-ins that fail at an open door say nothing of their provider: that is no silence of all providers."""
    played = evening(seed=2)
    nameless: list[Row] = [
        {"at": second(60 + 0.02 * number), "fact": "sign_in_failed", "subject": 80_000_000 + number, "code": "error"}
        for number in range(2_000)
    ]
    facts = pa.concat_tables([played.facts.filter(pc.field("fact") != "joined"), table(nameless)])
    found = notice(facts, played.night, second(170))

    assert {incident.metric for incident in found} == {Metric.SIGN_IN_FAILURES}


def test_after_the_whistle_nobody_waits_for_a_picture() -> None:
    """People who leave at the end, also before their picture came, are no incident."""
    played = evening(seed=2)
    leaving: list[Row] = []
    for number in range(400):
        who = {"subject": 70_000_000 + number, "stream": number}
        leaving += [
            {"at": second(169), "fact": "leased", "code": "new", **who},
            {"at": second(171), "fact": "ended", "code": "quit", **who},
        ]

    assert notice(pa.concat_tables([played.facts, table(leaving)]), played.night, second(185)) == ()


def test_silences_at_the_same_time_are_one_incident() -> None:
    """Who is missing from a provider is missing from its regions too; that is one thing to tell people, not ten."""

    def silent(dimension: str, value: str, noticed: float, began: float, ended: float | None) -> Incident:
        return Incident(
            metric=Metric.SILENCE,
            noticed_at=second(noticed),
            began_at=second(began),
            ended_at=None if ended is None else second(ended),
            scope=Scope(verdict="located", causes=({dimension: value},), confidence=0.9),
        )

    first, second_one, shadow, later = (
        silent("isp", "isp-b", 44, 40, 80),
        silent("isp", "isp-c", 46, 41, 82),
        silent("region", "north", 50, 42, 70),
        silent("region", "west", 120, 110, None),
    )
    found = told_apart([shadow, later, second_one, first])

    assert [incident.scope.causes for incident in found] == [
        ({"isp": "isp-b"}, {"isp": "isp-c"}),
        ({"region": "west"},),
    ]
    assert found[0].ended_at == second(82)


def test_one_person_who_keeps_trying_is_not_a_crowd() -> None:
    """A single broken television must not wake the operator."""
    played = evening(seed=3)
    alone: list[Row] = [
        {"at": second(90 + 0.2 * number), "fact": "start_failed", "subject": 1, "cdn": "north", "code": "decode"}
        for number in range(200)
    ]

    assert notice(pa.concat_tables([played.facts, table(alone)]), played.night, second(185)) == ()


def test_a_journal_with_few_columns_is_answered() -> None:
    """Whoever writes a journal with the schema alone, and leaves out what they do not know, gets an answer."""
    played = evening(troubles=(SOUTH,))
    thin = played.facts.select(["at", "fact", "subject", "cdn"])

    assert notice(thin, played.night, second(185))[0].scope.causes == ({"cdn": "south"},)
    assert notice(thin.slice(0, 0), played.night, second(185)) == ()


def test_one_trouble_that_two_tests_notice_is_listed_once() -> None:
    """A flood alarms by errors and by wrong passwords a second apart; what has a place, or comes later, is another.

    A place that was not found is none, though an incident is followed by it.
    """
    first = Incident(
        metric=Metric.SIGN_IN_FAILURES, noticed_at=second(61), began_at=second(60), ended_at=second(90),
        scope=Scope(verdict="outside"),
    )  # fmt: skip
    second_test = structs.replace(first, noticed_at=second(62), began_at=second(59), ended_at=None)
    placed = structs.replace(first, scope=Scope(verdict="located", causes=({"isp": "isp-b"},), confidence=0.9))
    later = structs.replace(first, noticed_at=second(101), began_at=second(100), ended_at=second(110))
    other = structs.replace(first, metric=Metric.START_FAILURES)
    followed = structs.replace(placed, scope=structs.replace(placed.scope, verdict="cannot_tell", confidence=0.3))

    assert listed([first, followed]) == [first]
    assert listed([second_test, first]) == [structs.replace(first, began_at=second(59), ended_at=None)]
    assert len(listed([first, placed])) == 2
    assert len(listed([first, later])) == 2
    assert len(listed([first, other])) == 2
