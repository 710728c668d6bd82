"""What do subscribers say that they see? Their reports of the last minutes, by kind, and who says each."""

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from kickoff.units import US_PER_S, AtUs

COLUMNS = ("at", "fact", "code", "device", "region")
LATELY_S = 300
"""Seconds that are counted."""
VALUES_MAX = 3
"""Devices and regions that are named for a kind."""


class Reported(Struct, frozen=True, kw_only=True):
    """Reports of one kind."""

    code: str
    count: int
    devices: tuple[tuple[str, int], ...] = ()
    """The most frequent first, at most `VALUES_MAX`."""
    regions: tuple[tuple[str, int], ...] = ()


def recent(facts: pa.Table, *, at: AtUs) -> tuple[Reported, ...]:
    """Reports of the last `LATELY_S` seconds, the most frequent kind first. `facts`: `COLUMNS` of `reported`."""
    lately = facts.filter(pc.greater(facts["at"].cast(pa.int64()), at - LATELY_S * US_PER_S))
    kinds = Counter(code or "other" for code in lately["code"].to_pylist()).most_common()
    return tuple(
        Reported(
            code=code,
            count=count,
            devices=_most(lately.filter(pc.equal(lately["code"], code))["device"]),
            regions=_most(lately.filter(pc.equal(lately["code"], code))["region"]),
        )
        for code, count in kinds
    )


def _most(values: pa.ChunkedArray) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(value for value in values.to_pylist() if value).most_common(VALUES_MAX))
