"""Which night was it? Read from `night.toml` beside the journal, or told from the facts where there is none."""

import math
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from kickoff.facts import Fact
from kickoff.night import Channel, Night, NightError, Offer, Schedule, parse_night
from kickoff.plumbing.parquet_files import read_tables
from kickoff.units import US_PER_S, AtUs, iso

_HALF_S = 45 * 60.0


def read_night(folder: Path, facts: Callable[[], pa.Table]) -> Night:
    """The night of this folder, with a start. `facts` is asked only where there is no file. Raises `NightError`."""
    path = folder / "night.toml"
    if not path.is_file():
        return _told_by(facts(), folder)
    try:
        night = parse_night(path.read_text("utf-8"), source=str(path))
    except UnicodeDecodeError as error:
        raise NightError(f"{path}: not UTF-8 text; write the night file anew") from error
    if not night.starts_at:
        raise NightError(f"{path}: starts_at is missing; write when the night began, like 2022-09-06T18:00:00Z")
    return night


def _told_by(facts: pa.Table, folder: Path) -> Night:
    """A night with the instants, channels and offers that the facts name: enough to count an audience."""
    if facts.num_rows == 0:
        raise NightError(f"{folder}: there is no night.toml and no fact to tell the night from: {_instead(folder)}")
    first, last = pc.min(facts["at"]).as_py(), pc.max(facts["at"]).as_py()
    start = first // US_PER_S * US_PER_S
    match = facts.filter(pc.field("fact") == str(Fact.MATCH)).sort_by("at").to_pylist()
    times: dict[str, list[float]] = {}
    for row in match:
        times.setdefault(row["code"], []).append((row["at"] - start) / US_PER_S)
    end = min(86_400.0, (last - start) / US_PER_S + 1)
    return Night(
        name=folder.name,
        title=folder.name,
        starts_at=iso(AtUs(start)),
        schedule=_schedule(times, end),
        channels={name: Channel(title=name) for name in _names(facts, "channel") or ["main"]},
        offers={
            name: Offer(title=name, channels=tuple(_names(facts, "channel") or ["main"]), streams_max=20,
                        price_cents=0, share=0.0)
            for name in _names(facts, "offer") or ["all"]
        },
    )  # fmt: skip


def _schedule(times: dict[str, list[float]], end: float) -> Schedule:
    """What the facts tell, and the rest as in a match of real minutes.

    What was lost by 20:10 is then the same asked at 20:10 and at 22:00. Without a kick-off there is no match clock, and
    all of the night counts.
    """
    if "kick_off" not in times:
        return Schedule(doors=0.0, kick_off=0.0, half_time=end, second_half=end, whistle=end, end=end)
    kick_off = times["kick_off"][0]
    over = next((at for at in reversed(times.get("whistle", [])) if at > kick_off), None)
    middle = kick_off + _HALF_S if over is None else (kick_off + over) / 2
    half = next((at for at in times.get("half_time", []) if kick_off < at < (over or math.inf)), middle)
    again = half + (half - kick_off) / 3 if over is None else half
    second = next((at for at in times.get("second_half", []) if half <= at < (over or math.inf)), again)
    whistle = over or second + half - kick_off
    return Schedule(
        doors=0.0, kick_off=kick_off, half_time=half, second_half=second, whistle=whistle, end=max(end, whistle),
        goals=tuple(at for at in times.get("goal", []) if kick_off <= at <= whistle),
    )  # fmt: skip


def _instead(folder: Path) -> str:
    """What is there where no fact is."""
    files = sorted((folder / "facts").rglob("*.parquet"))
    if not files:
        return "there is no .parquet in facts/; write tables as `kickoff facts --schema` tells"
    # One file may hold it as a dictionary, the next as text.
    tables = read_tables(files, columns=["fact"])
    names = pa.chunked_array(
        [chunk for table in tables for chunk in table["fact"].cast(pa.string()).chunks], pa.string()
    )
    if not len(names):
        return "facts/ holds no row; add night.toml"
    if set(pc.unique(names).to_pylist()) & {str(fact) for fact in Fact}:
        return f"of {len(names):,} rows none is as early as that; add night.toml"
    return (
        f"{len(names):,} rows, none of a known fact; the first is {names[0].as_py()!r}; "
        "`kickoff facts --schema` prints the facts"
    )


def _names(facts: pa.Table, column: str) -> list[str]:
    return sorted(name for name in pc.unique(facts[column]).to_pylist() if name)
