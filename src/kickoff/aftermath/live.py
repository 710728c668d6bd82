"""How many are watching, told each second without a look at the journal? Summaries that many doors' can be added up.

`kickoff journal` reads what each door has added to its log and keeps, for every few seconds of the night (`step_s`) and
each channel, a sketch of the accounts that watched at that instant (HyperLogLog of Apache DataSketches). Sketches of
different doors are united: an account that watches through two doors counts once, though no door knows of the other.
Whoever asks reads those blocks that changed.

    NIGHT/live/WRITER/totals.live      sums since the start of the night, and who was reached
    NIGHT/live/WRITER/000012.live      the sketches of `BLOCK` instants

What is told: beats are counted when they arrive, at the instants that they cover; lost ones are not made up for, and
the last `beat_s` seconds fill up as beats come. Against the exact count (`audience.measure`) of the same beats an
instant differs by the sketches' error alone: one standard error is 1.04 ÷ √8192 = 1.2 %, so `ERROR` = 3.5 % holds 997
times of 1000; up to some hundred accounts it is exact.
"""

import math
from pathlib import Path

import msgspec
import numpy as np
from datasketches import hll_sketch, hll_union, tgt_hll_type
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.aftermath.log_files import LogFiles
from kickoff.facts import FACT_NUMBER, NULL_SUBJECT, Fact, Records
from kickoff.night import Night
from kickoff.plumbing.parquet_files import replace_bytes
from kickoff.units import US_PER_MS, US_PER_S

FOLDER = "live"
LOG_K = 13
ERROR = 0.035
SLOTS_MAX = 900
BLOCK = 16
_TOTALS = "totals"
_FACTS = {name: FACT_NUMBER[fact] for name, fact in (("starts", Fact.STARTED), ("start_failures", Fact.START_FAILED))}
Ints = NDArray[np.int64]


class Totals(Struct, kw_only=True):
    """Of one writer, or of all."""

    until: int = 0
    """The latest fact, µs UTC."""
    watched_ms: int = 0
    """Stream time, not account time: what is additive."""
    stalled_ms: int = 0
    starts: int = 0
    start_failures: int = 0


class _Written(Struct, kw_only=True):
    totals: Totals
    reached: dict[str, bytes]


class Live(Struct, frozen=True, kw_only=True):
    """What is known now; every number of accounts within `ERROR`."""

    step_s: float
    accounts: tuple[int, ...]
    """Watching at 0, `step_s`, 2 · `step_s` … of the night."""
    by_channel: dict[str, tuple[int, ...]]
    reached: int
    """Accounts that have had a moving picture, however short."""
    totals: Totals


def step_s_of(night: Night) -> float:
    """Whole seconds between two instants: 1 on a short night, 10 on a full evening."""
    return float(max(1, math.ceil((night.schedule.end + 1) / SLOTS_MAX)))


class Summariser:
    """Keeps the summaries of one night's writers up to date: `tick` once a second."""

    def __init__(self, folder: Path, night: Night) -> None:
        self._folder = folder
        self._log = LogFiles(folder / "log")
        self._start = night.at(0)
        self._step_us = round(step_s_of(night) * US_PER_S)
        self._books: dict[str, _Book] = {}

    def tick(self) -> int:
        """Take in what the log has had added; how many facts. Raises `LogError`."""
        count = 0
        for piece in self._log.read_new():
            writer = piece.file.rsplit("-", 2)[0]
            book = self._books.setdefault(writer, _Book(self._start, self._step_us))
            book.add(piece.records)
            count += len(piece.records.facts)
        for writer, book in self._books.items():
            book.write(self._folder / FOLDER / writer)
        return count


class _Book:
    """One writer's sketches; which blocks of them have changed since they were written."""

    def __init__(self, start: int, step_us: int) -> None:
        self._start, self._step_us = start, step_us
        self._sketches: dict[int, dict[str, hll_sketch]] = {}
        self._reached: dict[str, hll_sketch] = {}
        self._totals = Totals()
        self._changed: set[int] = set()
        self._is_new = False

    def add(self, records: Records) -> None:
        """Count these facts."""
        facts = records.facts
        if not len(facts):
            return
        self._is_new = True
        self._totals.until = max(self._totals.until, int(facts["at"].max()))
        for name, number in _FACTS.items():
            setattr(self._totals, name, getattr(self._totals, name) + int(np.count_nonzero(facts["fact"] == number)))
        beats = facts[(facts["fact"] == FACT_NUMBER[Fact.BEAT]) & (facts["subject"] != NULL_SUBJECT)]
        self._totals.stalled_ms += int(np.maximum(beats["stalled_ms"], 0).sum())
        beats = beats[beats["watched_ms"] > 0]
        self._totals.watched_ms += int(beats["watched_ms"].sum(dtype=np.int64))
        words = records.texts["channel"]
        for number in np.unique(beats["channel"]).tolist():
            self._add_channel(words[number], beats[beats["channel"] == number])

    def _add_channel(self, channel: str, beats: NDArray[np.void]) -> None:
        subjects = beats["subject"].astype(np.int64)
        update = self._reached.setdefault(channel, _sketch()).update
        for subject in np.unique(subjects).tolist():
            update(subject)
        ends = beats["at"] - self._start
        begins = ends - US_PER_MS * beats["watched_ms"].astype(np.int64)
        # The instants in [begins, ends).
        first = np.clip(-(-begins // self._step_us), 0, SLOTS_MAX)
        count = np.maximum(np.clip(-(-ends // self._step_us), 0, SLOTS_MAX) - first, 0)
        row = np.repeat(np.arange(count.size), count)
        slots = first[row] + np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
        order = np.argsort(slots, kind="stable")
        slots, row = slots[order], row[order]
        edges = np.flatnonzero(np.diff(slots, prepend=-1, append=-1))
        for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            self._add_slot(int(slots[start]), channel, subjects[row[start:end]])

    def _add_slot(self, slot: int, channel: str, subjects: Ints) -> None:
        update = self._sketches.setdefault(slot, {}).setdefault(channel, _sketch()).update
        for subject in subjects.tolist():
            update(subject)
        self._changed.add(slot // BLOCK)

    def write(self, folder: Path) -> None:
        """Write what has changed, each file whole; nothing is flushed: the log is the truth, this is made anew."""
        if not self._is_new:
            return
        for block in self._changed:
            slots = range(block * BLOCK, (block + 1) * BLOCK)
            told = {
                slot: {channel: one.serialize_compact() for channel, one in self._sketches[slot].items()}
                for slot in slots
                if slot in self._sketches
            }
            replace_bytes(folder / f"{block:06d}.live", msgspec.msgpack.encode(told))
        reached = {channel: one.serialize_compact() for channel, one in self._reached.items()}
        raw = msgspec.msgpack.encode(_Written(totals=self._totals, reached=reached))
        replace_bytes(folder / f"{_TOTALS}.live", raw)
        self._changed.clear()
        self._is_new = False


class LiveReader:
    """Reads the summaries of one night, of all its writers; looks again only at what changed."""

    def __init__(self, folder: Path, night: Night) -> None:
        self._folder = folder / FOLDER
        self._step_s = step_s_of(night)
        self._seen: dict[Path, int] = {}
        self._told: dict[int, dict[int, dict[str, int]]] = {}
        """Block → slot → channel → accounts; "" is all channels."""

    def read(self) -> Live | None:
        """What is known now; None: nobody has summed anything yet."""
        files = sorted(self._folder.glob("*/*.live"))
        if not files:
            return None
        blocks: dict[int, list[Path]] = {}
        for path in files:
            if path.stem != _TOTALS:
                blocks.setdefault(int(path.stem), []).append(path)
        for block, paths in blocks.items():
            marks = {path: path.stat().st_mtime_ns for path in paths}
            if any(self._seen.get(path) != mark for path, mark in marks.items()):
                self._seen |= marks
                self._told[block] = _united(paths)
        return self._whole([path for path in files if path.stem == _TOTALS])

    def _whole(self, totals: list[Path]) -> Live:
        slots = {slot: told for block in self._told.values() for slot, told in block.items()}
        length = max(slots, default=-1) + 1
        names = sorted({name for told in slots.values() for name in told if name})
        written = [msgspec.msgpack.decode(path.read_bytes(), type=_Written) for path in totals]
        reached = _estimate([raw for one in written for raw in one.reached.values()])

        def curve(name: str) -> tuple[int, ...]:
            return tuple(slots.get(slot, {}).get(name, 0) for slot in range(length))

        return Live(
            step_s=self._step_s,
            accounts=curve(""),
            by_channel={name: curve(name) for name in names},
            reached=reached,
            totals=Totals(
                until=max((one.totals.until for one in written), default=0),
                watched_ms=sum(one.totals.watched_ms for one in written),
                stalled_ms=sum(one.totals.stalled_ms for one in written),
                starts=sum(one.totals.starts for one in written),
                start_failures=sum(one.totals.start_failures for one in written),
            ),
        )


def _united(paths: list[Path]) -> dict[int, dict[str, int]]:
    """One block of all writers: slot → channel → accounts."""
    raw: dict[int, dict[str, list[bytes]]] = {}
    for path in paths:
        for slot, told in msgspec.msgpack.decode(path.read_bytes(), type=dict[int, dict[str, bytes]]).items():
            for channel, one in told.items():
                raw.setdefault(slot, {}).setdefault(channel, []).append(one)
    found = {}
    for slot, by_channel in raw.items():
        everything = [one for sketches in by_channel.values() for one in sketches]
        found[slot] = {"": _estimate(everything), **{name: _estimate(ones) for name, ones in by_channel.items()}}
    return found


def _estimate(sketches: list[bytes]) -> int:
    union = hll_union(LOG_K)
    for raw in sketches:
        union.update(hll_sketch.deserialize(raw))
    return round(union.get_estimate()) if sketches else 0


def _sketch() -> hll_sketch:
    return hll_sketch(LOG_K, tgt_hll_type.HLL_4)
