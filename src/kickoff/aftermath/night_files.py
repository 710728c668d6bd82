"""Which night was it? Read from `night.toml` beside the journal, or told from the facts where there is none."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from kickoff.facts import Fact
from kickoff.night import Channel, Night, NightError, Offer, Schedule, parse_night
from kickoff.plumbing.parquet_files import read_tables
from kickoff.units import US_PER_S, AtUs, iso

_AFTER_THE_LAST_S = 60.0


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
    kick_off = times.get("kick_off", [0.0])[0]
    whistle = times.get("whistle", [end])[-1]
    half = times.get("half_time", [(kick_off + whistle) / 2])[0]
    return Night(
        name=folder.name,
        title=folder.name,
        starts_at=iso(AtUs(start)),
        schedule=Schedule(
            doors=0.0, kick_off=kick_off, half_time=half, second_half=times.get("second_half", [half])[0],
            whistle=whistle, end=max(end, whistle), goals=tuple(times.get("goal", ())),
        ),
        channels={name: Channel(title=name) for name in _names(facts, "channel") or ["main"]},
        offers={
            name: Offer(title=name, channels=tuple(_names(facts, "channel") or ["main"]), streams_max=20,
                        price_cents=0, share=0.0)
            for name in _names(facts, "offer") or ["all"]
        },
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
