"""A journal of a million facts, made by seed in a second: the log as a door would have written it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kickoff.facts import FACT_NUMBER, KIND_FACT, NULL_INT, RECORD, Fact
from kickoff.night import Night, parse_night
from kickoff.recorder import Recorder
from kickoff.units import US_PER_MS, US_PER_S

VIEWERS = 20_000
BEATS = 48
BEAT_S = 30
FACTS = VIEWERS * (BEATS + 2)
NIGHT_TOML = """\
name = "a-million"
title = "A million facts"
starts_at = "2022-09-06T18:59:00Z"
[schedule]
doors = 0
kick_off = 300
half_time = 700
second_half = 800
whistle = 1200
end = 1800
[channels.one]
title = "One"
[channels.two]
title = "Two"
[offers.all]
title = "All"
channels = ["one", "two"]
streams_max = 3
price_cents = 1000
share = 1.0
"""


def night() -> Night:
    """The night."""
    return parse_night(NIGHT_TOML, source="test")


def write(root: Path) -> Path:
    """The night's folder below `root`, with its log and nothing sealed."""
    folder = root / "a-million"
    (folder / "log").mkdir(parents=True)
    (folder / "night.toml").write_text(NIGHT_TOML)
    recorder, chance = Recorder(), np.random.default_rng(20220906)
    words = [recorder.number("channel", word) for word in ("one", "two")]
    words += [recorder.number("device", "tv"), recorder.number("code", "new")]
    records = np.concatenate(_facts(chance, [number for number, _ in words]))
    records = records[np.argsort(records["at"], kind="stable")]
    (folder / "log" / "door-000001-000001.log").write_bytes(b"".join(fresh for _, fresh in words) + records.tobytes())
    return folder


def _facts(chance: np.random.Generator, words: list[int]) -> list[NDArray[np.void]]:
    one, two, tv, new = words
    start = night().at(0)
    came = start + (chance.random(VIEWERS) * 300_000).astype(np.int64) * US_PER_MS
    channel = np.where(chance.random(VIEWERS) < 0.3, two, one)
    who = np.arange(VIEWERS)
    leased, started = _blank(VIEWERS, Fact.LEASED), _blank(VIEWERS, Fact.STARTED)
    leased["at"], leased["code"] = came, new
    started["duration_ms"] = chance.integers(200, 4000, VIEWERS)
    started["at"] = came + started["duration_ms"].astype(np.int64) * US_PER_MS
    row = np.repeat(who, BEATS)
    beats = _blank(row.size, Fact.BEAT)
    number = np.tile(np.arange(1, BEATS + 1), VIEWERS)
    beats["at"] = started["at"][row] + number * BEAT_S * US_PER_S
    beats["stalled_ms"] = np.where(chance.random(row.size) < 0.02, chance.integers(1, 5000, row.size), 0)
    beats["watched_ms"] = 1000 * BEAT_S - beats["stalled_ms"] - chance.integers(0, 2, row.size)
    beats["place"], beats["bitrate_kbps"] = number, np.where(chance.random(row.size) < 0.1, 800, 1200)
    for records, at in ((leased, who), (started, who), (beats, row)):
        records["subject"], records["stream"], records["channel"], records["device"] = at + 7, at + 1, channel[at], tv
    # One in fifty beats was lost, and a tenth of the viewers changed channel halfway.
    changed = (chance.random(VIEWERS) < 0.1)[row] & (number > BEATS // 2)
    beats["channel"] = np.where(changed, one + two - beats["channel"], beats["channel"])
    return [leased, started, beats]


def _blank(size: int, fact: Fact) -> NDArray[np.void]:
    records = np.zeros(size, dtype=RECORD)
    for name in RECORD.names or ():
        if RECORD[name].kind == "i":
            records[name] = NULL_INT
    records["kind"], records["fact"] = KIND_FACT, FACT_NUMBER[fact]
    return records
