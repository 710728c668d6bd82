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
    STRING_COLUMNS,
    Fact,
    Records,
)
from kickoff.units import AtUs

_TYPES = {"int64": pa.int64(), "int32": pa.int32(), "string": pa.string()}
SCHEMA = pa.schema([(column.name, _TYPES[column.type]) for column in COLUMNS])
"""The facts table: every column of `facts.COLUMNS`, in that order."""

ORDER = [("at", "ascending"), ("fact", "ascending"), ("subject", "ascending"), ("stream", "ascending"),
         ("place", "ascending"), ("code", "ascending")]  # fmt: skip
"""How rows are ordered wherever the order shows: the same facts in another order of arrival give the same table."""

_NULLS = {"subject": NULL_SUBJECT, "stream": 0, "source": 0}
NO_BEATS = tuple(fact for fact in Fact if fact is not Fact.BEAT)


def to_table(records: Records, *, columns: Sequence[str] | None = None) -> pa.Table:
    """The records as a table with these columns (default: all), rows in the order of the log."""
    wanted = SCHEMA.names if columns is None else [name for name in SCHEMA.names if name in columns]
    return pa.table(
        {name: _column(records, name) for name in wanted}, schema=pa.schema([SCHEMA.field(n) for n in wanted])
    )


def only(records: Records, facts: Iterable[Fact], *, until: AtUs | None = None) -> Records:
    """Only the records of these facts, and none later than `until`."""
    wanted = np.zeros(256, dtype=bool)
    wanted[[FACT_NUMBER[fact] for fact in facts]] = True
    kept = wanted[records.facts["fact"]]
    if until is not None:
        kept &= records.facts["at"] <= until
    return Records(facts=records.facts[kept], texts=records.texts)


def conform(table: pa.Table) -> pa.Table:
    """A table written by somebody else, with our columns and types; columns that it lacks are null.

    Raises `ValueError` with one line when `at` or `fact` is missing or a column cannot be read as its type.
    """
    for name in ("at", "fact"):
        if name not in table.column_names:
            raise ValueError(f"there is no column {name!r}; `kickoff facts --schema` prints the columns")
    return pa.table([_conformed(table, field) for field in SCHEMA], schema=SCHEMA)


def ordered(table: pa.Table) -> pa.Table:
    """The rows by time; of the same instant in a fixed order."""
    keys = [(name, way) for name, way in ORDER if name in table.column_names]
    if not keys:
        return table
    order = pc.sort_indices(table, sort_keys=keys)
    # PERF: sealed tables lie so already, and to copy them costs as much again as to look.
    return table if np.array_equal(order.to_numpy(), np.arange(len(table))) else table.take(order)


def _column(records: Records, name: str) -> pa.Array:
    rows = records.facts
    if name == "fact":
        return pa.array(FACT_NAMES).take(pa.array(rows["fact"]))
    if name == "lane":
        return _texts(LANE_NAMES, rows["lane"])
    if name in STRING_COLUMNS:
        return _texts(records.texts[name], rows[name])
    values = np.ascontiguousarray(rows[name])
    if name == "at":
        return pa.array(values)
    mask = values == _NULLS.get(name, NULL_INT)
    return pa.array(values.astype(np.int64 if SCHEMA.field(name).type == pa.int64() else np.int32), mask=mask)


def _texts(texts: Sequence[str], numbers: np.ndarray) -> pa.Array:
    return pa.array([None, *texts[1:]], type=pa.string()).take(pa.array(np.ascontiguousarray(numbers)))


def _conformed(table: pa.Table, field: pa.Field) -> pa.Array | pa.ChunkedArray:
    if field.name not in table.column_names:
        return pa.nulls(table.num_rows, field.type)
    column = table.column(field.name)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    try:
        return pc.cast(column, field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ValueError(
            f"column {field.name!r} is {column.type}, not {field.type}; write it as {field.type}"
        ) from error
