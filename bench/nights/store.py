"""A night as a folder of journals, kept by seed and by the code that makes it: made once, read by every bench.

FOLDER/first/NIGHT/   what was known at the first statement: later rows, and rows that came to be known later, are
                      left out
FOLDER/whole/NIGHT/   the whole night
FOLDER/whole/before-N, FOLDER/first/before-N    earlier nights: who came when
FOLDER/truth.json
"""

import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from msgspec import Struct

from bench.kept import fingerprint, keep
from bench.nights import curves
from bench.nights.crowd import Floats, arrivals
from bench.nights.plans import (
    ASKED_MIN,
    END_MIN,
    HALF_TIME_MIN,
    KICK_OFF_MIN,
    SECOND_HALF_MIN,
    WHISTLE_MIN,
    Plan,
    Trouble,
    draw,
)
from bench.nights.play import Played, play
from kickoff.facts import COLUMNS
from kickoff.units import US_PER_S, AtUs, iso, parse_iso

HIT_MIN = 40
"""A trouble that hits fewer accounts by its first statement (of some ten thousand) is drawn anew."""
ATTEMPTS_MAX = 40
PARTS = ("first", "whole")
T = TypeVar("T")
SHOWN_EVERY = 50
"""Nights between two lines of progress."""
ROOT = Path("out") / "nights"
START = parse_iso("2026-02-03T19:00:00Z")
WEEK_US = 7 * 86_400 * US_PER_S
MAKERS = (
    "laws", "plans", "curves", "crowd", "service", "play", "entering", "signing", "watching", "stage", "attackers",
    "house", "tables", "store", "large",
)  # fmt: skip
MADE_BY = (
    "src/kickoff/__init__.py", "src/kickoff/units.py", "bench/nights/__init__.py",
    *(f"bench/nights/{maker}.py" for maker in MAKERS),
)  # fmt: skip
"""All that has a part in a night, but `facts.py`: of that the columns alone are taken (`tables.py`), not its words."""
ANSWERED_BY = (
    "src/kickoff/*.py", "src/kickoff/incidents/**/*.py", "src/kickoff/causes/**/*.py", "src/kickoff/impact/**/*.py",
    "src/kickoff/aftermath/**/*.py", "src/kickoff/audience/**/*.py", "src/kickoff/plumbing/__init__.py",
    "src/kickoff/plumbing/object_store.py", "src/kickoff/plumbing/parquet_files.py", "bench/nights/**/*.py",
)  # fmt: skip
"""All that has a part in an answer on a night. Rather too much: an answer of older code must never be read again."""


class Truth(Struct, frozen=True, kw_only=True):
    """What is true of a night at one instant."""

    causes: list[str]
    """Those that had begun."""
    hit: int
    touched: float
    """Share of those hit of whom anything stands in the journal."""


class Kept(Struct, frozen=True, kw_only=True):
    """A night in its folder."""

    plan: Plan
    first_at: AtUs
    first: Truth
    whole: Truth
    spans: list[tuple[str, float, float]]
    facts: int


def night(regime: str, seed: int, root: Path = ROOT) -> tuple[Path, Kept]:
    """The folder of a night and what is true of it; made when it is not there yet."""
    folder = root / made_by() / f"{regime}-{seed:04d}"
    path = folder / "truth.json"
    if path.is_file():
        return folder, msgspec.json.decode(path.read_bytes(), type=Kept)
    kept = make(regime, seed, folder)
    keep(path, msgspec.json.encode(kept))
    return folder, kept


@cache
def made_by() -> str:
    """The mark of the code that makes nights: read once, for what is loaded does not change with the files."""
    return fingerprint(MADE_BY, taken=repr([(column.name, column.type) for column in COLUMNS]))


def answers_in(what: str, root: Path = ROOT) -> Path:
    """A folder for what this code answers on many nights."""
    folder = root / made_by() / f"{what}-{fingerprint(ANSWERED_BY)}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def make(regime: str, seed: int, folder: Path, parts: tuple[str, ...] = PARTS) -> Kept:
    """Write the night of this seed: the first of its drawings that somebody would ask about."""
    return next(kept for attempt in range(ATTEMPTS_MAX) if (kept := write(draw(regime, seed, attempt), folder, parts)))


def write(plan: Plan, folder: Path, parts: tuple[str, ...] = PARTS) -> Kept | None:
    """Play a night and write its journals; None for a night that nobody would ask about, or that cannot be judged."""
    played = play(plan, START)
    asked = min((begins for _, begins, _ in played.spans), default=plan.quiet_at) + ASKED_MIN * plan.minute_s
    if any(not _is_felt(*one, asked) for one in zip(plan.troubles, played.met_at, played.spans, strict=True)):
        return None
    first_at = AtUs(START + round(asked * US_PER_S))
    table, known = played.rows.table()
    for part in parts:
        rows = table.filter(pa.array(known <= first_at)) if part == "first" else table
        own = folder / part / plan.name
        _write_facts(own, _without(rows, plan.unrecorded))
        write_night(own, plan, START)
        _write_subscribers(own, plan, played)
        _write_complaints(own, plan, played, first_at if part == "first" else None)
    _write_earlier(folder, plan, parts)
    return Kept(
        plan=plan,
        first_at=first_at,
        first=_truth(played, asked),
        whole=_truth(played, plan.minute_s * END_MIN),
        spans=played.spans,
        facts=len(table),
    )


def _is_felt(trouble: Trouble, met_at: Floats, span: tuple[str, float, float], asked: float) -> bool:
    """Whether it hit so many by the first statement, or began after it and did so later; attacks may hurt nobody."""
    if trouble.cause == "malice" and not trouble.hurts:
        return True
    return int((met_at <= (asked if span[1] < asked else np.inf)).sum()) >= HIT_MIN


def _truth(played: Played, at_s: float) -> Truth:
    hit = played.hit_at <= at_s
    return Truth(
        causes=sorted({cause for cause, begins, _ in played.spans if begins < at_s}),
        hit=int(hit.sum()),
        touched=float(played.touched[hit].mean()) if hit.any() else 1.0,
    )


def _without(table: pa.Table, unrecorded: tuple[str, ...]) -> pa.Table:
    """Take out what this journal's writer did not record."""
    for fact in ("health", "match"):
        if fact in unrecorded:
            table = table.filter(pc.not_equal(table["fact"].cast(pa.string()), fact))
    for column in ("source", "place"):
        if column in unrecorded:
            number = table.column_names.index(column)
            table = table.set_column(number, column, pa.nulls(len(table), table.schema.field(column).type))
    return table


def _write_facts(folder: Path, rows: pa.Table) -> None:
    (folder / "facts").mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, folder / "facts" / "all.parquet", compression="zstd", store_schema=False)


def write_night(folder: Path, plan: Plan, start: int, name: str = "") -> None:
    """The night file beside the journal."""
    minute = plan.minute_s
    times = {
        "doors": 0.0, "kick_off": KICK_OFF_MIN * minute, "half_time": HALF_TIME_MIN * minute,
        "second_half": SECOND_HALF_MIN * minute, "whistle": WHISTLE_MIN * minute, "end": END_MIN * minute,
    }  # fmt: skip
    lines = [
        f'name = "{name or plan.name}"',
        f'title = "{name or plan.name}"',
        f'starts_at = "{iso(AtUs(start))}"',
        "[schedule]",
    ]
    lines += [f"{key} = {value}" for key, value in times.items()]
    lines += [line for channel in plan.shares["channel"] for line in (f"[channels.{channel}]", f'title = "{channel}"')]
    for offer, share in plan.shares["offer"].items():
        lines += [f"[offers.{offer}]", f'title = "{offer}"', 'channels = ["main", "multi"]', "streams_max = 2"]
        lines += ["price_cents = 1999", f"share = {share!r}"]
    lines += ["[cdns]", *(f"{cdn} = {share!r}" for cdn, share in plan.shares["cdn"].items())]
    (folder / "night.toml").write_text("\n".join(lines) + "\n", "utf-8")


def _write_subscribers(folder: Path, plan: Plan, played: Played) -> None:
    offers = pa.DictionaryArray.from_arrays(pa.array(played.offers.astype(np.int32)), list(plan.shares["offer"]))
    known = np.full(len(played.subscribers), START - 50 * WEEK_US)
    table = pa.table({"subject": played.subscribers, "offer": offers.cast(pa.string()), "known_since": known})
    pq.write_table(table, folder / "subscribers.parquet", compression="zstd")


def _write_complaints(folder: Path, plan: Plan, played: Played, until: AtUs | None) -> None:
    """As `kickoff ingest complaints.csv` leaves them."""
    if plan.seed % 3 == 0:
        return
    minute_us = round(plan.minute_s * US_PER_S)
    rows = [(START + minute * minute_us, source, count) for minute, source, count in played.complaints]
    rows = [row for row in rows if until is None or row[0] + minute_us <= until]
    text = "minute,source,count\n" + "".join(f"{iso(AtUs(at))},{source},{count}\n" for at, source, count in rows)
    (folder / "complaints.csv").write_text(text, "utf-8")


def _write_earlier(folder: Path, plan: Plan, parts: tuple[str, ...]) -> None:
    """Earlier evenings of the season: other curves, other levels by the same law; only who came, when and whence."""
    rng = np.random.default_rng([78, *plan.name.encode()])
    count = len(curves.evenings(plan.regime))
    subscribers = round(plan.law("subscribers"))
    for number in range(int(plan.law("earlier_nights"))):
        level = plan.law("come") * np.exp(rng.normal(0, plan.law("forecast_sd")))
        came = min(subscribers, rng.poisson(subscribers * min(level, 0.97)))
        other = msgspec.structs.replace(plan, evening=int(rng.integers(count)))
        start = START - (number + 1) * WEEK_US
        at = np.sort(start + np.round(arrivals(other, rng, came) * 1e6).astype(np.int64))
        subject = rng.choice(subscribers, came, replace=False) + 1
        fact = "leased" if plan.open_door else "joined"
        rows = pa.table(
            {"at": at, "fact": pa.array([fact] * came).dictionary_encode(), "subject": subject}
            | {name: _drawn(rng, plan.shares[name], came) for name in ("isp", "region", "device", "app")}
        )
        for part in parts:
            own = folder / part / f"before-{number + 1}"
            _write_facts(own, rows)
            write_night(own, plan, start, own.name)
            everybody = np.arange(1, subscribers + 1)
            table = pa.table({
                "subject": everybody, "offer": pa.nulls(subscribers, pa.string()),
                "known_since": np.full(subscribers, START - 50 * WEEK_US),
            })  # fmt: skip
            pq.write_table(table, own / "subscribers.parquet", compression="zstd")


def _drawn(rng: np.random.Generator, shares: dict[str, float], count: int) -> pa.Array:
    numbers = rng.choice(len(shares), count, p=list(shares.values()))
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), list(shares))


def of_each(seeds: Iterable[int], job: Callable[[int], T], *, what: str) -> list[T]:
    """What the job says of each seed, in their order, two processes at once; how far it is on standard error."""
    # Before the processes part: whoever edits a file meanwhile does not change what they have loaded.
    made_by()
    with ProcessPoolExecutor(cores(), initializer=os.nice, initargs=(5,)) as pool:
        jobs = [pool.submit(job, seed) for seed in seeds]
        found = []
        for number, one in enumerate(jobs, 1):
            found.append(one.result())
            if number % SHOWN_EVERY == 0:
                print(f"{number} of {len(jobs)} {what}", file=sys.stderr)
    return found


def cores() -> int:
    """Processes that a bench may use."""
    return min(2, os.cpu_count() or 1)
