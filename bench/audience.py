"""`make bench-audience`: how fast the audience of a full evening is told, and what a viewer-minute costs on disk.

345 million viewer-minutes (2.4 million viewers, 150 minutes; made once, kept under out/, by seed) are asked the
questions of `audience.questions` through Ibis on DuckDB, with as many threads as there are cores; beside them pandas,
on a stated fraction of the same viewers. Every answer is compared with what the generator counted. The last line is
JSON.

`average_345m_s` asks the sums by channel and minute that the journal keeps beside the viewer-minutes (average and peak
by channel); `average_scan_345m_s` asks the viewer-minutes themselves. Both answers are the same to the last digit.

`beats_per_s`, `beacons_per_s`, `batched_beats_per_s`: taken in by one door, each durable before it is answered: one a
request, lists in which each brings its lease, and columns of a collector (`bench.collector`); `…_per_core_s`: for each
second that the door's core worked. `fastapi_sqlite_beats_per_s`: a plain collector, on the same core.
`…_core_s`: seconds of all cores together, which tell what a busy machine's wall clock hides.
`…_error`: against a night of 200,000 viewers whose truth is known, with 5 % of beats lost, 5 % doubled, up to 30 s late
and clocks up to 5 s wrong; `…_error_nothing_lost`: in fair weather.
"""

import argparse
import json
import multiprocessing
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import ibis
import pyarrow.parquet as pq

from bench.beats import Weather, errors
from bench.collector import rates
from bench.evening import KICK_OFF, SEED, THRESHOLD_MS, WHISTLE, Truth, evening
from kickoff.audience import questions
from kickoff.night import parse_night

PANDAS_SHARE = 0.02
_BY_CHANNEL = ["channel", "minute"]

Found = TypeVar("Found")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=2_365_000)
    parser.add_argument("--known", type=int, default=200_000, help="viewers of the night whose truth is known")
    asked = parser.parse_args()
    viewers = asked.viewers
    folder, truth = evening(viewers)
    # A process of its own, so that its memory is that of the questions and not of the generator.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.apply(ask, (folder, truth))
        found |= pool.apply(ask_pandas, (folder, viewers))
        found |= pool.apply(err, (asked.known,))
        found |= pool.apply(rates)
    for name, value in found.items():
        print(f"{name:<36}{value:>14,}")
    print(json.dumps({"bench": "audience", "viewer_minutes": truth.rows} | found))


def ask(folder: Path, truth: Truth) -> dict[str, float]:
    """The questions on DuckDB: seconds for each. Asserts that each answer is the truth."""
    house = ibis.duckdb.connect(threads=multiprocessing.cpu_count(), memory_limit="3GB")
    house.raw_sql("SET enable_progress_bar = false")
    minutes = house.read_parquet(str(folder / "minutes" / "*.parquet"))
    sums = house.read_parquet(str(folder / "channel_minutes.parquet"))
    figures = questions.figures_by_channel(sums, KICK_OFF, WHISTLE)
    scan = questions.figures_by_channel(questions.channel_minutes(minutes), KICK_OFF, WHISTLE)
    reach = questions.reach(minutes, KICK_OFF, WHISTLE, threshold_ms=THRESHOLD_MS)
    lost = questions.lost(minutes, KICK_OFF, WHISTLE)
    by_length = questions.lost_by_length(lost)

    told, average_s, _ = timed(lambda: house.to_pyarrow(figures).to_pylist())
    scanned, scan_s, scan_core_s = timed(lambda: house.to_pyarrow(scan).to_pylist())
    reached, reach_s, reach_core_s = timed(lambda: house.to_pyarrow(reach).as_py())
    lengths, lost_s, lost_core_s = timed(lambda: house.to_pyarrow(by_length).to_pylist())
    assert told == scanned, "the sums by channel and minute are not those of the viewer-minutes"
    assert {row["channel"]: row["watched_ms"] for row in told} == truth.watched_ms, "the average is wrong"
    assert reached == truth.reach, "the reach is wrong"
    assert sum(row["viewers"] for row in lengths) >= truth.reach, "viewers are missing"
    size = sum(path.stat().st_size for path in (folder / "minutes").glob("*.parquet"))
    return {
        "average_345m_s": average_s,
        "average_scan_345m_s": scan_s,
        "reach_345m_s": reach_s,
        "lost_minutes_345m_s": lost_s,
        "average_scan_345m_core_s": scan_core_s,
        "reach_345m_core_s": reach_core_s,
        "lost_minutes_345m_core_s": lost_core_s,
        "lost_error": abs(house.to_pyarrow(lost.lost_ms.sum()).as_py() / truth.lost_ms - 1),
        "journal_bytes_per_viewer_minute": round(size / truth.rows, 3),
        "peak_rss_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }


def ask_pandas(folder: Path, viewers: int) -> dict[str, float]:
    """The same questions in pandas, on a fraction of the viewers: the whole would not fit into memory."""
    most = int(viewers * PANDAS_SHARE)
    only = [("viewer", "<", most), ("minute", ">=", KICK_OFF), ("minute", "<", WHISTLE)]

    def load() -> Any:  # noqa: ANN401 - pandas comes with Ibis and has no types here
        return pq.read_table(folder / "minutes", filters=only).to_pandas()

    frame, load_s, _ = timed(load)
    _, average_s, _ = timed(frame.groupby(_BY_CHANNEL)["watched_ms"].sum)
    _, reach_s, _ = timed(lambda: int((frame.groupby("viewer")["watched_ms"].sum() >= THRESHOLD_MS).sum()))
    return {
        "pandas_share_of_viewers": PANDAS_SHARE,
        "pandas_load_s": load_s,
        "pandas_average_s": average_s,
        "pandas_reach_s": reach_s,
    }


def err(viewers: int) -> dict[str, float]:
    """How far the audience is from a known truth when beats are lost, doubled, reordered, by wrong clocks."""
    text = (Path("examples") / "psg-juventus-full.toml").read_text()
    night = parse_night(f'starts_at = "2022-09-06T18:30:00Z"\n{text}', source="the full evening")
    bad = Weather(lost=0.05, doubled=0.05, late_s=30, clocks_s=5)
    found = errors(night, viewers, bad, seed=SEED, beat_s=30)
    nothing_lost = errors(night, min(viewers, 20_000), Weather(), seed=SEED, beat_s=30)
    return found | {f"{name}_nothing_lost": value for name, value in nothing_lost.items()}


def timed(run: Callable[[], Found]) -> tuple[Found, float, float]:
    """What it found, and the seconds of the better of two runs: by the wall clock, and of all cores together."""
    found, seconds = run(), []
    for _ in range(2):
        began, worked = time.perf_counter(), time.process_time()
        found = run()
        seconds.append((time.perf_counter() - began, time.process_time() - worked))
    wall, cores = (min(column) for column in zip(*seconds, strict=True))
    return found, round(wall, 3), round(cores, 3)


if __name__ == "__main__":
    main()
