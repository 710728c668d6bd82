"""How are tables kept in files? Parquet, written whole or not at all.

Every file is written beside its place under a name that no reader looks for, flushed to the disk, and then renamed: a
reader sees the old file or the new one, and a process killed in between leaves nothing but a stray `.part` file.
"""

import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

UNFINISHED = ".part"


def write_table(path: Path, table: pa.Table, *, metadata: dict[str, str] | None = None) -> None:
    """Write a table as one Parquet file, atomically. `metadata`: short texts kept in the file's footer."""
    write_tables(path, iter([table.replace_schema_metadata(metadata or {})]))


def write_tables(path: Path, tables: Iterator[pa.Table], *, repeats: bool = False) -> None:
    """Write tables of one schema, one after the other, as one Parquet file, atomically. At least one.

    `repeats`: whole numbers repeat, as those of viewer-minutes do; else they differ, as instants and subjects do.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + UNFINISHED)
    first = next(tables)
    # A dictionary of each row group's values takes less than half of what differences take where values repeat, and
    # is read in four fifths of the time; where they do not, differences are smaller.
    texts = [field.name for field in first.schema if repeats or pa.types.is_string(field.type)]
    whole = {
        field.name: "DELTA_BINARY_PACKED" for field in first.schema if pa.types.is_integer(field.type) and not repeats
    }
    with pq.ParquetWriter(
        part, first.schema, compression="zstd", use_dictionary=texts, column_encoding=whole
    ) as writer:
        for table in itertools.chain([first], tables):
            writer.write_table(table)
    _settle(part, path)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, atomically."""
    _settle(_unfinished(path, content), path)


def replace_bytes(path: Path, content: bytes) -> None:
    """Write a file that can be made anew, atomically to its readers; a power cut may take it."""
    _unfinished(path, content).replace(path)


def _unfinished(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + UNFINISHED)
    part.write_bytes(content)
    return part


def read_tables(
    paths: Sequence[Path],
    *,
    columns: Sequence[str] | None = None,
    filters: object | None = None,
    coded: bool = False,
) -> list[pa.Table]:
    """Each file as a table, only those of `columns` that it has. No column is made up from folder names.

    `filters`: a `pyarrow.compute` expression that rows must meet · `coded`: texts as numbers with their dictionaries.
    Raises `OSError` and `pa.ArrowInvalid`.
    """
    tables = []
    for path in paths:
        schema = pq.read_schema(path)
        wanted = None if columns is None else [name for name in schema.names if name in columns]
        # PERF: a file holds its texts so already; to spell each out takes half of the time of reading a night.
        texts = [field.name for field in schema if coded and pa.types.is_string(field.type)]
        found = pq.read_table(path, columns=wanted, filters=filters, partitioning=None, read_dictionary=texts or None)
        tables.append(found)
    return tables


def rows_in(path: Path) -> int:
    """How many rows a file has. Raises `OSError`."""
    return int(pq.read_metadata(path).num_rows)


def read_metadata(path: Path) -> dict[str, str]:
    """The short texts in a file's footer."""
    found = pq.read_schema(path).metadata or {}
    return {key.decode(): value.decode() for key, value in found.items()}


def _settle(part: Path, path: Path) -> None:
    """Flush what was written, then give it its name, then flush the folder: after that it survives a power cut."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
