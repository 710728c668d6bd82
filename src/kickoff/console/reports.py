"""What do subscribers say that they see? Their reports of the last minutes, by kind."""

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from kickoff.units import US_PER_S, AtUs

COLUMNS = ("at", "fact", "code")
LATELY_S = 300
"""Seconds that are counted."""


def recent(facts: pa.Table, *, at: AtUs) -> dict[str, int]:
    """Kind → reports of the last `LATELY_S` seconds, the most frequent first. `facts`: `COLUMNS` of `reported`."""
    lately = facts.filter(pc.greater(facts["at"].cast(pa.int64()), at - LATELY_S * US_PER_S))
    return dict(Counter(lately["code"].to_pylist()).most_common())
