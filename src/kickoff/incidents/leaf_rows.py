"""What do rows of leaves count, as anybody exports them? Their leaves, and what had to be chosen in reading them."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.incidents.leaves import LEAVES_MAX, Leaves, group

Vector = NDArray[np.float64]

COUNTS = ("min", "value", "cnt")
MINUTE_S = 60.0


class LeafRows(Struct, frozen=True, kw_only=True):
    """Rows of a table, counted."""

    leaves: Leaves
    remarks: tuple[str, ...]
    """What whoever wrote the rows should know: what was left out, what looks amiss. A line each."""


def leaf_rows(table: pa.Table, at: float) -> LeafRows:
    """Leaf rows as a table: `min` (Unix seconds of the minute), `value` failures among `cnt` trials, any dimensions.

    What is explained is the last minute that begins no later than `at`; no later row is read. Raises `ValueError`
    when there is none, or a row's minute or count is none.
    """
    if not len(table):
        raise ValueError("no rows; a row for each leaf and minute is needed")
    minute = _minutes(table)
    rows = np.flatnonzero(minute <= at)
    if not len(rows):
        raise ValueError(f"no row is as early as --at {at:.15g}; the first minute is {minute.min():.0f}")
    kept, minute = table.filter(pa.array(minute <= at)), minute[rows]
    names = [name for name in table.column_names if name not in COUNTS and name.strip()]
    texts = [_values(kept[name].cast(pa.string())) for name in names]
    tried, failed = _counts(kept, "cnt", rows), _counts(kept, "value", rows)
    leaves = group(
        names,
        [np.asarray(text.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64) for text in texts],
        [tuple(text.dictionary.to_pylist()) for text in texts],
        # Who counts failures and trials apart may count a failure whose trial came a minute earlier.
        tried=np.maximum(tried, failed),
        failed=failed,
        is_now=minute == minute.max(),
    )
    remarks = (*_left_out(table, leaves), *_swapped(tried, failed), *_late(minute, at))
    return LeafRows(leaves=leaves, remarks=remarks)


def _minutes(table: pa.Table) -> Vector:
    # A tool that knows missing values writes whole numbers with a point.
    found = _numbers(table, "min", np.arange(len(table)))
    wrong = np.flatnonzero(~np.isfinite(found) | (found != np.floor(found)))
    if len(wrong):
        raise ValueError(f"row {wrong[0] + 1}: min is {found[wrong[0]]:.15g}; minutes are whole Unix seconds")
    return found


def _counts(table: pa.Table, name: str, rows: NDArray[np.int64]) -> Vector:
    found = _numbers(table, name, rows)
    wrong = np.flatnonzero(~(np.isfinite(found) & (found >= 0)))
    if len(wrong):
        raise ValueError(f"row {rows[wrong[0]] + 1}: {name} is {found[wrong[0]]:g}; counts are whole numbers from 0")
    return found


def _numbers(table: pa.Table, name: str, rows: NDArray[np.int64]) -> Vector:
    """A column's numbers; `rows`: which row of the file each is, from 0."""
    try:
        return np.asarray(table[name].cast(pa.float64()).fill_null(np.nan).to_numpy())
    except pa.ArrowInvalid as error:
        row, text = next((rows[place] + 1, text) for place, text in enumerate(table[name]) if not _is_number(text))
        told = repr(text.as_py()) if text.as_py().strip() else "blank"
        raise ValueError(f"row {row}: {name} is {told}; min, value and cnt must be whole numbers") from error


def _is_number(text: pa.Scalar) -> bool:
    try:
        text.cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


def _values(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A value's number in each row; what is empty was not recorded, and no cause can be named by it."""
    return pc.dictionary_encode(pc.if_else(pc.equal(column, ""), None, column)).combine_chunks()


def _left_out(table: pa.Table, leaves: Leaves) -> Iterator[str]:
    if not all(name.strip() for name in table.column_names):
        yield "a column without a name is left out"
    if leaves.given_up:
        yield f"more than {LEAVES_MAX:,} leaves: left out, as telling least: {', '.join(leaves.given_up)}"


def _swapped(tried: Vector, failed: Vector) -> Iterator[str]:
    over, counted = int((failed > tried).sum()), int((failed + tried > 0).sum())
    if 2 * over > counted:
        yield f"value is greater than cnt in {over:,} of {counted:,} rows; are the columns swapped? cnt counts trials"


def _late(minute: Vector, at: float) -> Iterator[str]:
    """Rows may come every five minutes: their own step says when the next was due."""
    last = float(minute.max())
    before = float(minute[minute < last].max(initial=-np.inf))
    step = last - before if np.isfinite(before) else MINUTE_S
    if at >= last + max(MINUTE_S, step):
        yield f"explained is the minute {last:.0f}, the last there is: {at - last:.15g} s before --at"
