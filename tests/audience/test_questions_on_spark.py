"""The same expressions on one machine and on a cluster."""

from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from kickoff.aftermath.journal import JournalView
from kickoff.aftermath.sealing import finish
from kickoff.audience import questions
from tests.audience import million
from tests.audience.spark_cluster import WORKERS, spark_cluster, workers_of

FIRST, LAST, THRESHOLD_MS = 5, 20, 60_000


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore")  # Spark 4.0 calls what pandas 3 will drop
def test_a_million_facts_give_the_same_answers_on_duckdb_and_on_two_workers_of_spark(tmp_path: Path) -> None:
    """To the last digit: sums are of whole numbers, and whoever reads them divides. One cluster for all questions."""
    folder = million.write(tmp_path)
    view = JournalView(tmp_path, "a-million")
    finish(folder, view.night, view.subscribers())
    duckdb = ibis.duckdb.connect()
    here = _answers(duckdb, folder)
    with spark_cluster(tmp_path / "spark") as spark:
        assert _answers(spark, folder) == here
        assert workers_of(spark) == WORKERS
    audience = sum(row["watched_ms"] for row in here["figures"])
    assert audience == sum(row["watched_ms"] for row in here["scanned"])
    assert audience > 0.9 * 60_000 * (LAST - FIRST) * million.VIEWERS
    assert here["reach"] == million.VIEWERS
    assert sum(row["attempts"] for row in here["starts"]) == million.VIEWERS


def _answers(house: ibis.BaseBackend, folder: Path) -> dict[str, Any]:
    """All questions, as plain values."""
    minutes = house.read_parquet(str(folder / "minutes" / "*.parquet"))
    sums = house.read_parquet(str(folder / "channel_minutes.parquet"))
    facts = house.read_parquet(str(folder / "facts" / "*" / "*.parquet"))
    lost = questions.lost(minutes, FIRST, LAST)
    asked: dict[str, ir.Expr] = {
        "figures": questions.figures_by_channel(sums, FIRST, LAST),
        "scanned": questions.figures_by_channel(questions.channel_minutes(minutes), FIRST, LAST),
        "reach": questions.reach(minutes, FIRST, LAST, threshold_ms=THRESHOLD_MS),
        "reach_by_channel": questions.reach_by_channel(minutes, FIRST, LAST, threshold_ms=THRESHOLD_MS),
        "lost": questions.lost_by_length(lost),
        "starts": questions.starts(facts),
    }
    return {name: _plain(house.to_pyarrow(question)) for name, question in asked.items()}


def _plain(found: pa.Table | pa.Scalar) -> Any:  # noqa: ANN401 - rows or a number
    return found.to_pylist() if isinstance(found, pa.Table) else found.as_py()
