"""The cause is named when the signs tell it, withheld when they do not, and malice is never said lightly."""

import re

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from kickoff.causes import explain
from kickoff.findings import Cause, Evidence, Incident, Metric, Scope, Verdict
from tests.evenings import Evening, Row, Trouble, evening, second, table

SOUTH = Trouble(kind="cdn", at=88, until=112, where={"cdn": "south"})
FULL = Trouble(kind="capacity", at=40, until=90, per_s=12)


def incident(metric: Metric, began: float, ended: float | None, **where: str) -> Incident:
    """An incident as the first stage reports it."""
    return Incident(
        metric=metric,
        noticed_at=second(began + 2),
        began_at=second(began),
        ended_at=None if ended is None else second(ended),
        scope=Scope(verdict="located", causes=(where,), confidence=0.9) if where else Scope(verdict="outside"),
    )


def verdict_of(played: Evening, *incidents: Incident, until: float = 185.0) -> Verdict:
    """What is said at so many seconds."""
    return explain(played.facts, played.subscribers, played.night, incidents, second(until))


def test_nothing_is_explained_where_nothing_happened() -> None:
    """`none` is an answer."""
    verdict = verdict_of(evening())

    assert verdict.verdict is Cause.NONE
    assert verdict.probabilities["none"] > 0.85
    assert verdict.next_statement_at is None


@pytest.mark.parametrize("seed", range(3))
def test_failures_that_keep_to_one_delivery_network_are_a_fault(seed: int) -> None:
    """Load would have filled the others too; what the service says of itself tells."""
    verdict = verdict_of(evening(seed=seed, troubles=(SOUTH,)), incident(Metric.START_FAILURES, 88, 112, cdn="south"))

    assert verdict.verdict is Cause.FAULT
    assert verdict.probabilities["fault"] > 0.9
    assert sum(verdict.probabilities.values()) == pytest.approx(1.0, abs=1e-3)
    assert any("0% of the failures were for want of room" in evidence.fact for evidence in verdict.evidence)


@pytest.mark.parametrize("seed", range(3))
def test_a_full_service_with_a_queue_is_capacity_although_people_storm_it(seed: int) -> None:
    """A storm of retries looks like a flood, and is called what it is."""
    verdict = verdict_of(evening(seed=seed, troubles=(FULL,)), incident(Metric.SIGN_IN_FAILURES, 45, 91))

    assert verdict.verdict is Cause.CAPACITY
    assert verdict.probabilities["malice"] < 0.01
    assert any("storm of retries, not a flood" in evidence.fact for evidence in verdict.evidence)


def test_errors_of_an_idle_service_are_a_fault() -> None:
    """It fails with nothing to do: more machines would not have helped."""
    broken = evening(troubles=(Trouble(kind="sign_in", at=60, until=90, share=0.3),))

    assert verdict_of(broken, incident(Metric.SIGN_IN_FAILURES, 60, 90)).verdict is Cause.FAULT


@pytest.mark.parametrize("seed", range(3))
def test_many_accounts_tried_in_vain_from_few_networks_are_malice(seed: int) -> None:
    """Two signs, each strong: passwords are wrong, and strangers share networks."""
    stuffed = evening(seed=seed, troubles=(Trouble(kind="stuffing", at=60, until=120),))
    verdict = verdict_of(stuffed, incident(Metric.SIGN_IN_FAILURES, 60, 120))

    assert verdict.verdict is Cause.MALICE
    assert verdict.probabilities["malice"] >= 0.94


def test_what_is_said_of_an_attack_can_be_written_down() -> None:
    """A number of NumPy's is none that a JSON document holds: the command would have ended with a trace."""
    stuffed = evening(troubles=(Trouble(kind="stuffing", at=60, until=120),))
    found = verdict_of(stuffed, incident(Metric.SIGN_IN_FAILURES, 60, 120))
    assert any("times as expected" in one.fact for one in found.evidence)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Verdict) == found


def test_one_sign_alone_is_never_called_malice() -> None:
    """Without networks and looks wrong passwords could as well be a broken check: that is said, not guessed."""
    stuffed = evening(troubles=(Trouble(kind="stuffing", at=60, until=120),))
    blind = stuffed.facts.drop_columns(["source", "device", "app", "isp", "region"])
    found = (incident(Metric.SIGN_IN_FAILURES, 60, 120),)
    verdict = explain(blind, stuffed.subscribers, stuffed.night, found, second(185))

    assert verdict.verdict is Cause.TOO_EARLY


def test_little_evidence_is_too_early() -> None:
    """Five seconds after the first failures nobody knows; the next statement has a time."""
    begun = evening(troubles=(SOUTH,), until=92)
    verdict = verdict_of(begun, incident(Metric.START_FAILURES, 88, None, cdn="south"), until=92)

    assert verdict.verdict is Cause.TOO_EARLY
    assert verdict.next_statement_at is not None
    assert verdict.next_statement_at > second(92)
    assert verdict.settles


def test_two_incidents_with_two_causes_are_mixed() -> None:
    """One word for both would be wrong for one of them."""
    both = evening(troubles=(FULL, SOUTH))
    found = (incident(Metric.SIGN_IN_FAILURES, 45, 91), incident(Metric.START_FAILURES, 88, 112, cdn="south"))

    assert verdict_of(both, *found).verdict is Cause.MIXED


def test_a_journal_without_health_or_networks_is_answered_from_what_it_holds() -> None:
    """A column that somebody else's journal lacks leaves no sign, and is no failure."""
    played = evening(troubles=(SOUTH,))
    thin = played.facts.select(["at", "fact", "subject", "cdn", "code"])
    found = (incident(Metric.START_FAILURES, 88, 112, cdn="south"),)
    verdict = explain(thin, played.subscribers.slice(0, 0), played.night, found, second(185))

    assert verdict.verdict is Cause.FAULT


def test_every_piece_of_evidence_says_what_would_have_been_otherwise() -> None:
    """A person must be able to redo the weighing."""
    verdict = verdict_of(evening(troubles=(FULL,)), incident(Metric.SIGN_IN_FAILURES, 45, 91))

    weighed = [evidence for evidence in verdict.evidence if evidence.weight > 0.5]
    assert len(weighed) >= 3
    assert all(evidence.expected != evidence.value for evidence in weighed)
    assert [evidence.weight for evidence in weighed] == sorted((e.weight for e in weighed), reverse=True)


def test_what_is_slow_before_it_fails_is_no_measure_of_what_is_usual() -> None:
    """A full service is slow first and refuses later: by then most of what had succeeded before was slow, too."""
    verdict = verdict_of(evening(troubles=(FULL,)), incident(Metric.SIGN_IN_FAILURES, 60, 91))
    (told,) = [one for one in verdict.evidence if "what still succeeded took" in one.fact]

    assert told.favours is Cause.CAPACITY
    assert told.value > 10


RELEASE = Trouble(kind="release", at=88, until=112, where={"app": "7.3.0"})
ON_TELEVISIONS = Trouble(kind="cdn", at=88, until=112, where={"device": "tv"})


def released(played: Evening, at: float, app: str | None = "7.3.0") -> Evening:
    """The same evening with a release at so many seconds."""
    row: Row = {"at": second(at), "fact": "released", "app": app}
    return msgspec.structs.replace(played, facts=pa.concat_tables([played.facts, table([row])]).sort_by("at"))


def told_of_release(played: Evening, **where: str) -> Evidence:
    """The one piece of evidence that speaks of it."""
    verdict = verdict_of(played, incident(Metric.START_FAILURES, 88, 112, **where))
    (told,) = [one for one in verdict.evidence if "release" in one.fact]
    return told


@pytest.mark.parametrize(("at", "weighs"), [(85.0, True), (130.0, False)])
def test_a_release_just_before_the_only_version_that_fails_speaks_for_a_fault(at: float, *, weighs: bool) -> None:
    """It is the first thing that an operator can undo; one that came later has caused nothing."""
    told = told_of_release(released(evening(troubles=(RELEASE,)), at), app="7.3.0")

    assert (told.favours is Cause.FAULT and told.weight > 0.5) == weighs
    assert ("are on version 7.3.0" in told.fact) == weighs


def test_a_release_is_measured_and_not_read_off_the_place() -> None:
    """Only televisions have the new version: the place found is "tv", and still only the new version fails."""
    played = released(evening(troubles=(ON_TELEVISIONS,)), 85.0)
    app, device = played.facts["app"].cast(pa.string()), played.facts["device"].cast(pa.string())
    of_tv = pc.fill_null(pc.equal(device, "tv"), fill_value=False)
    is_new = pc.fill_null(pc.equal(app, "7.3.0"), fill_value=False)
    moved = pc.if_else(of_tv, "7.3.0", pc.if_else(pc.and_(is_new, pc.is_valid(device)), "7.2.0", app))
    facts = played.facts.set_column(played.facts.column_names.index("app"), "app", moved)
    told = told_of_release(msgspec.structs.replace(played, facts=facts), device="tv")

    assert told.favours is Cause.FAULT
    assert told.value > 0.95
    assert 0.4 < told.expected < 0.6
    assert (
        f"of those who failed {told.value:.0%} are on version 7.3.0, of those who tried {told.expected:.0%}"
        in told.fact
    )


def test_a_release_that_breaks_another_version_is_a_sign_and_names_both() -> None:
    """A new back end that old apps do not understand: what fails is not what was released."""
    told = told_of_release(released(evening(troubles=(RELEASE,)), 85.0, app="8.1.0"), app="7.3.0")

    assert told.favours is Cause.FAULT
    assert told.fact.startswith(f"a release of 8.1.0 came just before: of those who failed {told.value:.0%} are on")
    assert "on version 7.3.0" in told.fact


def test_a_release_of_which_nothing_is_said_is_no_sign() -> None:
    """It may have been anything."""
    told = told_of_release(released(evening(troubles=(SOUTH,)), 85.0, app=None), cdn="south")

    assert told.favours is not Cause.FAULT
    assert "nothing says of what" in told.fact


def test_a_release_is_no_sign_where_too_few_failed_to_tell() -> None:
    """That only its version fails is then not found, and not said."""
    played = released(evening(troubles=(RELEASE,), until=90), 85.0)
    facts = played.facts
    failed = pc.and_(pc.equal(facts["fact"], "start_failed"), pa.array(np.arange(len(facts)) % 4 > 0))
    few = msgspec.structs.replace(played, facts=facts.filter(pc.invert(failed)))
    told = told_of_release(few, app="7.3.0")

    assert told.favours is not Cause.FAULT
    assert "cannot be told" in told.fact


def test_a_release_is_no_sign_where_the_failures_keep_to_no_version() -> None:
    """Half the evenings of a season have a release: it must fit what fails."""
    told = told_of_release(released(evening(troubles=(SOUTH,)), 85.0), cdn="south")

    assert told.favours is not Cause.FAULT
    assert told.value == pytest.approx(told.expected, abs=0.1)


@pytest.mark.parametrize("metric", [Metric.STALLS, Metric.EXITS_BEFORE_START])
def test_who_merely_left_says_nothing_of_a_version(metric: Metric) -> None:
    """Rows say who failed; of stalls they say who left, and many leave whom nothing failed."""
    played = released(evening(troubles=(RELEASE,)), 85.0)
    verdict = verdict_of(played, incident(metric, 88, 112, app="7.3.0"))

    assert not [one.fact for one in verdict.evidence if "release" in one.fact or "7.3.0" in one.fact]


def test_of_two_releases_the_latest_is_named() -> None:
    """The one that an operator undoes first."""
    played = released(released(evening(troubles=(RELEASE,)), 80.0, app="8.1.0"), 85.0, app="6.9.0")

    assert told_of_release(played, app="7.3.0").fact.startswith("a release of 6.9.0 came just before")


def test_failures_that_ran_out_of_time_alone_are_no_overload() -> None:
    """A line that is cut times out as well: without a queue, use, slowness or a surge nobody is told "capacity"."""
    away = evening(troubles=(SOUTH,))
    thin = away.facts.filter(pc.not_equal(away.facts["fact"], "health"))
    thin = thin.select(["at", "fact", "subject", "stream", "isp", "cdn", "device", "code"])
    code = pc.if_else(pc.equal(thin["fact"], "start_failed"), pa.scalar("timeout"), thin["code"].cast(pa.string()))
    timed_out = thin.set_column(thin.column_names.index("code"), "code", code)
    found = (incident(Metric.START_FAILURES, 88, 112, cdn="south"),)
    verdict = explain(timed_out, away.subscribers, away.night, found, second(185))

    assert verdict.probabilities["capacity"] > 0.95
    assert verdict.verdict is Cause.TOO_EARLY


def test_every_piece_of_evidence_says_where_to_see_it() -> None:
    """Names of facts and a span of the journal's clock: whoever doubts it can look."""
    verdict = verdict_of(evening(troubles=(FULL,)), incident(Metric.SIGN_IN_FAILURES, 45, 91))

    place = re.compile(r".+ \([a-z_, ]+, \d\d:\d\d:\d\d-\d\d:\d\d:\d\d UTC\)")
    assert len(verdict.evidence) > 4
    assert all(place.fullmatch(one.fact) for one in verdict.evidence)
    queue = next(one.fact for one in verdict.evidence if "queue" in one.fact)
    assert "(health, " in queue


def test_the_place_is_told_in_figures_and_weighs_nothing() -> None:
    """Where it is is the first that an operator asks: how many of those who failed, beside how many of all."""
    found = incident(Metric.START_FAILURES, 88, 112, cdn="south")
    (told,) = [one for one in verdict_of(evening(troubles=(SOUTH,)), found).evidence if "are on cdn" in one.fact]

    assert told.fact.startswith(f"of those who failed {told.value:.0%} are on cdn = south, of those who tried ")
    assert "(start_failed, started, " in told.fact
    assert told.value > 0.95
    assert 0.3 < told.expected < 0.5
    assert told.weight == 0.0


@pytest.mark.parametrize("verdict", ["cannot_tell", "outside"])
def test_a_place_that_was_not_found_is_not_told(verdict: str) -> None:
    """An incident is followed by its likeliest place, which nobody should be told."""
    found = incident(Metric.START_FAILURES, 88, 112, cdn="south")
    unclear = msgspec.structs.replace(found, scope=msgspec.structs.replace(found.scope, verdict=verdict))

    assert not any("are on" in one.fact for one in verdict_of(evening(troubles=(SOUTH,)), unclear).evidence)


def test_a_silence_tells_who_no_longer_comes() -> None:
    """That they do not arrive is seen in who does."""
    gone = evening(troubles=(Trouble(kind="silence", at=50, until=90, where={"isp": "isp-a"}, share=1.0),))
    (told,) = [one for one in verdict_of(gone, incident(Metric.SILENCE, 50, 90, isp="isp-a")).evidence
               if "do not arrive" in one.fact]  # fmt: skip

    assert told.value < 0.2
    assert 0.3 < told.expected < 0.5
    assert f"of those who come {told.value:.0%} are on isp = isp-a, of those who came before" in told.fact


def test_people_who_arrive_and_fail_are_told_in_figures() -> None:
    """That their attempts fail, beside a nought, told nobody anything."""
    verdict = verdict_of(evening(troubles=(FULL,)), incident(Metric.SIGN_IN_FAILURES, 45, 91))

    (told,) = [one for one in verdict.evidence if one.fact.startswith("people arrive")]
    figures = r"people arrive, and ([\d,]+) of their ([\d,]+) attempts failed \(sign_in_failed, signed_in, "
    found = re.match(figures, told.fact)
    assert found
    failed, tried = (int(figure.replace(",", "")) for figure in found.groups())
    assert told.value == pytest.approx(failed / tried, abs=1e-4)
    assert 0.0 < told.expected < 0.1


def test_before_the_first_row_it_is_too_early() -> None:
    """Nothing was observed: that is not the same as nothing being wrong."""
    verdict = verdict_of(evening(), until=-10.0)

    assert verdict.verdict is Cause.TOO_EARLY
    assert verdict.probabilities["none"] < 0.5
    assert "nothing has been read" in verdict.settles
