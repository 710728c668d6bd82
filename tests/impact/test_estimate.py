"""Those who were hit are counted one by one, with what they lost; the others as a range that holds the truth."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from kickoff.facts import Fact
from kickoff.findings import Case, Impact, Incident, Metric, Scope
from kickoff.forecast import MINUTES, EarlierNight, minute_of
from kickoff.impact import estimate
from tests.evenings import Evening, Row, Trouble, evening, second, table

SOUTH = Trouble(kind="cdn", at=88, until=112, where={"cdn": "south"})
FULL = Trouble(kind="capacity", at=40, until=90, per_s=12)
AWAY = Trouble(kind="silence", at=40, until=80, where={"isp": "isp-b"}, share=1.0)

STARTS_FAIL = Incident(
    metric=Metric.START_FAILURES,
    noticed_at=second(90),
    began_at=second(88),
    ended_at=second(113),
    scope=Scope(verdict="located", causes=({"cdn": "south"},), confidence=0.9),
)
SIGN_INS_FAIL = Incident(
    metric=Metric.SIGN_IN_FAILURES,
    noticed_at=second(45),
    began_at=second(40),
    ended_at=second(92),
    scope=Scope(verdict="outside"),
)
SILENT = Incident(
    metric=Metric.SILENCE,
    noticed_at=second(44),
    began_at=second(40),
    ended_at=second(80),
    scope=Scope(verdict="located", causes=({"isp": "isp-b"},), confidence=0.9),
)


def impact_of(
    played: Evening, *incidents: Incident, earlier: tuple[EarlierNight, ...] = ()
) -> tuple[Impact, tuple[Case, ...]]:
    """At the end of the evening."""
    return estimate(played.facts, played.subscribers, played.night, incidents, earlier=earlier, until=second(185))


@pytest.mark.parametrize("seed", range(3))
def test_every_account_that_was_hit_has_one_case_with_what_it_lost(seed: int) -> None:
    """Recounted by the evening itself: nobody who was hit is left out, and a lost minute is a lost minute."""
    played = evening(seed=seed, troubles=(SOUTH,))
    impact, cases = impact_of(played, STARTS_FAIL)
    by_account = {int(case.subject): case for case in cases}

    assert set(by_account) >= played.hit
    assert len(set(by_account) - played.hit) <= 3  # failures of every evening that fell into the incident
    for account, lost_ms in played.lost_ms.items():
        assert by_account[account].lost_ms == pytest.approx(lost_ms, abs=2)
    assert impact.seen == len(cases) == sum(impact.by["offer"].values())
    match_minutes = sum(case.lost_ms for case in cases) / 1000 / played.night.match_minute_s
    assert impact.user_hours == pytest.approx(match_minutes / 60, abs=1e-3)
    assert all(case.offer == ("essential", "sport", "young")[case.subject % 3] for case in cases)
    assert all(case.met == "start_failed" for case in cases)


def test_a_device_is_the_account_that_signed_in_from_its_place() -> None:
    """Who fails to sign in is a device at first; it is counted as the account, once."""
    played = evening(troubles=(FULL,))
    impact, cases = impact_of(played, SIGN_INS_FAIL)
    named = {int(case.subject) for case in cases}

    assert named <= played.hit
    assert impact.seen + impact.unseen.high >= len(played.hit) >= impact.seen + impact.unseen.low
    assert len(played.hit) - impact.seen < 0.05 * len(played.hit)


def test_nobody_is_hit_where_nothing_was_noticed() -> None:
    """Failures of every evening are not an incident's."""
    impact, cases = impact_of(evening())

    assert cases == ()
    assert impact.seen == impact.total.high == 0
    assert impact.how.count(".") == 3


@pytest.mark.parametrize("seed", range(5))
def test_those_who_never_came_are_a_range_that_holds_the_truth(seed: int) -> None:
    """They failed nowhere: what is known of them is that their share of the crowd is missing."""
    played = evening(seed=seed, troubles=(AWAY,))
    impact, _ = impact_of(played, SILENT)

    assert impact.unseen.low <= played.kept_away <= impact.unseen.high
    assert impact.unseen.high - impact.unseen.low < played.kept_away


def test_who_never_had_a_picture_lost_until_the_incidents_end() -> None:
    """Nobody knows how long they would have watched: no more is claimed than the incident lasted."""
    rows: list[Row] = [
        {"at": second(90), "fact": "start_failed", "subject": 7, "duration_ms": 500},
        {"at": second(95), "fact": "start_failed", "subject": 7, "duration_ms": 500},
        {"at": second(90), "fact": "start_failed", "subject": 8, "duration_ms": 0},
        {"at": second(94), "fact": "started", "subject": 8, "duration_ms": 700},
    ]
    played = evening(people=10)
    impact, cases = estimate(
        table(rows), played.subscribers, played.night, (STARTS_FAIL,), earlier=(), until=second(185)
    )

    assert {int(case.subject): case.lost_ms for case in cases} == {7: 23_500, 8: 4_000}
    assert impact.seen == 2


def test_only_time_between_kick_off_and_whistle_is_lost_match() -> None:
    """What fails before kick-off costs nobody a goal."""
    rows: list[Row] = [
        {"at": second(50), "fact": "start_failed", "subject": 7, "duration_ms": 0},
        {"at": second(63), "fact": "started", "subject": 7, "duration_ms": 700},
    ]
    early = Incident(
        metric=Metric.START_FAILURES, noticed_at=second(52), began_at=second(49), ended_at=second(64),
        scope=Scope(verdict="cannot_tell"),
    )  # fmt: skip
    played = evening(people=10)
    _, (case,) = estimate(table(rows), played.subscribers, played.night, (early,), earlier=(), until=second(185))

    assert case.lost_ms == 3_000
    assert case.first_at == second(50)


def test_earlier_nights_tell_how_many_met_no_door() -> None:
    """Where everybody falls silent: a forecast with its error, never a point; and never fewer than nobody."""
    whole, cut = evening(), Trouble(kind="silence", at=70, until=100, share=1.0)
    played = evening(troubles=(cut,))
    nobody = Incident(
        metric=Metric.SILENCE, noticed_at=second(74), began_at=second(70), ended_at=second(100),
        scope=Scope(verdict="outside"),
    )  # fmt: skip
    earlier = tuple(earlier_night(evening(seed=seed)) for seed in range(2, 6))
    impact, _ = impact_of(played, nobody, earlier=earlier)

    assert impact.unseen.high > impact.unseen.mid > impact.unseen.low > 0
    assert impact.total.low <= played.kept_away <= impact.total.high
    assert impact.total.high - impact.total.low < played.kept_away
    assert "were expected" in impact.how
    assert impact_of(whole, earlier=earlier)[0].total.high == 0


def earlier_night(played: Evening) -> EarlierNight:
    """Who came when, by the match clock, as the journal of that night tells."""
    night = played.night
    joined = played.facts.filter(pc.equal(played.facts["fact"], "joined"))["at"].to_pylist()
    arrivals = [0] * MINUTES
    for at in joined:
        arrivals[minute_of((at - night.at(night.schedule.kick_off)) / 1e6 / night.match_minute_s)] += 1
    return EarlierNight(subscribers=len(played.subscribers), arrivals=tuple(arrivals))


def test_complaints_raise_the_upper_end_only() -> None:
    """Two lists that depend on each other say too little, never too much; complaints are no count of people."""
    played = evening(troubles=(SOUTH,))
    seen = sorted(played.hit)[:40]
    strangers = [account for account in range(1, 4_000) if account not in played.hit][:60]
    reports: list[Row] = [
        {"at": second(114), "fact": str(Fact.REPORTED), "subject": account, "code": "black_screen"}
        for account in [*seen, *strangers]
    ]
    without, _ = impact_of(played, STARTS_FAIL)
    facts = pa.concat_tables([played.facts, table(reports)])
    heard, _ = estimate(facts, played.subscribers, played.night, (STARTS_FAIL,), earlier=(), until=second(185))

    assert heard.seen == without.seen
    assert heard.unseen.low == without.unseen.low
    assert heard.unseen.high > without.unseen.high + 20


def test_a_journal_without_places_or_subscribers_is_counted_all_the_same() -> None:
    """Then devices stay devices, and stand in the range instead of among the cases."""
    played = evening(troubles=(FULL,))
    thin = played.facts.select(["at", "fact", "subject", "code"])
    impact, cases = estimate(
        thin, played.subscribers.slice(0, 0), played.night, (SIGN_INS_FAIL,), earlier=(), until=second(185)
    )

    assert cases == ()
    assert impact.unseen.high >= len(played.hit) >= impact.unseen.low


def test_each_incident_says_how_many_it_hit() -> None:
    """The headline of a night is its gravest incident: each is counted by itself, also those whom nobody saw."""
    blip: list[Row] = [
        {"at": second(30 + number), "fact": "start_failed", "subject": 900_000 + number, "duration_ms": 0}
        for number in range(5)
    ]
    early = Incident(
        metric=Metric.START_FAILURES, noticed_at=second(32), began_at=second(30), ended_at=second(36),
        scope=Scope(verdict="cannot_tell"),
    )  # fmt: skip
    played = evening(troubles=(AWAY, SOUTH))
    facts = pa.concat_tables([played.facts, table(blip)])
    incidents = (early, SILENT, STARTS_FAIL)
    impact, _ = estimate(facts, played.subscribers, played.night, incidents, earlier=(), until=second(185))
    blinked, silent, failed = impact.by_incident

    assert 5 <= blinked <= 8
    assert failed >= len(played.hit)
    assert silent == pytest.approx(played.kept_away, rel=0.3)
    assert blinked < min(silent, failed)


def test_machines_stand_in_no_incident() -> None:
    """Devices by the hundred from a network without households: the headline told 44,346 beside a total of 1,500."""
    played = evening(troubles=(FULL,))
    machines: list[Row] = [
        {
            "at": second(50 + number / 100), "fact": "sign_in_failed", "code": "error", "source": 424_242,
            "subject": 900_000 + number, "duration_ms": 10,
        }
        for number in range(2_000)
    ]  # fmt: skip
    without, _ = impact_of(played, SIGN_INS_FAIL)
    facts = pa.concat_tables([played.facts, table(machines)]).sort_by("at")
    flooded, _ = estimate(facts, played.subscribers, played.night, (SIGN_INS_FAIL,), earlier=(), until=second(185))

    assert flooded.by_incident[0] <= without.by_incident[0] + 20
    assert flooded.by_incident[0] <= 1.2 * flooded.total.high


def test_the_hit_are_counted_by_how_long_they_lost() -> None:
    """By what they met and for how long: in minutes of the match, from none to the most."""
    played = evening(troubles=(SOUTH,))
    impact, cases = impact_of(played, STARTS_FAIL)
    minutes = [case.lost_ms / 1000 / played.night.match_minute_s for case in cases]

    assert list(impact.by["lost"]) == [name for name in ("0", "<1", "1-5", "5-15", "more") if name in impact.by["lost"]]
    assert impact.by["lost"].get("0", 0) == sum(one == 0 for one in minutes)
    assert impact.by["lost"].get("1-5", 0) == sum(1 <= one < 5 for one in minutes)
    assert impact.by["lost"].get("more", 0) == sum(one >= 15 for one in minutes)
    assert sum(impact.by["lost"].values()) == impact.seen


def test_before_the_first_row_nothing_has_been_read() -> None:
    """That no incident was noticed would be said of a night that is well."""
    played = evening()
    impact, _ = estimate(played.facts, played.subscribers, played.night, (), earlier=(), until=second(-10))
    later, _ = impact_of(played)

    assert impact.how.startswith("Nothing has been read yet")
    assert later.how.startswith("No incident was noticed")


def test_where_nobody_was_hit_complaints_bear_no_witness_and_no_range_is_told() -> None:
    """A range from nought to nought says nothing; complaints are an ordinary evening's as well."""
    played = evening()
    calm = Incident(
        metric=Metric.START_FAILURES, noticed_at=second(12), began_at=second(10), ended_at=second(11),
        scope=Scope(verdict="outside"),
    )  # fmt: skip
    nothing = played.facts.filter(pc.not_equal(played.facts["fact"], "start_failed"))
    said = pa.table({"at": pa.array([second(20)], pa.int64()), "source": ["x"], "count": pa.array([7], pa.int64())})
    impact, _ = estimate(
        nothing, played.subscribers, played.night, (calm,), earlier=(), until=second(185), complaints=said
    )

    assert impact.total.high == 0
    assert "7 complaints were made elsewhere meanwhile" in impact.how
    assert "nine times in ten" not in impact.how
