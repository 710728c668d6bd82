"""Which columns of the facts does a test of this package read? They, as NumPy arrays, in order of time."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import NULL_INT, Fact
from kickoff.numbered import Coded, People, coded, integers, people_of
from kickoff.units import AtUs

DIMENSIONS = ("cdn", "isp", "app", "device", "region", "channel", "offer")
"""What a cohort can be named by. `source` is left out: a network is a neighbour, not a part of the service."""

READ = ("at", "fact", "code", "subject", "stream", "stalled_ms", *DIMENSIONS)


class Columns(Struct, frozen=True, kw_only=True):
    """The facts of viewers up to one instant, sorted by time."""

    at: NDArray[np.int64]
    fact: Coded
    code: Coded
    people: People
    stream: NDArray[np.int64]
    stalled_ms: NDArray[np.int64]
    dimensions: dict[str, Coded]


def read_columns(facts: pa.Table, until: AtUs) -> Columns:
    """Read a facts table; a column that it lacks is null throughout. Rows later than `until` are not read."""
    kept = _by_time(facts.select([name for name in READ if name in facts.column_names]), until)
    return Columns(
        at=integers(kept, "at", 0),
        fact=coded(kept, "fact"),
        code=coded(kept, "code"),
        people=people_of(kept),
        stream=integers(kept, "stream", 0),
        stalled_ms=integers(kept, "stalled_ms", NULL_INT),
        dimensions={name: coded(kept, name) for name in DIMENSIONS},
    )


def _by_time(facts: pa.Table, until: AtUs) -> pa.Table:
    """The rows up to `until` by time. PERF: a journal is read so already, and its copy costs seconds."""
    at = integers(facts, "at", 0)
    if len(at) and at.max() > until:
        facts = facts.filter(pc.less_equal(facts["at"], until))
        at = integers(facts, "at", 0)
    return facts if np.all(at[1:] >= at[:-1]) else facts.take(pc.sort_indices(facts["at"]))


def is_fact(columns: Columns, *facts: Fact) -> NDArray[np.bool_]:
    """The rows of these kinds."""
    return columns.fact.is_any(*(str(fact) for fact in facts))
