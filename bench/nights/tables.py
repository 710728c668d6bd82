"""The columns of `kickoff facts --schema`, filled by columns: rows are gathered in blocks and made a table once."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kickoff.facts import COLUMNS

Integers = NDArray[np.int64]
Value = int | str | NDArray[Any] | tuple[NDArray[np.int8], list[str]]
"""One for all rows; one for each; or numbers and the strings they stand for (-1: null)."""

_TYPES = {"int64": pa.int64(), "int32": pa.int32(), "string": pa.string()}
_TYPE_OF = {column.name: _TYPES[column.type] for column in COLUMNS}


class Rows:
    """Rows of one journal, each with the instant at which the house came to know of it."""

    def __init__(self, start: int) -> None:
        self._start = start
        self._blocks: list[pa.Table] = []
        self._known: list[Integers] = []

    def add(self, fact: str, at_s: NDArray[np.floating[Any]], *, known_s: Value | None = None, **values: Value) -> None:
        """Rows of one fact, at so many seconds from the start; columns not named are null."""
        at = self._start + np.round(np.asarray(at_s) * 1e6).astype(np.int64)
        if not len(at):
            return
        columns = {"at": pa.array(at), "fact": _constant(fact, len(at))}
        columns |= {name: _column(name, value, len(at)) for name, value in values.items()}
        empty = {name: pa.nulls(len(at), _stored(name)) for name in _TYPE_OF if name not in columns}
        self._blocks.append(pa.table({name: (columns | empty)[name] for name in _TYPE_OF}))
        known = at if known_s is None else self._start + np.round(np.asarray(known_s) * 1e6).astype(np.int64)
        self._known.append(np.maximum(at, known))

    def table(self) -> tuple[pa.Table, Integers]:
        """(all rows by time, when each became known)."""
        whole = pa.concat_tables(self._blocks).unify_dictionaries().combine_chunks()
        known = np.concatenate(self._known)
        order = pc.sort_indices(whole, sort_keys=[("at", "ascending")])
        return whole.take(order), known[order.to_numpy()]


def _stored(name: str) -> pa.DataType:
    """Strings stay numbered until the file is written: they repeat a hundred thousand times."""
    kind = _TYPE_OF[name]
    return pa.dictionary(pa.int32(), pa.string()) if kind == pa.string() else kind


def _column(name: str, value: Value, rows: int) -> pa.Array:
    if isinstance(value, str):
        return _constant(value, rows)
    if isinstance(value, tuple):
        numbers, names = value
        return pa.DictionaryArray.from_arrays(
            pa.array(numbers.astype(np.int32), mask=numbers < 0), pa.array(names, pa.string())
        )
    if isinstance(value, int):
        return pa.array(np.full(rows, value), _TYPE_OF[name])
    return pa.array(value.astype(_TYPE_OF[name].to_pandas_dtype()), _TYPE_OF[name])


def _constant(text: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([text], pa.string()))
