"""What do live answers cost? The large night from its 57th minute on, a second at a time, filled up with beats.

The tables hold what came before; each second of the log is written with the facts of that second and as many beats as
make `FACTS_PER_S`, then the follower (`aftermath.following`) reads it. Closed minutes are sealed meanwhile, as
`kickoff journal` does. Only what the follower spends is counted. A delivery network fails within the window.
"""

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from time import process_time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.nights.large import large_night
from bench.nights.store import START
from kickoff.aftermath.following import Following
from kickoff.aftermath.journal import JournalView
from kickoff.aftermath.manifest import Manifest, write_manifest
from kickoff.aftermath.sealing import seal_closed
from kickoff.console.reports import COLUMNS as REPORT_COLUMNS
from kickoff.console.reports import LATELY_S
from kickoff.facts import (
    FACT_NUMBER,
    KIND_FACT,
    KIND_TEXT,
    LANE_NUMBER,
    NULL_INT,
    NULL_SUBJECT,
    RECORD,
    STRING_COLUMNS,
    TEXT,
    Fact,
    Lane,
)
from kickoff.numbered import coded, integers
from kickoff.units import US_PER_S, AtUs

FACTS_PER_S = 20_000
FROM_MINUTE, MINUTES = 57, 6
ASKED_S = 3
"""So often the console asks, and shows what subscribers report."""

ROOT = Path("out") / "followed"
LOG = "door-000001-000001.log"
INTEGERS = {
    "subject": NULL_SUBJECT, "stream": 0, "source": 0, "place": NULL_INT, "wait_ms": NULL_INT, "duration_ms": NULL_INT,
    "watched_ms": NULL_INT, "stalled_ms": NULL_INT, "bitrate_kbps": NULL_INT, "utilisation": NULL_INT,
    "queue_ms": NULL_INT, "errors": NULL_INT, "capacity_per_s": NULL_INT, "rate_per_s": NULL_INT,
}  # fmt: skip


def live_answers(viewers: int) -> dict[str, float]:
    """`live_core_share` and what it is made of."""
    folder, rows = _laid_out(viewers)
    begins = START + FROM_MINUTE * 60 * US_PER_S
    following = Following(JournalView(folder.parent, folder.name), AtUs(begins))
    following.tick(AtUs(begins))
    held, spent, answers, alarm = len(following.evening().facts), 0.0, [begins], None
    with (folder / "log" / LOG).open("ab") as log:
        for second, records in enumerate(_seconds(rows, begins), 1):
            log.write(records.tobytes())
            log.flush()
            now = AtUs(begins + second * US_PER_S)
            if second % 60 == 0:
                seal_closed(folder, now=now)
            began = process_time()
            is_new = following.tick(now)
            if second % ASKED_S == 0:
                following.facts_of((Fact.REPORTED,), REPORT_COLUMNS, since=AtUs(now - LATELY_S * US_PER_S))
            spent += process_time() - began
            answers += [now] if is_new else []
            if is_new and alarm is None:
                alarm = _answered_after(following, begins, now)
    shutil.rmtree(folder.parent)
    return {
        "live_facts_per_s": FACTS_PER_S, "live_seconds": MINUTES * 60, "live_facts_held": held,
        "live_core_share": round(spent / (MINUTES * 60), 4), "live_answers": len(answers) - 1,
        "live_oldest_answer_s": float(max(np.diff([*answers, begins + MINUTES * 60 * US_PER_S])) / US_PER_S),
        "live_new_incident_answered_s": -1.0 if alarm is None else alarm,
    }  # fmt: skip


def _answered_after(following: Following, begins: int, now: AtUs) -> float | None:
    """Seconds from the beginning of an incident that was noticed since `begins`."""
    incidents = following.findings.incidents if following.findings else ()
    new = [one.began_at for one in incidents if one.noticed_at > begins]
    return (now - min(new)) / US_PER_S if new else None


def _laid_out(viewers: int) -> tuple[Path, pa.Table]:
    """(the night's folder as it stood at `FROM_MINUTE`, the facts of the minutes that follow)."""
    root, name, _ = large_night(viewers)
    folder = ROOT / f"from-{viewers}" / name
    shutil.rmtree(folder.parent, ignore_errors=True)
    (folder / "facts").mkdir(parents=True)
    for known in ("night.toml", "subscribers.parquet"):
        shutil.copy(root / name / known, folder / known)
    begins = START + FROM_MINUTE * 60 * US_PER_S
    ends = begins + MINUTES * 60 * US_PER_S
    names, later = [], []
    for path in sorted((root / name / "facts").rglob("*.parquet")):
        table = pq.read_table(path, partitioning=None)
        before = table.filter(pc.field("at") < begins)
        if len(before):
            names.append(f"facts/{path.parent.name}.parquet")
            pq.write_table(before, folder / names[-1], compression="zstd", store_schema=False)
        later.append(table.filter((pc.field("at") >= begins) & (pc.field("at") < ends)))
    rows = pa.concat_tables(later)
    texts = {column: ["", *coded(rows, column).names] for column in STRING_COLUMNS}
    (folder / "log").mkdir()
    (folder / "log" / LOG).write_bytes(_dictionary(texts))
    write_manifest(folder, Manifest(facts=tuple(names), positions={LOG: 0}, last_at=begins - 1))
    return folder, rows


def _dictionary(texts: dict[str, list[str]]) -> bytes:
    entries = np.zeros(sum(len(book) - 1 for book in texts.values()), TEXT)
    books = enumerate(texts.values())
    told = ((column, code, text) for column, book in books for code, text in enumerate(book) if code)
    for entry, (column, code, text) in zip(entries, told, strict=True):
        raw = text.encode()
        entry["kind"], entry["column"], entry["code"] = KIND_TEXT, column, code
        entry["length"], entry["text"] = len(raw), raw
    return entries.tobytes()


def _seconds(rows: pa.Table, begins: int) -> Iterator[NDArray[np.void]]:
    """The records of each second: its facts, and beats of those who pressed play."""
    facts = _records(rows)
    playing = facts[facts["fact"] == FACT_NUMBER[Fact.LEASED]]
    dice = np.random.default_rng(7)
    edges = np.searchsorted(facts["at"], begins + np.arange(MINUTES * 60 + 1) * US_PER_S)
    for second, (first, last) in enumerate(pairwise(edges)):
        beats = playing[dice.integers(0, len(playing), max(0, FACTS_PER_S - int(last - first)))].copy()
        beats["fact"], beats["code"], beats["duration_ms"] = FACT_NUMBER[Fact.BEAT], 0, NULL_INT
        beats["watched_ms"], beats["stalled_ms"] = 10_000, 0
        beats["at"] = begins + second * US_PER_S + dice.integers(0, US_PER_S, len(beats))
        whole = np.concatenate([facts[first:last], beats])
        yield whole[np.argsort(whole["at"], kind="stable")]


def _records(rows: pa.Table) -> NDArray[np.void]:
    found = np.zeros(len(rows), RECORD)
    found["kind"], found["at"] = KIND_FACT, rows["at"].to_numpy()
    for name, null in INTEGERS.items():
        found[name] = integers(rows, name, null)
    for name in STRING_COLUMNS:
        found[name] = coded(rows, name).numbers + np.int16(1)
    fact, lane = coded(rows, "fact"), coded(rows, "lane")
    found["fact"] = np.array([*(FACT_NUMBER[Fact(name)] for name in fact.names), 0])[fact.numbers]
    found["lane"] = np.array([*(LANE_NUMBER[Lane(name)] for name in lane.names), 0])[lane.numbers]
    return found
