"""Who are the viewers, and what did each have minute by minute? Tables made from facts and spans."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kickoff.audience.minutes import MINUTES, viewer_minutes
from kickoff.night import Night

SUBSCRIBERS = pa.schema([("subject", pa.int64()), ("offer", pa.string()), ("known_since", pa.int64())])
_KNOWN = ("offer", "device", "app", "isp", "region", "cdn")
VIEWERS = pa.schema(
    [
        ("viewer", pa.int32()),
        ("subject", pa.int64()),
        *((name, pa.string()) for name in _KNOWN),
        ("known_since", pa.int64()),
    ]
)
"""`viewer`: rank of the subject among those of the night; the other columns: the first value that a fact told."""


def viewers_of(facts: pa.Table, subscribers: pa.Table) -> pa.Table:
    """Everyone whom a fact names. `facts`: in the order in which "first" is meant, house facts are left out."""
    named = facts.filter(pc.field("subject").is_valid())
    grouped = named.group_by("subject", use_threads=False).aggregate(
        [(name, "first", pc.ScalarAggregateOptions(skip_nulls=True)) for name in _KNOWN]
    )
    grouped = grouped.rename_columns([name.removesuffix("_first") for name in grouped.column_names])
    grouped = grouped.sort_by("subject")
    since = _known_since(grouped["subject"], subscribers)
    numbers = pa.array(np.arange(grouped.num_rows, dtype=np.int32))
    columns = [numbers, *(grouped[name] for name in VIEWERS.names[1:-1]), since]
    return pa.table(columns, schema=VIEWERS)


def minutes_of(spans: pa.Table, viewers: pa.Table, night: Night) -> pa.Table:
    """The viewer-minutes of these spans, sorted by viewer, numbered as in `viewers`."""
    counted = viewer_minutes(spans, start=night.at(0))
    numbers = pc.index_in(counted["subject"], value_set=viewers["subject"].combine_chunks())
    counted = counted.set_column(0, "viewer", numbers)
    return counted.cast(MINUTES).sort_by([("viewer", "ascending"), ("minute", "ascending"), ("channel", "ascending")])


def _known_since(subjects: pa.ChunkedArray, subscribers: pa.Table) -> pa.Array:
    found = pc.index_in(subjects, value_set=subscribers["subject"].combine_chunks())
    return subscribers["known_since"].combine_chunks().take(found.combine_chunks())
