"""Judged nights are the same each time, hold nothing but the schema, and are answered as a stranger's journal is."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from bench.nights import curves
from bench.nights.laws import CAUSE_OF, LAWS, SCENARIOS
from bench.nights.plans import Plan, draw
from bench.nights.store import Kept, write
from kickoff.aftermath.answers import incidents, read, verdict
from kickoff.aftermath.journal import JournalView
from kickoff.facts import CODES, COLUMNS, Fact


@pytest.fixture(autouse=True)
def june(monkeypatch: pytest.MonkeyPatch) -> None:
    """A month of evenings that look alike: the real ones are not part of the project."""
    minute = np.arange(31 * 24 * 60) % (24 * 60)
    counts = 20_000 + 60_000 * np.exp(-(((minute - 19 * 60) / 60) ** 2))
    monkeypatch.setattr(curves, "_counts", lambda: counts)


def plan_of(kind: str) -> Plan:
    """The first plan of this kind."""
    return next(plan for seed in range(400) if (plan := draw("learning", seed)).scenario == kind)


def written(kind: str, folder: Path) -> Kept:
    """A night of this kind."""
    kept = write(plan_of(kind), folder)
    assert kept is not None
    return kept


def test_the_same_seed_gives_the_same_night(tmp_path: Path) -> None:
    """Whoever repeats a bench judges the same nights."""
    first, again = (written("release", tmp_path / name) for name in ("one", "two"))
    one, two = (tmp_path / name / "whole" / first.plan.name / "facts" / "all.parquet" for name in ("one", "two"))

    assert first == again
    assert one.read_bytes() == two.read_bytes()


def test_a_night_holds_nothing_but_the_schema(tmp_path: Path) -> None:
    """What is not in the schema somebody else could not have written."""
    kept = written("cdn", tmp_path)
    rows = pq.read_table(tmp_path / "whole" / kept.plan.name / "facts" / "all.parquet")
    pairs = {(row["fact"], row["code"]) for row in rows.select(["fact", "code"]).to_pylist() if row["code"]}

    assert set(rows.column_names) == {column.name for column in COLUMNS}
    assert all(code in CODES[Fact(fact)] for fact, code in pairs)


def test_a_first_statement_knows_nothing_of_later(tmp_path: Path) -> None:
    """Rows of later, and words of earlier that came later, are left out."""
    kept = written("dependency", tmp_path)
    early, late = (read(JournalView(tmp_path / part, kept.plan.name)) for part in ("first", "whole"))

    assert early.until <= kept.first_at < late.until
    assert len(early.facts) < len(late.facts)


def test_a_night_is_answered_from_its_journal_alone(tmp_path: Path) -> None:
    """The way that somebody else's journal goes, from files to a verdict."""
    kept = written("cdn", tmp_path)
    evening = read(JournalView(tmp_path / "whole", kept.plan.name))
    found = incidents(evening)

    assert str(verdict(evening, found).verdict) == kept.whole.causes[0] == "fault"
    assert found[0].scope.causes == (kept.plan.troubles[0].where,)


def test_every_law_has_three_ranges_and_a_source() -> None:
    """Learning, tuning and judging differ in their ranges too, and each range is said to come from somewhere."""
    assert all(law.source and law.learning[0] <= law.learning[1] for law in LAWS.values())
    assert sum(law.judging != law.learning for law in LAWS.values()) > len(LAWS) / 2
    assert abs(sum(SCENARIOS.values()) - 1) < 1e-9
    assert {name for name in SCENARIOS if not name.startswith("quiet")} - {"mixed"} == set(CAUSE_OF)
