"""How many watched? The figures that are quoted, each with its definition; the unit is the account (household).

- *Watching* at an instant: a stream of the account shows a moving picture then (`coverage`). Two streams, two devices,
  two beats are one account; a stalled picture does not count.
- *Average audience*: account-time between kick-off and whistle ÷ the length of that time; while the match runs, up to
  now. It is the "average minute audience" of television measurement, computed to the microsecond instead of the
  minute (Nielsen, Médiamétrie: individuals × time viewed ÷ duration; here accounts, not individuals).
- *Peak*: the most accounts watching at any whole second of the night.
- *Share* of a channel: its account-time ÷ that of all channels, between kick-off and whistle. An account that shows two
  channels at once counts on both, so shares are of the sum over channels.
- *Reach*: accounts that watched, in all, at least one minute of the match clock between kick-off and whistle (60 s on a
  real evening; one minute is the threshold of Finnpanel's published definition, "watched the channel for at least one
  minute"; others use 15 s to 15 minutes, so a reach is quoted with its threshold).

All sums are of whole microseconds; the division comes last, rounded half up.

*With beats lost* the figures are an estimate: gaps that the numbering of beats puts down to the network count as
watched (`coverage`). Around the average stand its bounds. `average_seen` counts only what beats bear witness to: lower
the truth cannot be. `average_high` adds what may have been lost at both ends of each stream, where no number tells it:
with a share p of beats lost at random, p ÷ (1 − p) beats at each end on average (a geometric law), each as long as the
mean beat of the night.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from msgspec.structs import replace

from kickoff.audience.coverage import beats_lost, bridged
from kickoff.audience.intervals import Ints, as_ints, numbered, union
from kickoff.audience.quality import quality
from kickoff.facts import Fact
from kickoff.findings import Audience, ChannelAudience
from kickoff.night import Night
from kickoff.units import US_PER_S, AtUs


class Match(Struct, frozen=True, kw_only=True):
    """The part of the night that is the match: [kick_off, end), `end` being the whistle or now."""

    kick_off: int
    end: int


class _Watching(Struct, frozen=True, kw_only=True):
    """Stretches in which someone watched: `who` counts from 0, no stretch of one overlaps another."""

    who: Ints
    begins: Ints
    ends: Ints


def measure(spans: pa.Table, facts: pa.Table, night: Night, until: AtUs | None = None) -> Audience:
    """The audience of a night as known at `until` (default: all of it).

    `spans`: `coverage.SPANS`. `facts`: of any kind; MATCH facts set kick-off and whistle (the schedule does where there
    are none), attempts and failures make the quality.
    """
    match = match_of(facts, night, until)
    start, seconds = night.at(0), _seconds(night, until)
    moving = bridged(spans).filter(pc.field("stalled") == False)  # noqa: E712 - an expression, not a truth
    everyone = _watching(moving, ["subject"], until)
    seen = _watching(spans.filter(pc.field("stalled") == False), ["subject"], until)  # noqa: E712 - an expression
    lost, came = beats_lost(spans)
    by_channel = {name: _watching(_of(moving, name), ["subject"], until) for name in _channels(spans, night)}
    curves = {name: curve(found.begins, found.ends, start, seconds) for name, found in by_channel.items()}
    total = curve(everyone.begins, everyone.ends, start, seconds)
    threshold_s = reach_threshold_s(night)
    figures = _figures(everyone, total, match, threshold_s)
    channels = {name: _figures(found, curves[name], match, threshold_s) for name, found in by_channel.items()}
    times = {name: int(_within(found, match).sum()) for name, found in by_channel.items()}
    return Audience(
        unit="accounts",
        average=figures.average,
        peak=figures.peak,
        peak_at=AtUs(start + int(total.argmax()) * US_PER_S) if figures.peak else None,
        reach=figures.reach,
        reach_threshold_s=threshold_s,
        average_seen=_average(seen, match),
        average_high=figures.average + _unsaid_at_ends(moving, match, lost=lost, came=came),
        beats_lost_ppm=1_000_000 * lost // max(1, lost + came),
        by_channel={name: replace(found, share_ppm=_ppm(times[name], times)) for name, found in channels.items()},
        streams_peak=_peak(moving, ["subject", "stream"], until, start, seconds),
        devices_peak=_peak(moving, ["subject", "device"], until, start, seconds),
        seconds=tuple(total.tolist()),
        seconds_by_channel={name: tuple(found.tolist()) for name, found in curves.items()},
        quality=quality(spans, facts),
    )


def match_of(facts: pa.Table, night: Night, until: AtUs | None) -> Match:
    """When the match was: by the MATCH facts, since a real match starts late and ends later; else by the schedule."""
    told = facts.filter(pc.field("fact") == str(Fact.MATCH)).select(["at", "code"]).sort_by("at").to_pylist()
    kick_offs = [row["at"] for row in told if row["code"] == "kick_off"]
    whistles = [row["at"] for row in told if row["code"] == "whistle"]
    kick_off = kick_offs[0] if kick_offs else night.at(night.schedule.kick_off)
    end = whistles[-1] if whistles else night.at(night.schedule.whistle)
    return Match(kick_off=kick_off, end=end if until is None else min(end, until))


def reach_threshold_s(night: Night) -> float:
    """One minute of the match clock in seconds of the night."""
    return min(60.0, round(night.match_minute_s, 3))


def curve(begins: Ints, ends: Ints, start: int, seconds: int) -> Ints:
    """How many of the stretches [begins, ends) hold each whole second from `start` on; `seconds` numbers."""
    steps = np.zeros(seconds + 1, dtype=np.int64)
    for at, step in ((begins, 1), (ends, -1)):
        second = np.clip(-((start - at) // US_PER_S), 0, seconds)
        steps += step * np.bincount(second, minlength=seconds + 1)
    found: Ints = np.cumsum(steps)[:seconds]
    return found


def _figures(watching: _Watching, seconds: Ints, match: Match, threshold_s: float) -> ChannelAudience:
    lengths = _within(watching, match)
    each = np.zeros(int(watching.who.max(initial=-1)) + 1, dtype=np.int64)
    np.add.at(each, watching.who, lengths)
    reach = int(np.count_nonzero(each >= round(threshold_s * US_PER_S)))
    return ChannelAudience(average=_average(watching, match), peak=int(seconds.max(initial=0)), reach=reach)


def _ppm(part: int, whole: dict[str, int]) -> int:
    return 1_000_000 * part // max(1, sum(whole.values()))


def _unsaid_at_ends(moving: pa.Table, match: Match, *, lost: int, came: int) -> int:
    """By how much the average may be too small for beats lost at the ends of streams, rounded up."""
    duration = match.end - match.kick_off
    if not lost or duration <= 0:
        return 0
    begins, ends = as_ints(moving["begins_at"]), as_ints(moving["ends_at"])
    streams = int(moving.select(["subject", "stream"]).group_by(["subject", "stream"]).aggregate([]).num_rows)
    # Both shares are of whole numbers: lost ÷ came is p ÷ (1 − p).
    beat_us = int((ends - begins).sum()) // max(1, lost + came)
    return -(-2 * streams * beat_us * lost // (max(1, came) * duration))


def _average(watching: _Watching, match: Match) -> int:
    duration = match.end - match.kick_off
    return (2 * int(_within(watching, match).sum()) + duration) // (2 * duration) if duration > 0 else 0


def _within(watching: _Watching, match: Match) -> Ints:
    """How much of each stretch lies within the match, µs."""
    lengths: Ints = np.minimum(watching.ends, match.end) - np.maximum(watching.begins, match.kick_off)
    return np.maximum(lengths, 0)


def _watching(spans: pa.Table, keys: Sequence[str], until: AtUs | None) -> _Watching:
    numbers = [numbered(spans[name]) for name in keys]
    begins, ends = as_ints(spans["begins_at"]), as_ints(spans["ends_at"])
    if until is not None:
        # Only where the beats themselves are gone can a span reach beyond: then it is cut, which is the best there is.
        begins, ends = np.minimum(begins, until), np.minimum(ends, until)
    found = union(numbers, begins, ends)
    who = np.zeros(found.row.size, dtype=np.int64)
    who[1:] = np.cumsum(~found.same(numbers))
    return _Watching(who=who, begins=found.begins, ends=found.ends)


def _peak(spans: pa.Table, keys: Sequence[str], until: AtUs | None, start: int, seconds: int) -> int:
    found = _watching(spans, keys, until)
    return int(curve(found.begins, found.ends, start, seconds).max(initial=0))


def _of(spans: pa.Table, channel: str) -> pa.Table:
    return spans.filter(pc.field("channel") == channel)


def _channels(spans: pa.Table, night: Night) -> list[str]:
    """The night's channels in its order, then those that only the journal knows."""
    seen = {name for name in pc.unique(spans["channel"]).to_pylist() if name}
    return [*night.channels, *sorted(seen - set(night.channels))]


def _seconds(night: Night, until: AtUs | None) -> int:
    whole = int(night.schedule.end) + 1
    return whole if until is None else max(0, min(whole, (until - night.at(0)) // US_PER_S + 1))
