"""A night of an older schema answers as it did; one of a newer schema says what to do."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.aftermath.manifest import NAME, read_manifest
from kickoff.audience import measure
from kickoff.facts import SCHEMA_VERSION
from tests.aftermath.logs import write_log
from tests.aftermath.test_sealing import complete, made_up

OLD_SPANS = ["subject", "stream", "channel", "device", "bitrate_kbps", "stalled", "begins_at", "ends_at"]
"""The columns of `spans/` in schema 1: no numbers of beats, no clocks of players."""
NEWER_FACTS = ["dependency", "utilisation", "queue_ms", "errors", "capacity_per_s", "rate_per_s"]


def aged(folder: Path) -> None:
    """Write a sealed night again as schema 1 wrote it, with no log left: tables, and a manifest of fewer keys."""
    manifest = read_manifest(folder)
    assert manifest is not None
    for name in manifest.spans:
        pq.write_table(pq.read_table(folder / name, partitioning=None).select(OLD_SPANS), folder / name)
    for name in manifest.facts:
        table = pq.read_table(folder / name, partitioning=None).drop_columns(NEWER_FACTS)
        pq.write_table(table, folder / name)
    kept = {"version": 3, "facts": manifest.facts, "spans": manifest.spans, "known": manifest.known}
    old = {"schema_version": 1, "positions": {}, "last_at": manifest.last_at, **kept}
    (folder / NAME).write_text(json.dumps(old))
    for path in (*(folder / "log").iterdir(), folder / "channel_minutes.parquet", folder / "viewers.parquet"):
        path.unlink()
    (folder / "log").rmdir()


def test_a_night_of_schema_1_gives_the_answers_that_it_gave(tmp_path: Path) -> None:
    """Nobody counts last season's nights anew because this season's have more columns."""
    folder = write_log(tmp_path, made_up(9))
    complete(folder)
    view = JournalView(tmp_path, "a-night")
    before = measure(view.spans(), view.facts(), view.night), view.minutes(), view.viewers()
    aged(folder)
    view = JournalView(tmp_path, "a-night")
    after = measure(view.spans(), view.facts(), view.night), view.minutes(), view.viewers()
    assert after[0] == before[0]
    assert after[1].equals(before[1])
    assert after[2].equals(before[2])
    assert view.facts()["dependency"].null_count == view.facts().num_rows
    assert view.spans()["number_first"].type == pa.int64()


def test_a_night_of_a_newer_schema_is_refused_with_the_remedy(tmp_path: Path) -> None:
    """Better no answer than one that leaves out what it cannot see."""
    folder = write_log(tmp_path, made_up(9))
    complete(folder)
    told = json.loads((folder / NAME).read_text())
    assert told["schema_version"] == SCHEMA_VERSION
    (folder / NAME).write_text(json.dumps(told | {"schema_version": SCHEMA_VERSION + 1}))
    with pytest.raises(JournalError, match="update it"):
        JournalView(tmp_path, "a-night").spans()
