"""Who are the viewers, and what did each have minute by minute? Tables made from facts and spans."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kickoff.audience.minutes import MINUTES, viewer_minutes
from kickoff.night import Night

SUBSCRIBERS = pa.schema([("subject", pa.int64()), ("offer", pa.string()), ("known_since", pa.int64())])
_TOLD = ("offer", "device", "app", "isp", "region", "cdn")
KNOWN_COLUMNS = ("subject", *_TOLD)
KNOWN = pa.schema([("subject", pa.int64()), *((name, pa.string()) for name in _TOLD)])
"""A row a subject: what facts told of it. Of several values, the first of the alphabet: the same in whatever order the
facts came and however they were put together."""
VIEWERS = pa.schema([("viewer", pa.int32()), *KNOWN, ("known_since", pa.int64())])
"""`viewer`: rank of the subject among those of the night, from 0."""
BLOCK_VIEWERS = 65_536
"""The viewer-minutes of so many viewers are counted at once."""


def known_of(facts: pa.Table) -> pa.Table:
    """What these facts tell of each subject. Facts of the house are left out."""
    return merge(facts.filter(pc.field("subject").is_valid()).select(KNOWN.names).cast(KNOWN))


def merge(known: pa.Table) -> pa.Table:
    """One row a subject, in the order of subjects."""
    grouped = known.group_by("subject").aggregate([(name, "min") for name in _TOLD])
    grouped = grouped.rename_columns([name.removesuffix("_min") for name in grouped.column_names])
    return grouped.select(KNOWN.names).cast(KNOWN).sort_by("subject")


def numbered_viewers(known: pa.Table, subscribers: pa.Table) -> pa.Table:
    """`VIEWERS`: those known, numbered, with the instant since when they subscribe."""
    numbers = pa.array(np.arange(known.num_rows, dtype=np.int32))
    found = pc.index_in(known["subject"], value_set=subscribers["subject"].combine_chunks())
    since = subscribers["known_since"].combine_chunks().take(found.combine_chunks())
    return pa.table([numbers, *known.columns, since], schema=VIEWERS)


def minutes_of(spans: pa.Table, viewers: pa.Table, night: Night) -> pa.Table:
    """The viewer-minutes of these spans, sorted by viewer, numbered as in `viewers`."""
    counted = viewer_minutes(spans, start=night.at(0))
    numbers = pc.index_in(counted["subject"], value_set=viewers["subject"].combine_chunks())
    counted = counted.set_column(0, "viewer", numbers).cast(MINUTES)
    return counted.sort_by([("viewer", "ascending"), ("minute", "ascending"), ("channel", "ascending")])


def minutes_in_blocks(spans: pa.Table, viewers: pa.Table, night: Night) -> Iterator[pa.Table]:
    """The same, block after block of viewers, so that a night of millions fits into memory. At least one block."""
    subjects = np.asarray(viewers["subject"], dtype=np.int64)
    owners = np.asarray(spans["subject"], dtype=np.int64)
    for start in range(0, max(1, subjects.size), BLOCK_VIEWERS):
        block = subjects[start : start + BLOCK_VIEWERS]
        # `join` leaves spans in the order of subjects, and viewers are numbered in it.
        first = int(np.searchsorted(owners, block[:1].min(initial=0)))
        last = int(np.searchsorted(owners, block[-1:].max(initial=0), side="right"))
        yield minutes_of(spans.slice(first, last - first), viewers, night)
