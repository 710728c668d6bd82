"""Which columns of the facts does a test of this package read? They, as NumPy arrays, in order of time."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import NULL_INT, NULL_SUBJECT, Fact
from kickoff.units import AtUs

DIMENSIONS = ("cdn", "isp", "app", "device", "region", "channel", "offer")
"""What a cohort can be named by. `source` is left out: a network is a neighbour, not a part of the service."""

READ = ("at", "fact", "code", "subject", "stream", "stalled_ms", *DIMENSIONS)

UNKNOWN = -1
"""The number of a value that was not recorded."""


class Coded(Struct, frozen=True, kw_only=True):
    """One string column: a number for each row, and the strings by number."""

    numbers: NDArray[np.int32]
    names: tuple[str, ...]

    def at(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Coded":
        """The same column of some rows."""
        return Coded(numbers=self.numbers[chosen], names=self.names)

    def number(self, name: str) -> int:
        """The number of a string; one that stands nowhere when it is not in the column."""
        return self.names.index(name) if name in self.names else UNKNOWN - 1

    def is_any(self, *names: str) -> NDArray[np.bool_]:
        """The rows that hold one of these strings."""
        wanted = np.array([*(name in names for name in self.names), False])
        return np.asarray(wanted[self.numbers], np.bool_)


class Columns(Struct, frozen=True, kw_only=True):
    """The facts of viewers up to one instant, sorted by time."""

    at: NDArray[np.int64]
    fact: Coded
    code: Coded
    subject: NDArray[np.int64]
    stream: NDArray[np.int64]
    stalled_ms: NDArray[np.int64]
    dimensions: dict[str, Coded]


def read_columns(facts: pa.Table, until: AtUs) -> Columns:
    """Read a facts table; a column that it lacks is null throughout. Rows later than `until` are not read."""
    kept = _by_time(facts.select([name for name in READ if name in facts.column_names]), until)
    return Columns(
        at=_integers(kept, "at", 0),
        fact=coded(kept, "fact"),
        code=coded(kept, "code"),
        subject=_integers(kept, "subject", NULL_SUBJECT),
        stream=_integers(kept, "stream", 0),
        stalled_ms=_integers(kept, "stalled_ms", NULL_INT),
        dimensions={name: coded(kept, name) for name in DIMENSIONS},
    )


def _by_time(facts: pa.Table, until: AtUs) -> pa.Table:
    """The rows up to `until` by time. PERF: a journal is read so already, and its copy costs seconds."""
    at = _integers(facts, "at", 0)
    if len(at) and at.max() > until:
        facts = facts.filter(pc.less_equal(facts["at"], until))
        at = _integers(facts, "at", 0)
    return facts if np.all(at[1:] >= at[:-1]) else facts.take(pc.sort_indices(facts["at"]))


def is_fact(columns: Columns, *facts: Fact) -> NDArray[np.bool_]:
    """The rows of these kinds."""
    return columns.fact.is_any(*(str(fact) for fact in facts))


def coded(table: pa.Table, name: str) -> Coded:
    """A string column by numbers; `UNKNOWN` where it is null."""
    if name not in table.column_names:
        return Coded(numbers=np.full(len(table), UNKNOWN, np.int32), names=())
    column = table[name]
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column.cast(pa.string()))
    column = column.unify_dictionaries().combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks else pa.array([], pa.string()).dictionary_encode()
    numbers = column.indices.fill_null(UNKNOWN).to_numpy(zero_copy_only=False)
    return Coded(numbers=numbers.astype(np.int32), names=tuple(map(str, column.dictionary.to_pylist())))


def _integers(table: pa.Table, name: str, null: int) -> NDArray[np.int64]:
    if name not in table.column_names:
        return np.full(len(table), null, np.int64)
    found = table[name].cast(pa.int64()).fill_null(null).to_numpy()
    return np.asarray(found, np.int64)
