"""What did each account have in each minute? Spans cut at whole minutes from the night's start.

A row is an account, a minute and a channel: milliseconds of moving picture (however many streams showed it, an instant
counts once), milliseconds in which a stream of it stood still and none moved, and the mean bitrate of what moved.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kickoff.audience.coverage import SPANS, as_loose, bridged, join
from kickoff.audience.intervals import Ints, as_ints, numbered, union
from kickoff.units import US_PER_MS, US_PER_S, AtUs

MINUTE_US = 60 * US_PER_S
MINUTES = pa.schema(
    [
        ("viewer", pa.int32()), ("minute", pa.int32()), ("channel", pa.string()),
        ("watched_ms", pa.int32()), ("stalled_ms", pa.int32()), ("bitrate_kbps", pa.int32()),
    ]
)  # fmt: skip
CHANNEL_MINUTES = pa.schema(
    [("channel", pa.string()), ("minute", pa.int32()), ("accounts", pa.int64()), ("watched_ms", pa.int64())]
)
"""A row a channel and minute: accounts that watched in it, and for how long together."""
_SUMS = ("watched", "covered", "weighted", "rated")


def viewer_minutes(spans: pa.Table, *, start: AtUs) -> pa.Table:
    """`MINUTES` with `subject` in the place of `viewer`; rows without a whole millisecond are left out."""
    spans = bridged(spans)
    subject = spans["subject"].to_numpy()
    channels = pc.unique(spans["channel"]).sort()
    channel = pc.index_in(spans["channel"], value_set=channels).cast(pa.int64()).fill_null(-1).to_numpy()
    begins, ends = spans["begins_at"].to_numpy() - start, spans["ends_at"].to_numpy() - start
    stalled = as_ints(spans["stalled"], null=2)
    moving = stalled == 0
    rate = spans["bitrate_kbps"].cast(pa.int64()).fill_null(0).to_numpy()

    def joined(which: NDArray[np.bool_], name: str) -> pa.Table:
        rows = np.flatnonzero(which)
        found = union([subject[rows], channel[rows]], begins[rows], ends[rows])
        kept = rows[found.row]
        return _cut(subject[kept], channel[kept], found.begins, found.ends, name=name)

    rated = np.flatnonzero(moving & (rate > 0) & (ends > begins))
    kbit = _cut(subject[rated], channel[rated], begins[rated], ends[rated], name="rated", rate=rate[rated])
    cut = pa.concat_tables([joined(moving, "watched"), joined(stalled != 2, "covered"), kbit])
    sums = cut.group_by(["subject", "minute", "channel"]).aggregate([(name, "sum") for name in _SUMS])
    return _finished(sums.rename_columns([name.removesuffix("_sum") for name in sums.column_names]), channels)


def _cut(subject: Ints, channel: Ints, begins: Ints, ends: Ints, *, name: str, rate: Ints | None = None) -> pa.Table:
    """The stretches cut at whole minutes: the microseconds of each piece in column `name`."""
    minute, row = _minutes_between(begins, ends)
    length = np.minimum(ends[row], (minute + 1) * MINUTE_US) - np.maximum(begins[row], minute * MINUTE_US)
    sums = {other: np.zeros(length.size, dtype=np.int64) for other in _SUMS}
    sums[name] = length
    if rate is not None:
        sums["weighted"] = length * rate[row]
    return pa.table({"subject": subject[row], "minute": minute, "channel": channel[row], **sums})


def _minutes_between(begins: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """For each stretch each minute that it touches: (minute, row of the stretch)."""
    first = begins // MINUTE_US
    count = np.maximum((ends - 1) // MINUTE_US - first + 1, 0)
    row = np.repeat(np.arange(count.size), count)
    offset = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    return first[row] + offset, row


def _finished(sums: pa.Table, channels: pa.Array) -> pa.Table:
    """Whole milliseconds and kbit/s; divided only here, after all sums."""
    watched = sums["watched"].to_numpy()
    watched_ms = watched // US_PER_MS
    stalled_ms = (sums["covered"].to_numpy() - watched) // US_PER_MS
    rated = sums["rated"].to_numpy()
    bitrate = sums["weighted"].to_numpy() // np.maximum(rated, 1)
    number = sums["channel"].to_numpy()
    table = pa.table(
        {
            "subject": sums["subject"],
            "minute": sums["minute"].cast(pa.int32()),
            "channel": channels.take(pa.array(number, mask=number < 0)),
            "watched_ms": watched_ms.astype(np.int32),
            "stalled_ms": stalled_ms.astype(np.int32),
            "bitrate_kbps": pa.array(bitrate.astype(np.int32), mask=rated == 0),
        }
    )
    return table.filter(pa.array((watched_ms > 0) | (stalled_ms > 0)))


def channel_minutes_of(minutes: pa.Table) -> pa.Table:
    """The sums of some viewer-minutes by channel and minute: `CHANNEL_MINUTES`."""
    watched = minutes.filter(pc.field("watched_ms") > 0)
    sums = watched.group_by(["channel", "minute"]).aggregate([("watched_ms", "count"), ("watched_ms", "sum")])
    return sums.rename_columns(CHANNEL_MINUTES.names).cast(CHANNEL_MINUTES)


def merge_channel_minutes(sums: pa.Table) -> pa.Table:
    """The sums of disjoint sets of viewers, summed."""
    merged = sums.group_by(["channel", "minute"]).aggregate([("accounts", "sum"), ("watched_ms", "sum")])
    merged = merged.rename_columns(CHANNEL_MINUTES.names).cast(CHANNEL_MINUTES)
    return merged.sort_by([("channel", "ascending"), ("minute", "ascending")])


def spans_from_minutes(minutes: pa.Table, viewers: pa.Table, *, start: AtUs) -> pa.Table:
    """Spans that give these viewer-minutes again: for a journal of which only the minutes are left.

    `minutes`: `MINUTES`; `viewers`: `viewer`, `subject`, and `device` where it is known. Where in a minute a part of
    it was watched is not known: it is put next to the neighbouring minute that was watched, else at the beginning.
    Average and reach stay what they were but for the minutes that kick-off and whistle cut; the peak is a minute's.
    """
    ordered = minutes.sort_by([("viewer", "ascending"), ("channel", "ascending"), ("minute", "ascending")])
    viewer, minute = as_ints(ordered["viewer"]), as_ints(ordered["minute"])
    watched, stalled = US_PER_MS * as_ints(ordered["watched_ms"]), US_PER_MS * as_ints(ordered["stalled_ms"])
    channel = numbered(ordered["channel"])
    goes_on = (viewer[1:] == viewer[:-1]) & (channel[1:] == channel[:-1]) & (minute[1:] == minute[:-1] + 1)
    came, stays = np.append(False, goes_on)[: viewer.size], np.append(goes_on, False)[: viewer.size]
    # Watched at the end of its minute when it goes on after it and did not before.
    begins = start + minute * MINUTE_US + np.where(stays & ~came, MINUTE_US - watched, 0)
    stall_begins = np.where(stays & ~came, begins - stalled, begins + watched)
    row = pc.index_in(ordered["viewer"], value_set=viewers["viewer"].combine_chunks())
    who = {name: viewers[name].take(row) for name in ("subject", "device") if name in viewers.column_names}
    columns = {"stream": pa.nulls(viewer.size), "device": pa.nulls(viewer.size)} | who
    columns |= {"channel": ordered["channel"], "bitrate_kbps": ordered["bitrate_kbps"]}
    found = []
    for flag, first, length in ((False, begins, watched), (True, stall_begins, stalled)):
        times = {"stalled": pa.array(np.full(viewer.size, flag)), "begins_at": first, "ends_at": first + length}
        found.append(as_loose(pa.table(columns | times)))
    return join(pa.concat_tables(found)).select(SPANS.names)
