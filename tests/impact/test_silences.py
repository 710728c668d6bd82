"""What is known of a silence: who told, and how many of those had come by its end."""

import pytest
from msgspec import structs

from kickoff.findings import Incident, Metric, Scope
from kickoff.forecast import MINUTES, EarlierNight
from kickoff.impact.rows import rows_of
from kickoff.impact.silences import silence_of
from tests.evenings import Row, evening, second, table

SILENT = Incident(
    metric=Metric.SILENCE, began_at=second(60), noticed_at=second(65), ended_at=second(100),
    scope=Scope(verdict="located", causes=({"isp": "isp-b"},), confidence=0.9),
)  # fmt: skip


def came(number: int, at: float, isp: str) -> Row:
    """A household of a night without a line: its first row is its sign-in."""
    return {"at": second(at), "fact": "signed_in", "subject": number, "isp": isp}


def told(subject: int, at: float) -> Row:
    """Word of an attempt in vain, told on coming at last."""
    return {"at": second(at), "fact": "refused", "code": "unreachable", "subject": subject, "isp": "isp-b"}


def test_with_no_line_a_device_that_tells_has_come_as_those_have_who_are_known() -> None:
    """It is tied to no account, but it told: left out, half of those who came back would be missing from the count."""
    rows = [came(number, 30 + number / 100, "isp-b" if number % 2 else "isp-a") for number in range(1, 1_001)]
    rows += [came(2_000 + number, 60.1 + number / 10, "isp-a") for number in range(390)]
    rows += [came(3_000 + number, 80 + number / 10, "isp-b") for number in range(40)]
    rows += [told(3_000 + number, 61 + number / 10) for number in range(20)]
    rows += [told(10_003_020 + number, 61 + number / 10) for number in range(20)]
    facts = table(sorted(rows, key=lambda row: int(row["at"] or 0)))
    night = evening().night
    known = silence_of(rows_of(facts, evening().subscribers, second(180)), SILENT, night, (), second(180))

    assert known is not None
    assert (known.came, known.told) == (40, 40)
    evidence = known.evidence
    assert evidence.told[evidence.silent].sum() == pytest.approx(40)
    assert evidence.came[evidence.silent].sum() == pytest.approx(0)


def test_the_share_that_tells_is_read_from_those_who_come_back_afterwards() -> None:
    """Of 400 shut out half come back, and one in four of these tells: the others are new, and as many as before."""
    rows = [came(number, 30 + number / 50, "isp-b" if number % 2 else "isp-a") for number in range(1, 1_501)]
    rows += [came(5_000 + number, 60 + number / 10, "isp-a") for number in range(400)]
    rows += [came(6_000 + number, 100.1 + number / 10, "isp-b") for number in range(800)]
    rows += [came(7_000 + number, 100.1 + number / 10, "isp-a") for number in range(800)]
    back = [100.1 + 12 * (number / 200) ** 2 for number in range(200)]
    rows += [came(8_000 + number, at, "isp-b") for number, at in enumerate(back)]
    rows += [told(8_000 + number, 61 + number / 6) for number in range(0, 200, 4)]
    facts = table(sorted(rows, key=lambda row: int(row["at"] or 0)))
    known = silence_of(
        rows_of(facts, evening().subscribers, second(180)), SILENT, evening().night, (), second(180)
    )  # fmt: skip

    assert known is not None
    assert (known.came, known.told) == (0, 50)
    assert known.shut_out.mean == pytest.approx(400, rel=0.08)
    assert known.shut_out.spread < 40
    assert known.evidence.told[~known.evidence.silent].sum() == 50


def test_a_silence_had_begun_before_it_was_noticed() -> None:
    """While nobody has told since when, that is said too late: those minutes were no usual ones."""
    rows = [came(number, 30 + number / 100, "isp-b" if number % 2 else "isp-a") for number in range(1, 3_001)]
    facts = rows_of(table(rows), evening().subscribers, second(180))
    late = structs.replace(SILENT, began_at=second(80), noticed_at=second(63))
    found = silence_of(facts, late, evening().night, (), second(180))
    minute_s = evening().night.match_minute_s

    assert found is not None
    assert found.edges[:-1][found.evidence.silent][0] == second(63) - round(3e6 * minute_s)


def test_after_the_whistle_nobody_is_expected() -> None:
    """Who comes then comes for something else: neither a level nor a share is read from it."""
    rows = [came(number, 30 + number / 100, "isp-b" if number % 2 else "isp-a") for number in range(1, 3_001)]
    facts = rows_of(table(rows), evening().subscribers, second(100_000))
    found = silence_of(facts, SILENT, evening().night, (), second(100_000))

    assert found is not None
    assert found.edges[-1] == evening().night.at(evening().night.schedule.whistle) + 1


def test_a_cohort_of_which_nobody_had_come_yet_is_known_from_earlier_nights() -> None:
    """It was silent from the first minute on; without such a night nothing is expected of it."""
    rows = [came(number, 60 + number / 100, "isp-a") for number in range(1, 3_001)]
    facts = rows_of(table(rows), evening().subscribers, second(180))
    before = EarlierNight(
        subscribers=4_000, arrivals=(20,) * MINUTES, cohorts={"isp": {"isp-a": 3_000, "isp-b": 1_000}}
    )
    known, unknown = (
        silence_of(facts, SILENT, evening().night, nights, second(180)) for nights in ((before,), ())
    )  # fmt: skip

    assert unknown is None
    assert known is not None
    assert known.shut_out.expected == pytest.approx(1_000, rel=0.1)
