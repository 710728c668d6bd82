"""Who attacks is told by what households never do, however much of it there is."""

from collections.abc import Iterator

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from kickoff.causes import explain
from kickoff.causes.attacks import Stretch, signs_of, stretches_of
from kickoff.causes.evening import Evening as Rows
from kickoff.causes.explain import read
from kickoff.findings import Cause, Incident, Metric, Scope
from kickoff.units import US_PER_S
from tests.evenings import DEVICE, Evening, Row, Trouble, evening, second, table

UNTIL = second(185)
LOOK: Row = {"device": "web", "app": "7.2.0", "isp": "isp-d", "region": "north"}


def with_rows(played: Evening, rows: list[Row]) -> Evening:
    """The same evening with these rows, in order."""
    return msgspec.structs.replace(played, facts=pa.concat_tables([played.facts, table(rows)]).sort_by("at"))


def forged(**rest: int | str | None) -> list[Row]:
    """Three thousand forged tokens in a minute, each device three times, from twenty networks."""
    rows: list[Row] = [
        {
            "at": second(60 + number / 50), "fact": "refused", "code": "bad_token",
            "subject": 90_000_000 + number // 3, "source": number % 20 + 1, **LOOK,
        }
        for number in range(3_000)
    ]  # fmt: skip
    return [{**row, **rest} for row in rows]


def measures(played: Evening, kind: str) -> dict[str, float]:
    """What the stretch of this kind tells."""
    rows = Rows(played.facts, UNTIL)
    (found,) = [one for one in stretches_of(rows, minute_us=US_PER_S) if one.kind == kind]
    return {sign.name: sign.measure for sign in signs_of(rows, found)}


def test_forged_tokens_are_malice_although_they_hurt_nobody() -> None:
    """Machines are refused and never come in: two signs of who is at work, and no incident is needed."""
    attacked = with_rows(evening(), forged())
    verdict = explain(attacked.facts, attacked.subscribers, attacked.night, (), UNTIL)

    assert verdict.verdict is Cause.MALICE
    assert any("0% of those devices went on to come in" in one.fact for one in verdict.evidence)


def test_households_with_a_token_of_another_night_take_a_place_and_accuse_nobody() -> None:
    """As many as are forged, but each from its own network, and all of them come in."""
    played = evening()
    at, facts = np.asarray(played.facts["at"]), played.facts
    late = pc.and_(pc.equal(facts["code"], "device"), pa.array(at >= second(60)))
    strangers = facts.filter(pc.and_(pc.equal(facts["fact"], "joined"), late)).to_pylist()
    stale: list[Row] = [{**row, "fact": "refused", "code": "bad_token", "place": None} for row in 2 * strangers]
    refused = with_rows(played, stale)
    verdict = explain(refused.facts, refused.subscribers, refused.night, (), UNTIL)

    assert measures(refused, "refusals")["went_on"] > 0.9
    assert verdict.verdict is not Cause.MALICE
    assert verdict.probabilities["malice"] < 0.5


def test_tokens_that_nobody_is_named_with_are_never_called_malice() -> None:
    """Some journals say that a token was bad, and no more: much of it is one sign, and one is too few."""
    unnamed = with_rows(evening(), forged(subject=None, source=None, device=None, app=None, isp=None, region=None))

    assert set(measures(unnamed, "refusals")) == {"times"}
    verdict = explain(unnamed.facts, unnamed.subscribers, unnamed.night, (), UNTIL)
    assert verdict.verdict is not Cause.MALICE


def broken(played: Evening, since: float, until: float) -> Evening:
    """The check refuses every password from `since` to `until`: who would have signed in tries ten times in vain."""
    at, facts = np.asarray(played.facts["at"]), played.facts
    kept_out = pc.and_(
        pc.equal(facts["fact"], "signed_in"), pa.array((at >= second(since)) & (at < second(until)))
    )  # fmt: skip
    accounts = facts.filter(kept_out).to_pylist()
    gone = pc.is_in(facts["subject"], pa.array([row["subject"] for row in accounts]))
    left = msgspec.structs.replace(played, facts=facts.filter(pc.invert(gone)))
    return with_rows(left, list(_in_vain(accounts)))


def _in_vain(accounts: list[Row]) -> Iterator[Row]:
    for row in accounts:
        account, at = row["subject"], row["at"]
        assert isinstance(account, int)
        assert isinstance(at, int)
        for number in range(10):
            yield {
                **row, "at": at + number * US_PER_S, "fact": "sign_in_failed", "code": "wrong_password",
                "subject": account + DEVICE,
            }  # fmt: skip


def sign_ins_fail(began: float, ended: float) -> tuple[Incident, ...]:
    """As the first stage reports it."""
    scope = Scope(verdict="outside")
    return (
        Incident(
            metric=Metric.SIGN_IN_FAILURES, noticed_at=second(began), began_at=second(began), ended_at=second(ended),
            scope=scope,
        ),
    )  # fmt: skip


def test_an_attack_is_told_with_the_figures_of_its_sentences() -> None:
    """What is compared are rows and shares of this night, not medians of others."""
    attacked = with_rows(evening(), forged())
    told = explain(attacked.facts, attacked.subscribers, attacked.night, (), UNTIL).evidence
    (rows,) = [one for one in told if "times as expected" in one.fact]
    (alike,) = [one for one in told if "have one kind" in one.fact]
    (each,) = [one for one in told if "on its network" in one.fact]
    times = float(rows.fact.partition(": ")[2].partition(" times")[0])

    assert rows.fact.startswith(f"{rows.value:,.0f} requests refused")
    assert rows.value / rows.expected == pytest.approx(times, abs=0.06)
    assert alike.fact.startswith(f"{alike.value:.0%} of those devices")
    assert alike.expected < 0.1
    assert f"one of {each.value:,.1f} on" in each.fact


def test_a_broken_check_keeps_households_out_and_is_a_fault() -> None:
    """Thieves leave the households' own sign-ins as they are; a check that refuses everybody does not."""
    failing = broken(evening(), 60, 100)
    stuffed = evening(troubles=(Trouble(kind="stuffing", at=60, until=100),))
    verdict = explain(failing.facts, failing.subscribers, failing.night, sign_ins_fail(60, 100), UNTIL)

    assert measures(failing, "passwords")["households"] < 0.1
    assert measures(stuffed, "passwords")["households"] > 0.7
    (told,) = [one for one in verdict.evidence if "sign-ins of households went well" in one.fact]
    assert told.favours is not Cause.MALICE
    assert told.value < 0.1 * told.expected
    assert verdict.probabilities["fault"] > 0.8
    assert verdict.probabilities["malice"] < 0.05


def test_what_thieves_sign_in_to_is_no_household_that_came() -> None:
    """Of a thousand stolen passwords some are right: these sign-ins are the attack's own."""
    stuffed = evening(troubles=(Trouble(kind="stuffing", at=60, until=100),))
    right: list[Row] = [
        {
            "at": second(60 + number / 10), "fact": "signed_in", "subject": 5_100 + number, "source": number % 30 + 1,
            "device": "web", "app": "7.2.0", "isp": "isp-d", "region": "north",
        }
        for number in range(400)
    ]  # fmt: skip

    assert measures(with_rows(stuffed, right), "passwords")["households"] == pytest.approx(
        measures(stuffed, "passwords")["households"], rel=0.1
    )


def test_nothing_is_said_of_households_where_nothing_tells_how_many_would_come() -> None:
    """Where everybody signs in, how many do so to each who does not is chance: 247 % of what was expected."""
    stuffed = evening(troubles=(Trouble(kind="stuffing", at=60, until=100),))
    facts = stuffed.facts
    by_session = pc.and_(pc.equal(facts["fact"], "joined"), pc.equal(facts["code"], "session"))
    households = facts.filter(by_session).to_pylist()
    signed: list[Row] = [
        {**row, "fact": "signed_in", "code": None, "duration_ms": 40}
        for number, row in enumerate(households)
        if number % 250
    ]

    assert "households" not in measures(with_rows(stuffed, signed), "passwords")


def test_who_tries_again_and_again_is_one_device_and_no_crowd_that_looks_alike() -> None:
    """One television with an old password, tried six hundred times, looked like six hundred machines."""
    played = evening()
    rows: list[Row] = [
        {
            "at": second(60 + number / 20), "fact": "sign_in_failed", "code": "wrong_password", "subject": 70_000_001,
            "source": 5_000, "device": "tablet", "app": "6.9.4", "isp": "isp-d", "region": "capital",
        }
        for number in range(600)
    ]  # fmt: skip
    tried = measures(with_rows(played, rows), "passwords")

    assert tried["alike"] < 10
    assert tried["tries_each"] > 2.5


@pytest.mark.parametrize(("kind", "burdens"), [("refused", False), ("joined", True)])
def test_what_the_door_refuses_burdens_nothing_behind_it(kind: str, *, burdens: bool) -> None:
    """Forged tokens beside a full sign-in are two causes: they never reached what failed."""
    code = {"refused": "bad_token", "joined": "device"}[kind]
    full = evening(troubles=(Trouble(kind="capacity", at=40, until=90, per_s=12),))
    attacked = with_rows(full, forged(fact=kind, code=code))
    rows = Rows(attacked.facts, UNTIL)
    _, (case,) = read(rows, attacked.night, sign_ins_fail(45, 91), lambda _: True)
    (load,) = [sign.measure for sign in case.signs if sign.name == "attacked"]

    assert (load > 0) == burdens


def test_wrong_passwords_are_evidence_only_where_they_are_what_fails() -> None:
    """A flood has no more of them than any evening, and is a flood all the same."""
    full = evening(troubles=(Trouble(kind="capacity", at=40, until=90, per_s=12),))
    _, (case,) = read(Rows(full.facts, UNTIL), full.night, sign_ins_fail(45, 91), lambda _: False)

    assert "wrong_credentials" not in {sign.name for sign in case.signs}


def test_a_stretch_of_nothing_known_leaves_only_how_much_it_is() -> None:
    """Rows are what they are: a stretch without a single name is no reason to fail."""
    unnamed = with_rows(evening(), forged(subject=None))
    rows = Rows(unnamed.facts, UNTIL)
    stretch = Stretch(
        kind="refusals", rows=np.flatnonzero(rows.holds("code", "bad_token")), began=second(60), ended=second(120),
        times=50.0,
    )  # fmt: skip

    assert "tries_each" not in {sign.name for sign in signs_of(rows, stretch)}
