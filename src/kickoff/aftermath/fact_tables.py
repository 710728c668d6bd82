"""How do the log's records become tables? Numbers turn into strings again, and what a fact does not have into null."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kickoff.facts import (
    COLUMNS,
    FACT_NAMES,
    FACT_NUMBER,
    LANE_NAMES,
    NULL_INT,
    NULL_SUBJECT,
    Fact,
    Records,
)
from kickoff.units import AtUs

CODED = pa.dictionary(pa.int32(), pa.string())
"""A text as a number with its dictionary."""

_TYPES = {"int64": pa.int64(), "int32": pa.int32(), "string": pa.string()}
SCHEMA = pa.schema([(column.name, _TYPES[column.type]) for column in COLUMNS])
"""The facts table: every column of `facts.COLUMNS`, in that order."""

ORDER = [("at", "ascending"), ("fact", "ascending"), ("subject", "ascending"), ("stream", "ascending"),
         ("place", "ascending"), ("code", "ascending")]  # fmt: skip
"""How rows are ordered wherever the order shows: the same facts in another order of arrival give the same table."""

_NULLS = {"subject": NULL_SUBJECT, "stream": 0, "source": 0}
NO_BEATS = tuple(fact for fact in Fact if fact is not Fact.BEAT)


def schema_of(columns: Sequence[str] | None = None, *, coded: bool = False) -> pa.Schema:
    """These columns (default: all) in their order; `coded`: each text as a number with its dictionary."""
    fields = [field for field in SCHEMA if columns is None or field.name in columns]
    return pa.schema([field.with_type(CODED) if coded and field.type == pa.string() else field for field in fields])


def to_table(records: Records, *, columns: Sequence[str] | None = None, coded: bool = False) -> pa.Table:
    """The records as a table of `schema_of` these columns, rows in the order of the log."""
    schema = schema_of(columns, coded=coded)
    return pa.table({field.name: _column(records, field) for field in schema}, schema=schema)


def only(records: Records, facts: Iterable[Fact], *, until: AtUs | None = None) -> Records:
    """Only the records of these facts, and none later than `until`."""
    wanted = np.zeros(256, dtype=bool)
    wanted[[FACT_NUMBER[fact] for fact in facts]] = True
    kept = wanted[records.facts["fact"]]
    if until is not None:
        kept &= records.facts["at"] <= until
    return Records(facts=records.facts[kept], texts=records.texts)


def conform(table: pa.Table, *, coded: bool = False) -> pa.Table:
    """A table written by somebody else, with our columns and types (`schema_of`); columns that it lacks are null.

    Raises `ValueError` with one line when `at` or `fact` is missing or a column cannot be read as its type.
    """
    for name in ("at", "fact"):
        if name not in table.column_names:
            raise ValueError(f"there is no column {name!r}; `kickoff facts --schema` prints the columns")
    schema = schema_of(coded=coded)
    return pa.table([_conformed(table, field) for field in schema], schema=schema)


def ordered(table: pa.Table) -> pa.Table:
    """The rows by time; of the same instant in a fixed order, nulls last."""
    keys = [name for name, _ in ORDER if name in table.column_names]
    if not keys or not len(table):
        return table
    if keys[0] != "at" or table["at"].null_count:
        return table.take(pa.array(np.lexsort(_ranks(table, keys)[::-1])))
    at = table["at"].to_numpy()
    # PERF: sealed tables lie by time already, and most rows have an instant to themselves: only those that share one
    # are compared by all keys, and sorted only where they do not lie in order (make bench-answers).
    order = None if np.all(at[1:] >= at[:-1]) else np.argsort(at, kind="stable")
    at = at if order is None else at[order]
    tied = np.zeros(len(at) + 1, np.bool_)
    tied[1:-1] = at[1:] == at[:-1]
    places = np.flatnonzero(tied[1:] | tied[:-1])
    ranks = _ranks(table.select(keys).take(pa.array(places if order is None else order[places])), keys)
    if not _rise(ranks):
        order = np.arange(len(at)) if order is None else order
        order[places] = order[places][np.lexsort(ranks[::-1])]
    return table if order is None else table.take(pa.array(order))


def _ranks(table: pa.Table, keys: Sequence[str]) -> list[np.ndarray]:
    """Each key as whole numbers that sort as it does; nulls above all."""
    return [_rank(table[name]) for name in keys]


def _rank(column: pa.ChunkedArray) -> np.ndarray:
    if pa.types.is_integer(column.type):
        return np.asarray(column.cast(pa.int64()).fill_null(np.iinfo(np.int64).max), np.int64)
    coded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    whole = coded.unify_dictionaries().combine_chunks()
    names = whole.dictionary.to_pylist()
    place = {name: rank for rank, name in enumerate(sorted(names))}
    rank = np.array([*(place[name] for name in names), len(names)])
    return np.asarray(rank[whole.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)], np.int64)


def _rise(ranks: Sequence[np.ndarray]) -> bool:
    """Whether rows rise by the first key, among equal ones by the second, and so on."""
    tied = np.ones(max(0, len(ranks[0]) - 1), np.bool_)
    for rank in ranks:
        if np.any(tied & (rank[1:] < rank[:-1])):
            return False
        tied &= rank[1:] == rank[:-1]
    return True


def _column(records: Records, field: pa.Field) -> pa.Array:
    rows, name = records.facts, field.name
    texts = {"fact": FACT_NAMES, "lane": LANE_NAMES, **records.texts}.get(name)
    if texts is not None:
        found = _texts(texts, rows[name])
        return found if field.type == CODED else found.cast(pa.string())
    values = np.ascontiguousarray(rows[name])
    if name == "at":
        return pa.array(values)
    mask = values == _NULLS.get(name, NULL_INT)
    return pa.array(values.astype(np.int64 if field.type == pa.int64() else np.int32), mask=mask)


def _texts(texts: Sequence[str], numbers: np.ndarray) -> pa.DictionaryArray:
    """Texts by their numbers in the log, where 0 is null."""
    indices = pa.array(numbers.astype(np.int32) - 1, mask=numbers == 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(texts[1:], pa.string()))


def _conformed(table: pa.Table, field: pa.Field) -> pa.Array | pa.ChunkedArray:
    if field.name not in table.column_names:
        return pa.nulls(table.num_rows, field.type)
    column = table.column(field.name)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    try:
        if pa.types.is_dictionary(field.type):
            return column if column.type == CODED else pc.dictionary_encode(pc.cast(column, pa.string()))
        return pc.cast(column, field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ValueError(
            f"column {field.name!r} is {column.type}, not {field.type}; write it as {field.type}"
        ) from error
