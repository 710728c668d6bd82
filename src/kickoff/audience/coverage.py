"""When was a picture moving? Spans of time that beats bear witness to, joined so that nothing counts twice.

A beat says: since the last one, `stalled_ms` without and `watched_ms` with a moving picture. It covers the time before
it. Where within it the stall was is not recorded; it is put first, so that the two never overlap:

        |----- stalled -----|---------- watched ----------| beat

A *span* is a longest stretch of such cover for one stream, channel and bitrate, half open, in microseconds. Joining
spans is a union of intervals: it does not depend on the order of the beats, and a beat that comes twice adds nothing to
what it covered the first time. Therefore a night may be joined piece by piece and the pieces joined again: the result
is the same.

*When* the beat was: a beat is stamped when it arrives, late or early as the network pleases. Where the player tells the
time by its own clock (`wait_ms` of a beat: arrival less that time), spans are first laid along that clock. It may be
wrong, but by the same amount all night; the least `wait_ms` of the stream is that error plus the quickest way through
the network, and shifts the whole stream to where it was. Beats may then come seconds late and in any order.

*What was lost*: where the player numbers its beats (`place` of a beat), a gap in time with a gap in the numbers is lost
beats, and counts as watched (`bridged`); a gap in time alone is a pause.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kickoff.audience.intervals import NOTHING, Ints, Stretches, as_ints, numbered, union
from kickoff.units import US_PER_MS

_IDENTITY = ("subject", "stream", "channel", "device", "bitrate_kbps", "stalled")
SPANS = pa.schema(
    [
        ("subject", pa.int64()), ("stream", pa.int64()), ("channel", pa.string()), ("device", pa.string()),
        ("bitrate_kbps", pa.int32()), ("stalled", pa.bool_()), ("begins_at", pa.int64()), ("ends_at", pa.int64()),
        ("number_first", pa.int64()), ("number_last", pa.int64()),
    ]
)  # fmt: skip
"""A row: this stream of this subject showed (or, `stalled`, failed to show) this channel from … to … .

`stalled` null: a beat told that nothing was watched, a pause. `number_…`: which beats told it."""

LOOSE = SPANS.append(pa.field("lag_ms", pa.int64()))
"""Spans on their way: where `lag_ms` is not null, the instants are by the player's clock, which it sets right."""

BRIDGE_US = 500 * US_PER_MS
"""A gap so short between two beats' cover is the network's jitter, not an absence: it counts as watched.

Without the bridge every late arrival would open a gap that the early one after it, overlapping, does not pay back, and
the audience would come out too small.
"""
LOST_US = 600_000 * US_PER_MS
"""No longer gap is put down to lost beats: no beat covers more than ten minutes."""

_FAR = 2**62

BEAT_COLUMNS = (
    "at", "subject", "stream", "channel", "device", "place", "wait_ms", "watched_ms", "stalled_ms", "bitrate_kbps",
)  # fmt: skip
"""The columns of a beat that spans are made of."""


def spans_of(beats: pa.Table) -> pa.Table:
    """`SPANS` that these beats bear witness to. `beats`: a facts table with `BEAT_COLUMNS`, only beats."""
    return placed(loose_spans_of(beats))


def loose_spans_of(beats: pa.Table) -> pa.Table:
    """`LOOSE` spans of these beats; those without a subject are left out: nobody is known to have watched."""
    beats = beats.filter(beats["subject"].is_valid()) if beats["subject"].null_count else beats
    # Without a stream nobody knows which beats share a clock.
    lag = pc.if_else(beats["stream"].is_valid(), beats["wait_ms"].cast(pa.int64()), None)
    at = as_ints(beats["at"]) - US_PER_MS * as_ints(lag)
    watched_from = at - US_PER_MS * as_ints(beats["watched_ms"])
    stalled_from = watched_from - US_PER_MS * as_ints(beats["stalled_ms"])
    pauses = np.flatnonzero((stalled_from == at) & (as_ints(beats["place"], null=NOTHING) != NOTHING))
    beats = beats.append_column("lag_ms", lag)
    raw = [
        _spans(beats, stalled=False, begins=watched_from, ends=at),
        _spans(beats, stalled=True, begins=stalled_from, ends=watched_from),
        _spans(beats.take(pa.array(pauses)), stalled=None, begins=at[pauses] - 1, ends=at[pauses]),
    ]
    return join(pa.concat_tables(raw))


def join(spans: pa.Table) -> pa.Table:
    """The union of `LOOSE` spans: those of one stream, channel and bitrate that touch or overlap become one.

    The order of the result is fixed by its content, never by the order of what came in.
    """
    by_clock = spans["lag_ms"].is_valid()
    keys = [*(numbered(spans[name]) for name in _IDENTITY), numbered(by_clock)]
    found = union(keys, as_ints(spans["begins_at"]), as_ints(spans["ends_at"]))
    first = as_ints(spans["number_first"], null=_FAR)
    last = as_ints(spans["number_last"], null=-1)
    joined = spans.take(pa.array(found.row))
    changed = {
        "begins_at": pa.array(found.begins),
        "ends_at": pa.array(found.ends),
        "number_first": _least(first[found.rows], found.starts, np.minimum, unknown=_FAR),
        "number_last": _least(last[found.rows], found.starts, np.maximum, unknown=-1),
        "lag_ms": _least_lag(spans).take(pa.array(found.row)),
    }
    columns = [changed.get(name, joined[name]) for name in LOOSE.names]
    order = [(name, "ascending") for name in ("subject", "begins_at", *_IDENTITY[1:])]
    return pa.table(columns, names=LOOSE.names).cast(LOOSE).sort_by(order)


def placed(spans: pa.Table) -> pa.Table:
    """`LOOSE` spans, joined, each at the instant at which it was: `SPANS`."""
    if spans["lag_ms"].null_count == spans.num_rows:
        return spans.select(SPANS.names)
    shift = US_PER_MS * as_ints(spans["lag_ms"])
    begins, ends = (pa.array(as_ints(spans[name]) + shift) for name in ("begins_at", "ends_at"))
    spans = spans.set_column(6, "begins_at", begins).set_column(7, "ends_at", ends)
    return join(spans.set_column(10, "lag_ms", pa.nulls(spans.num_rows, pa.int64()))).select(SPANS.names)


def bridged(spans: pa.Table, *, gap: int = BRIDGE_US) -> pa.Table:
    """`SPANS`, and a moving span over each gap that is jitter (of one channel) or lost beats (of one stream).

    A stall is covered: it is never bridged, however short. Added spans have no bitrate. Where beats were lost around a
    change of channel, nobody knows when it was: each channel gets half of the gap.
    """
    added = pa.concat_tables([_jitter(spans, gap), _lost(spans, gap)])
    together = pa.concat_tables([spans, added])
    if added.num_rows == 0:
        return together
    return together.take(pa.array(np.lexsort((as_ints(together["begins_at"]), as_ints(together["subject"])))))


def _jitter(spans: pa.Table, gap: int) -> pa.Table:
    keys = [numbered(spans[name]) for name in ("subject", "stream", "channel")]
    found = union(keys, as_ints(spans["begins_at"]), as_ints(spans["ends_at"]))
    gaps = np.flatnonzero(found.same(keys) & (found.begins[1:] - found.ends[:-1] <= gap))
    return _moving(spans, found.row[gaps], found.ends[gaps], found.begins[gaps + 1])


def _lost(spans: pa.Table, gap: int) -> pa.Table:
    """Numbers run on through all channels of a stream: what is missing is looked for in the stream, not in a channel.

    Else a viewer who goes to another channel and comes back would seem to have lost what was watched there.
    """
    keys = [numbered(spans[name]) for name in ("subject", "stream")]
    ends = as_ints(spans["ends_at"])
    found = union(keys, as_ints(spans["begins_at"]), ends)
    if found.row.size == 0:
        return SPANS.empty_table()
    first = np.minimum.reduceat(as_ints(spans["number_first"], null=_FAR)[found.rows], found.starts)
    last = np.maximum.reduceat(as_ints(spans["number_last"], null=NOTHING)[found.rows], found.starts)
    between = found.begins[1:] - found.ends[:-1]
    is_lost = (last[:-1] != NOTHING) & (first[1:] != _FAR) & (first[1:] > last[:-1] + 1)
    gaps = np.flatnonzero(found.same(keys) & is_lost & (between > gap) & (between <= LOST_US))
    before = _last_rows(found, ends)[gaps]
    after = found.row[gaps + 1]
    channel = numbered(spans["channel"])
    changed = channel[before] != channel[after]
    from_, to = found.ends[gaps], found.begins[gaps + 1]
    until = np.where(changed, (from_ + to) // 2, to)
    parts = [_moving(spans, before, from_, until), _moving(spans, after[changed], until[changed], to[changed])]
    return pa.concat_tables(parts)


def _last_rows(found: Stretches, ends: Ints) -> Ints:
    """For each stretch the row of the input with which it ends."""
    stretch = np.repeat(np.arange(found.starts.size), np.diff(found.starts, append=found.rows.size))
    closing = np.flatnonzero(ends[found.rows] == found.ends[stretch])
    _, one = np.unique(stretch[closing], return_index=True)
    return found.rows[closing[one]]


def _moving(spans: pa.Table, rows: Ints, begins: Ints, ends: Ints) -> pa.Table:
    """Spans of a moving picture from … to …, of the streams and channels of these rows."""
    named = spans.select(["subject", "stream", "channel", "device"]).take(pa.array(rows))
    nothing = pa.nulls(rows.size)
    times = [pa.array(begins), pa.array(ends)]
    columns = [*named.columns, nothing, pa.array(np.zeros(rows.size, dtype=bool)), *times, nothing, nothing]
    return pa.table(columns, names=SPANS.names).cast(SPANS)


def beats_lost(spans: pa.Table) -> tuple[int, int]:
    """(beats that never came, beats that did), as far as their numbers tell: gaps in the numbers of a stream.

    What was lost before a stream's first beat or after its last is not seen.
    """
    told = spans.filter(pc.field("number_first").is_valid())
    keys = [numbered(told[name]) for name in ("subject", "stream")]
    found = union(keys, as_ints(told["number_first"]), as_ints(told["number_last"]) + 1)
    missing = (found.begins[1:] - found.ends[:-1])[found.same(keys)]
    return int(missing.sum()), int((found.ends - found.begins).sum())


def as_loose(spans: pa.Table) -> pa.Table:
    """Spans as `LOOSE`: columns that an older night's tables lack are null."""
    columns = [
        spans[field.name].cast(field.type) if field.name in spans.column_names else pa.nulls(spans.num_rows, field.type)
        for field in LOOSE
    ]
    return pa.table(columns, schema=LOOSE)


def _spans(beats: pa.Table, *, stalled: bool | None, begins: Ints, ends: Ints) -> pa.Table:
    columns = [beats[name].cast(SPANS.field(name).type) for name in _IDENTITY[:-1]]
    flag = pa.array([stalled], pa.bool_()).take(pa.array(np.zeros(beats.num_rows, dtype=np.int64)))
    number = beats["place"].cast(pa.int64())
    return pa.table([*columns, flag, pa.array(begins), pa.array(ends), number, number, beats["lag_ms"]], schema=LOOSE)


def _least(values: Ints, starts: Ints, ufunc: np.ufunc, *, unknown: int) -> pa.Array:
    """The least (or most) of each stretch; null where nothing is known."""
    found = ufunc.reduceat(values, starts) if starts.size else values
    return pa.array(found, mask=found == unknown)


def _least_lag(spans: pa.Table) -> pa.Array:
    """For each row by the player's clock the least lag of its stream; null for the others."""
    covers = as_ints(spans["ends_at"]) > as_ints(spans["begins_at"])
    lag = np.where(covers, as_ints(spans["lag_ms"], null=_FAR), _FAR)
    stream = [numbered(spans["stream"]), numbered(spans["subject"])]
    order = np.lexsort(stream)
    if order.size == 0:
        return spans["lag_ms"].combine_chunks()
    new = np.ones(order.size, dtype=bool)
    new[1:] = (stream[0][order[1:]] != stream[0][order[:-1]]) | (stream[1][order[1:]] != stream[1][order[:-1]])
    least = np.minimum.reduceat(lag[order], np.flatnonzero(new))[np.cumsum(new) - 1]
    of_row = np.empty_like(lag)
    of_row[order] = least
    return pa.array(of_row, mask=lag == _FAR)
