"""How is a table of millions of facts read as numbers? Texts and subjects are numbered once, for every stage.

`numbered` lays each text column down as numbers of one byte (where there are more than 127 texts, of two or four) and
subjects as numbers of four, with what they stand for beside them (Arrow dictionaries). Equal values have equal numbers;
texts are numbered as they first appear, subjects as they rise, so that what is sorted by number is sorted by subject.
`coded`, `people_of` and `integers` read a column of such a table, or of one that nobody has numbered, the same way.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from kickoff.facts import NULL_SUBJECT

UNKNOWN = -1
"""The number of a value that was not recorded."""

HOUSE = 0
"""The number of the subject of what nobody did."""

COMPARED_MAX = 8
"""So many values are sought one after the other; more by a table."""

RADIX = 16
_SIZES: tuple[tuple[int, type[np.signedinteger]], ...] = ((127, np.int8), (32_767, np.int16), (2**31 - 1, np.int32))

Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]


class Coded(Struct, frozen=True, kw_only=True):
    """One string column: a number for each row, `UNKNOWN` where it is null, and the strings by number."""

    numbers: NDArray[np.signedinteger]
    names: tuple[str, ...]

    def at(self, chosen: Mask | Integers) -> "Coded":
        """The same column of some rows."""
        return Coded(numbers=self.numbers[chosen], names=self.names)

    def number(self, name: str) -> int:
        """The number of a string; one that stands nowhere when it is not in the column."""
        return self.names.index(name) if name in self.names else UNKNOWN - 1

    def is_any(self, *names: str) -> Mask:
        """The rows that hold one of these strings."""
        wanted = [number for number, name in enumerate(self.names) if name in names]
        if len(wanted) > COMPARED_MAX:
            return np.asarray(np.array([*(name in names for name in self.names), False])[self.numbers], np.bool_)
        # PERF: to compare bytes takes a twentieth of the time of looking each up (make bench-answers).
        found = np.zeros(len(self.numbers), np.bool_)
        for number in wanted:
            found |= self.numbers == number
        return found


class People(Struct, frozen=True, kw_only=True):
    """Whose each row is: a number for each subject, rising with it; `HOUSE` is nobody's."""

    number: NDArray[np.int32]
    subjects: Integers
    """By number; the first is `NULL_SUBJECT`."""

    def first_rows(self, rows: Integers) -> Integers:
        """Of these rows, which rise, the first of each subject; in the order of the subjects."""
        return first_of(self.number[rows], rows, len(self.subjects))


def numbered(table: pa.Table) -> pa.Table:
    """The same table, its texts and its subjects numbered, each column in one piece."""
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if field.name == "subject":
            table = table.set_column(place, field.name, _numbered_subjects(column))
        elif pa.types.is_string(field.type) or pa.types.is_dictionary(field.type):
            table = table.set_column(place, field.name, _numbered_texts(column))
        else:
            table = table.set_column(place, field.name, column.combine_chunks())
    return table


def appended(table: pa.Table, new: pa.Table) -> pa.Table:
    """A numbered table with rows of the same columns after it: `numbered` of both, without numbering it again."""
    new = numbered(new)
    return pa.table({field.name: _joined(field, table[field.name], new[field.name]) for field in table.schema})


def cut(table: pa.Table, rows: int) -> pa.Table:
    """The first rows of a numbered table, without the texts that only later ones hold."""
    found = table.slice(0, rows)
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type) and field.name != "subject":
            column = _in_one_piece(found.column(place))
            # Texts are numbered as they appear: those of later rows have the highest numbers.
            known = (pc.max(column.indices).as_py() or 0) + 1 if column.null_count < rows else 0
            kept = pa.DictionaryArray.from_arrays(column.indices, column.dictionary.slice(0, known))
            found = found.set_column(place, field.name, kept)
    return found


def apart(table: pa.Table) -> pa.Table:
    """A numbered table as others hold theirs: texts by numbers of four bytes, subjects as themselves."""
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if field.name == "subject":
            table = table.set_column(place, field.name, column.cast(pa.int64()))
        elif pa.types.is_dictionary(field.type):
            table = table.set_column(place, field.name, _in_four_bytes(column))
    return table


def as_texts(table: pa.Table) -> pa.Table:
    """The same table with texts and subjects as themselves."""
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(field.type.value_type))
    return table


def coded(table: pa.Table, name: str) -> Coded:
    """A string column by numbers; all `UNKNOWN` where the table lacks it."""
    if name not in table.column_names:
        return Coded(numbers=np.full(len(table), UNKNOWN, np.int8), names=())
    whole = _in_one_piece(table[name])
    numbers = whole.indices.fill_null(UNKNOWN).to_numpy(zero_copy_only=False)
    return Coded(numbers=numbers, names=tuple(map(str, whole.dictionary.to_pylist())))


def people_of(table: pa.Table) -> People:
    """Whose each row is."""
    if "subject" not in table.column_names:
        return People(number=np.zeros(len(table), np.int32), subjects=np.array([NULL_SUBJECT]))
    column = table["subject"]
    if not pa.types.is_dictionary(column.type):
        column = pa.chunked_array([_numbered_subjects(column)])
    whole = _in_one_piece(column)
    number = whole.indices.fill_null(UNKNOWN).to_numpy(zero_copy_only=False).astype(np.int32, copy=False) + np.int32(1)
    subjects = np.asarray(whole.dictionary, np.int64)
    return People(number=number, subjects=np.concatenate([np.array([NULL_SUBJECT]), subjects]))


def integers(table: pa.Table, name: str, null: int) -> Integers:
    """A column of whole numbers; `null` where it is null or the table lacks it."""
    if name not in table.column_names:
        return np.full(len(table), null, np.int64)
    return np.asarray(table[name].cast(pa.int64()).fill_null(null).to_numpy(), np.int64)


def first_of(keys: NDArray[np.signedinteger], rows: Integers, size: int) -> Integers:
    """For each key that there is, below `size` and in their order, the first of its rows."""
    first = np.full(size, -1, np.int64)
    # Of several assignments to one place the last one counts: the first row, when they are read from the end.
    first[keys[::-1]] = rows[::-1]
    return first[first >= 0]


def stable_order(numbers: NDArray[np.int32]) -> Integers:
    """The order that sorts numbers from 0 on, equal ones as they stand. PERF: two passes by 16 bits are linear."""
    order = np.argsort((numbers & 0xFFFF).astype(np.uint16), kind="stable")
    if len(numbers) and int(numbers.max()) >> RADIX:
        order = order[np.argsort((numbers >> RADIX).astype(np.uint16)[order], kind="stable")]
    return order


def _joined(field: pa.Field, one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.Array:
    if not pa.types.is_dictionary(field.type):
        return pa.chunked_array([*one.chunks, *other.chunks], type=field.type).combine_chunks()
    join = _joined_subjects if field.name == "subject" else _joined_texts
    return join(_in_one_piece(one), _in_one_piece(other))


def _joined_texts(one: pa.DictionaryArray, other: pa.DictionaryArray) -> pa.DictionaryArray:
    """What the second has for the first time is numbered on."""
    known = {name: number for number, name in enumerate(one.dictionary.to_pylist())}
    first = np.arange(len(known))
    again = np.array([known.setdefault(name, len(known)) for name in other.dictionary.to_pylist()], np.int64)
    names = pa.array(list(known), pa.string())
    more = _laid_down(names, (other, again)).indices
    if more.type != one.indices.type:
        return _laid_down(names, (one, first), (other, again))
    # PERF: what has its numbers keeps them (make bench-answers: `live_core_share`).
    return pa.DictionaryArray.from_arrays(pa.concat_arrays([one.indices, more]), names)


def _joined_subjects(one: pa.DictionaryArray, other: pa.DictionaryArray) -> pa.DictionaryArray:
    """Those who are new stand among the others, who move up."""
    known, more = np.asarray(one.dictionary, np.int64), np.asarray(other.dictionary, np.int64)
    places = np.searchsorted(known, more)
    is_new = np.append(known, 0)[places] != more
    is_new |= places == len(known)
    subjects = np.insert(known, places[is_new], more[is_new])
    moved = np.arange(len(known)) + np.cumsum(np.bincount(places[is_new], minlength=len(known) + 1))[:-1]
    return _laid_down(pa.array(subjects), (one, moved), (other, np.searchsorted(subjects, more)), least=np.int32)


def _laid_down(
    values: pa.Array, *parts: tuple[pa.DictionaryArray, Integers], least: type[np.signedinteger] = np.int8
) -> pa.DictionaryArray:
    """Columns after each other, the numbers of each replaced by others: those of `values`."""
    size = next(kind for most, kind in _SIZES if len(values) <= most and kind(0).itemsize >= least(0).itemsize)
    numbers = np.concatenate([_looked_up(column, again.astype(size)) for column, again in parts])
    mask = numbers == UNKNOWN if any(column.null_count for column, _ in parts) else None
    return pa.DictionaryArray.from_arrays(pa.array(numbers, mask=mask), values)


def _looked_up(column: pa.DictionaryArray, again: NDArray[np.signedinteger]) -> NDArray[np.signedinteger]:
    numbers = column.indices.fill_null(len(again)) if column.null_count else column.indices
    return np.asarray(np.append(again, again.dtype.type(UNKNOWN))[numbers.to_numpy(zero_copy_only=False)])


def _in_four_bytes(column: pa.ChunkedArray) -> pa.ChunkedArray:
    texts = pa.dictionary(pa.int32(), pa.string())
    chunks = [pa.DictionaryArray.from_arrays(one.indices.cast(pa.int32()), one.dictionary) for one in column.chunks]
    return pa.chunked_array(chunks, type=texts)


def _numbered_texts(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Numbers in the order in which texts appear; what does not appear has none."""
    whole = _in_one_piece(column)
    used = pc.unique(whole.indices).drop_null().to_numpy()
    again = np.full(len(whole.dictionary), UNKNOWN, np.int64)
    again[used] = np.arange(len(used))
    return _laid_down(whole.dictionary.take(pa.array(used)), (whole, again))


def _numbered_subjects(column: pa.ChunkedArray) -> pa.DictionaryArray:
    whole = column.cast(pa.int64()).combine_chunks().dictionary_encode()
    subjects = np.asarray(whole.dictionary, np.int64)
    order = np.argsort(subjects)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return _laid_down(pa.array(subjects[order]), (whole, rank), least=np.int32)


def _in_one_piece(column: pa.ChunkedArray) -> pa.DictionaryArray:
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column.cast(pa.string()))
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], column.type.value_type).dictionary_encode()
    return whole
