"""When was a picture moving? Spans of time that beats bear witness to, joined so that nothing counts twice.

A beat received at `at` says: since the last one, `stalled_ms` without and `watched_ms` with a moving picture. It covers
the time before it. Where within it the stall was is not recorded; it is put first, so that the two never overlap:

        |----- stalled -----|---------- watched ----------| at

A *span* is a longest stretch of such cover for one stream, channel and bitrate. Joining spans is a union of intervals:
it does not depend on the order of the beats, and a beat that comes twice, or late, adds nothing to what others cover.
Therefore a night may be joined piece by piece and the pieces joined again: the result is the same.

Spans are half open, [begins_at, ends_at), in microseconds.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kickoff.units import US_PER_MS

Ints = NDArray[np.int64]

SPANS = pa.schema(
    [
        ("subject", pa.int64()), ("stream", pa.int64()), ("channel", pa.string()), ("device", pa.string()),
        ("bitrate_kbps", pa.int32()), ("stalled", pa.bool_()), ("begins_at", pa.int64()), ("ends_at", pa.int64()),
    ]
)  # fmt: skip
"""A row: this stream of this subject showed (or, `stalled`, failed to show) this channel from … to … ."""

BRIDGE_US = 500 * US_PER_MS
"""A gap so short between two beats' cover is the network's jitter, not an absence: it counts as watched.

A beat is stamped when it arrives. Without the bridge every late arrival would open a gap that the early one after it,
overlapping, does not pay back, and the audience would come out too small.
"""

BEAT_COLUMNS = ("at", "subject", "stream", "channel", "device", "watched_ms", "stalled_ms", "bitrate_kbps")
"""The columns of a beat that spans are made of."""

_IDENTITY = ("subject", "stream", "channel", "device", "bitrate_kbps", "stalled")


def spans_of(beats: pa.Table) -> pa.Table:
    """The spans that these beats bear witness to. `beats`: a facts table with `BEAT_COLUMNS`, only beats.

    Beats without a subject are left out: nobody is known to have watched.
    """
    beats = beats.filter(beats["subject"].is_valid()) if beats["subject"].null_count else beats
    at = as_ints(beats["at"])
    watched_from = at - US_PER_MS * as_ints(beats["watched_ms"])
    stalled_from = watched_from - US_PER_MS * as_ints(beats["stalled_ms"])
    raw = pa.concat_tables(
        [
            _spans(beats, stalled=False, begins_at=watched_from, ends_at=at),
            _spans(beats, stalled=True, begins_at=stalled_from, ends_at=watched_from),
        ]
    )
    return join(raw)


def join(spans: pa.Table) -> pa.Table:
    """The union of spans: those of one stream, channel and bitrate that touch or overlap become one.

    The order of the result is fixed by its content, never by the order of what came in.
    """
    begins, ends = as_ints(spans["begins_at"]), as_ints(spans["ends_at"])
    codes = [numbered(spans[name]) for name in _IDENTITY]
    keep, first, last = union(codes, begins, ends)
    joined = spans.take(pa.array(keep))
    joined = joined.set_column(6, "begins_at", pa.array(first)).set_column(7, "ends_at", pa.array(last))
    return joined.cast(SPANS).sort_by([(name, "ascending") for name in ("subject", "begins_at", *_IDENTITY[1:])])


def bridged(spans: pa.Table, *, gap: int = BRIDGE_US) -> pa.Table:
    """The spans, and a moving span over each gap of at most `gap` µs in what one stream covers of one channel.

    A stall is covered: it is never bridged, however short. Added spans have no bitrate.
    """
    keys = [numbered(spans[name]) for name in ("subject", "stream", "channel")]
    row, first, last = union(keys, as_ints(spans["begins_at"]), as_ints(spans["ends_at"]))
    between = first[1:] - last[:-1]
    same = np.logical_and.reduce([key[row[1:]] == key[row[:-1]] for key in keys])
    gaps = np.flatnonzero(same & (between <= gap))
    added = spans.select(["subject", "stream", "channel", "device"]).take(pa.array(row[gaps]))
    times = [pa.array(last[gaps]), pa.array(first[gaps + 1])]
    columns = [*added.columns, pa.nulls(gaps.size), pa.array(np.zeros(gaps.size, dtype=bool)), *times]
    return pa.concat_tables([spans, pa.table(columns, names=SPANS.names).cast(SPANS)])


def union(keys: Sequence[Ints], begins: Ints, ends: Ints) -> tuple[Ints, Ints, Ints]:
    """Longest stretches covered by the intervals [begins, ends) of equal keys; empty intervals are left out.

    Returns (a row of the input that bears the stretch's keys, its begin, its end), ordered by keys, then begin.
    """
    rows = np.flatnonzero(ends > begins)
    if rows.size == 0:
        return rows, rows.astype(np.int64), rows.astype(np.int64)
    order = rows[np.lexsort((begins[rows], *(key[rows] for key in reversed(keys))))]
    begins, ends = begins[order], ends[order]
    new_key = np.zeros(order.size, dtype=bool)
    new_key[0] = True
    for key in keys:
        new_key[1:] |= key[order[1:]] != key[order[:-1]]
    covered = _covered_until(new_key, ends)
    starts = np.flatnonzero(new_key | (begins > np.concatenate((begins[:1], covered[:-1]))))
    lasts = np.append(starts[1:], order.size) - 1
    return order[starts], begins[starts], covered[lasts]


def _covered_until(new_key: NDArray[np.bool_], ends: Ints) -> Ints:
    """For each row the latest end up to it among the rows of the same key."""
    group = np.cumsum(new_key) - 1
    values, rank = ends, ends - int(ends.min())
    if (int(rank.max()) + 1) * (int(group[-1]) + 1) >= 2**63:
        # A clock that is years off stretches the night: then the order of the ends takes the place of their distance.
        values, rank = np.unique(ends, return_inverse=True)
    width = int(rank.max()) + 1
    # PERF: lifting each key above the one before turns a maximum per key into one running maximum.
    highest: Ints = np.maximum.accumulate(rank + group * width) - group * width
    return highest + int(ends.min()) if values is ends else values[highest]


def _spans(beats: pa.Table, *, stalled: bool, begins_at: Ints, ends_at: Ints) -> pa.Table:
    columns = [beats[name].cast(SPANS.field(name).type) for name in _IDENTITY[:-1]]
    flag = pa.array(np.full(beats.num_rows, stalled))
    return pa.table([*columns, flag, pa.array(begins_at), pa.array(ends_at)], schema=SPANS)


def as_ints(column: pa.ChunkedArray) -> Ints:
    """A column of whole numbers; null is 0."""
    return np.asarray(column.cast(pa.int64()).fill_null(0), dtype=np.int64)


def numbered(column: pa.ChunkedArray) -> Ints:
    """A number for each value, equal for equal values; null is one too."""
    if pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
        return np.asarray(column.cast(pa.int64()).fill_null(-(2**63)), dtype=np.int64)
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    return np.asarray(encoded.indices, dtype=np.int64)
