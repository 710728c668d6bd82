"""A night of beats whose audience is known, and what a bad network makes of them.

Viewers come, watch a channel, some pause or leave early; their true watching is counted second by second. Each beat is
then lost, doubled and delayed by chance, and every player's clock is wrong by its own few seconds.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.aftermath.fact_tables import SCHEMA
from kickoff.audience import measure
from kickoff.audience.coverage import BEAT_COLUMNS, join, loose_spans_of, placed
from kickoff.audience.figures import reach_threshold_s
from kickoff.night import Night
from kickoff.units import US_PER_MS, US_PER_S

Ints = NDArray[np.int64]
_BLOCK = 20_000
_CHANNELS = ("canal-plus", "canal-plus-foot")


class Weather(Struct, frozen=True, kw_only=True):
    """What happens to beats on their way."""

    lost: float = 0.0
    doubled: float = 0.0
    late_s: float = 0.0
    """A beat arrives up to so many seconds late."""
    clocks_s: float = 0.0
    """Players' clocks are wrong by up to so many seconds."""


class Watched(Struct, kw_only=True):
    """The truth: microseconds watched within the match, accounts at each second, accounts beyond the threshold."""

    total_us: int
    seconds: Ints
    reach: int


def night_of_beats(
    night: Night, viewers: int, weather: Weather, *, seed: int, beat_s: float, threshold_s: float
) -> Iterator[tuple[pa.Table, Watched]]:
    """Block after block of viewers: the beats that arrived, and what is true of these viewers."""
    chance = np.random.default_rng(seed)
    # What happens on the way is drawn apart: the same seed gives the same viewers in any weather.
    network = np.random.default_rng((seed, 1))
    for start in range(0, viewers, _BLOCK):
        count = min(_BLOCK, viewers - start)
        begins, ends, channel = _sessions(night, count, chance)
        beats = _beats(begins, ends, channel, beat_us=round(beat_s * US_PER_S))
        beats["subject"] = beats["subject"] + start + 1
        truth = _truth(night, begins, ends, threshold_us=round(threshold_s * US_PER_S))
        yield _arrived(night, beats, weather, network), truth


def _sessions(night: Night, count: int, chance: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """When each viewer's picture moved, in µs of the night: one stretch before a pause, one after; and the channel."""
    times = night.schedule
    comes = np.clip(
        chance.normal(times.kick_off, (times.kick_off - times.doors) / 3, count), times.doors, times.whistle
    )
    zaps = chance.random(count) < 0.1
    stays = np.where(zaps, chance.exponential(times.whistle / 40, count), times.whistle)
    leaves = np.minimum(comes + stays, times.whistle + chance.exponential(10, count))
    pause_at = comes + chance.random(count) * (leaves - comes)
    pause = np.where(chance.random(count) < 0.1, chance.exponential(times.whistle / 100, count), 0)
    resumes = np.minimum(pause_at + pause, leaves)
    begins = np.stack((comes, resumes), axis=1)
    ends = np.stack((np.minimum(pause_at, leaves), leaves), axis=1)
    channel = (chance.random(count) < 0.2).astype(np.int64)
    return _milliseconds(begins), _milliseconds(ends), channel


def _milliseconds(seconds: NDArray[np.float64]) -> Ints:
    return np.round(seconds * 1000).astype(np.int64) * US_PER_MS


def _beats(begins: Ints, ends: Ints, channel: Ints, *, beat_us: int) -> dict[str, Ints]:
    """A beat when a picture begins to move, every `beat_us` while it does, and when it stops."""
    length = ends - begins
    count = np.where(length > 0, -(-length // beat_us) + 1, 0)
    before = np.stack((np.zeros_like(channel), count[:, 0]), axis=1)
    stretch = np.repeat(np.arange(count.size), count.ravel())
    index = np.arange(stretch.size) - np.repeat(np.cumsum(count.ravel()) - count.ravel(), count.ravel())
    made = np.minimum(begins.ravel()[stretch] + index * beat_us, ends.ravel()[stretch])
    last = begins.ravel()[stretch] + np.maximum(index - 1, 0) * beat_us
    subject = stretch // 2
    number = before.ravel()[stretch] + index + 1
    return {"subject": subject, "made": made, "number": number, "watched": made - last, "channel": channel[subject]}


def _arrived(night: Night, beats: dict[str, Ints], weather: Weather, network: np.random.Generator) -> pa.Table:
    size = beats["made"].size
    kept = np.flatnonzero(network.random(size) >= weather.lost)
    kept = np.concatenate((kept, kept[network.random(kept.size) < weather.doubled]))
    late = (network.random(kept.size) * weather.late_s * US_PER_S).astype(np.int64) // US_PER_MS * US_PER_MS
    viewers = np.unique(beats["subject"])
    wrong = np.round((2 * network.random(viewers.size) - 1) * weather.clocks_s * 1000).astype(np.int64)
    lag_ms = late // US_PER_MS - wrong[np.searchsorted(viewers, beats["subject"][kept])]
    arrived = night.at(0) + beats["made"][kept] + late
    order = np.argsort(arrived, kind="stable")
    names = pa.array(_CHANNELS)
    columns = {
        "at": arrived,
        "subject": beats["subject"][kept],
        "stream": beats["subject"][kept],
        "channel": names.take(pa.array(beats["channel"][kept])),
        "device": pa.array(["tv"]).take(pa.array(np.zeros(kept.size, dtype=np.int64))),
        "place": beats["number"][kept],
        "wait_ms": lag_ms,
        "watched_ms": beats["watched"][kept] // US_PER_MS,
        "stalled_ms": np.zeros(kept.size, dtype=np.int64),
        "bitrate_kbps": np.full(kept.size, 1200),
    }
    return pa.table({name: columns[name] for name in BEAT_COLUMNS}).take(pa.array(order))


def _truth(night: Night, begins: Ints, ends: Ints, *, threshold_us: int) -> Watched:
    times = night.schedule
    kick_off, whistle = round(times.kick_off * US_PER_S), round(times.whistle * US_PER_S)
    each = np.maximum(np.minimum(ends, whistle) - np.maximum(begins, kick_off), 0).sum(axis=1)
    seconds = np.zeros(round(times.end) + 1, dtype=np.int64)
    # A pause of no length is none.
    for at, step in ((begins, 1), (ends, -1)):
        second = np.clip(-(-at.ravel() // US_PER_S), 0, seconds.size - 1)
        seconds += step * np.bincount(second, minlength=seconds.size)
    reach = int(np.count_nonzero(each >= threshold_us))
    return Watched(total_us=int(each.sum()), seconds=np.cumsum(seconds)[:-1], reach=reach)


def errors(night: Night, viewers: int, weather: Weather, *, seed: int, beat_s: float) -> dict[str, float]:
    """How far average, peak and reach are from the truth, as shares of it."""
    threshold_s = reach_threshold_s(night)
    loose, truths = [], []
    for beats, truth in night_of_beats(night, viewers, weather, seed=seed, beat_s=beat_s, threshold_s=threshold_s):
        loose.append(loose_spans_of(beats))
        truths.append(truth)
    found = measure(placed(join(pa.concat_tables(loose))), SCHEMA.empty_table(), night)
    length_us = round((night.schedule.whistle - night.schedule.kick_off) * US_PER_S)
    # In whole accounts, rounded half up, as it is told.
    average = (2 * sum(truth.total_us for truth in truths) + length_us) // (2 * length_us)
    peak = int(np.sum([truth.seconds for truth in truths], axis=0).max())
    reach = sum(truth.reach for truth in truths)
    return {
        "average_error": abs(found.average - average) / average,
        "peak_error": abs(found.peak - peak) / peak,
        "reach_error": abs(found.reach - reach) / reach,
    }
