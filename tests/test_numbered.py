"""Numbers in the place of texts and subjects: they say the same, whoever numbered them."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from kickoff.facts import NULL_SUBJECT
from kickoff.numbered import HOUSE, apart, appended, coded, cut, first_of, integers, numbered, people_of, stable_order

TEXTS = st.lists(st.sampled_from([None, "b", "a", "ü", "cc"]), max_size=30)
SUBJECTS = st.lists(st.one_of(st.none(), st.integers(-5, 5), st.sampled_from([2**62, -(2**62)])), max_size=30)


def table_of(texts: list[str | None], subjects: list[int | None]) -> pa.Table:
    """A table of as many rows as there are of both."""
    rows = min(len(texts), len(subjects))
    return pa.table({
        "subject": pa.array(subjects[:rows], pa.int64()),
        "code": pa.array(texts[:rows], pa.string()),
        "place": pa.array(range(rows), pa.int64()),
    })  # fmt: skip


@given(TEXTS, SUBJECTS)
def test_numbered_and_told_apart_again_is_the_same_table(texts: list[str | None], subjects: list[int | None]) -> None:
    """A number is no more than another spelling."""
    table = table_of(texts, subjects)
    assert apart(numbered(table)).to_pylist() == table.to_pylist()
    assert numbered(numbered(table)).to_pylist() == table.to_pylist()


@given(TEXTS, SUBJECTS)
def test_a_column_reads_the_same_whether_somebody_numbered_it_or_not(
    texts: list[str | None], subjects: list[int | None]
) -> None:
    """Stages are asked by the benches and by other people's code with plain tables, too."""
    table = table_of(texts, subjects)
    for one in (table, numbered(table), numbered(numbered(table))):
        code, people = coded(one, "code"), people_of(one)
        assert [None if n < 0 else code.names[n] for n in code.numbers.tolist()] == table["code"].to_pylist()
        who = people.subjects[people.number].tolist()
        assert [None if subject == NULL_SUBJECT else subject for subject in who] == table["subject"].to_pylist()
        assert np.all(np.diff(people.subjects.astype(object)) > 0)
        assert (people.number == HOUSE).tolist() == [subject is None for subject in table["subject"].to_pylist()]
        assert code.is_any("a", "ü").tolist() == [text in {"a", "ü"} for text in table["code"].to_pylist()]


@given(TEXTS, SUBJECTS)
def test_texts_are_numbered_as_they_appear_and_only_those_that_do(
    texts: list[str | None], subjects: list[int | None]
) -> None:
    """Where two cohorts are as large the first to appear comes first: a dictionary kept from elsewhere changes that."""
    table = numbered(table_of(texts, subjects))
    kept = table.slice(len(table) // 2)
    expected = dict.fromkeys(text for text in kept["code"].to_pylist() if text is not None)
    assert coded(numbered(kept), "code").names == tuple(expected)


@given(TEXTS, SUBJECTS, st.integers(0, 30))
def test_rows_added_are_numbered_as_if_they_had_always_been_there(
    texts: list[str | None], subjects: list[int | None], cut: int
) -> None:
    """A live answer adds a second's rows to an hour's: it must not differ from one that reads the whole."""
    table = table_of(texts, subjects)
    whole, added = numbered(table), appended(numbered(table.slice(0, cut)), table.slice(cut))
    assert added.to_pylist() == whole.to_pylist()
    assert coded(added, "code").names == coded(whole, "code").names
    assert people_of(added).number.tolist() == people_of(whole).number.tolist()


@given(TEXTS, SUBJECTS, st.integers(0, 30), st.integers(0, 30))
def test_rows_taken_back_and_added_again_leave_no_trace(
    texts: list[str | None], subjects: list[int | None], first: int, second: int
) -> None:
    """The last seconds are put in order anew when somebody was late: what they alone said is unsaid before."""
    table = table_of(texts, subjects)
    rows = min(first, second, len(table))
    whole = numbered(table)
    added = appended(cut(numbered(table.slice(0, max(first, second))), rows), table.slice(rows))
    assert added.to_pylist() == whole.to_pylist()
    assert coded(added, "code").names == coded(whole, "code").names
    assert people_of(added).number.tolist() == people_of(whole).number.tolist()


def test_a_column_that_was_not_recorded_is_null_throughout() -> None:
    """Other people's journals have fewer columns."""
    table = pa.table({"at": [1, 2]})
    assert coded(table, "cdn").is_any("one").tolist() == [False, False]
    assert people_of(table).number.tolist() == [HOUSE, HOUSE]
    assert integers(table, "place", -1).tolist() == [-1, -1]


@given(st.lists(st.integers(0, 300_000), max_size=50))
def test_numbers_are_sorted_as_they_stand(numbers: list[int]) -> None:
    """Of one account the facts stay in the order of time."""
    found = np.array(numbers, np.int32)
    assert stable_order(found).tolist() == np.argsort(found, kind="stable").tolist()


@given(st.lists(st.integers(0, 9), max_size=30))
def test_the_first_row_of_each_key_is_found(keys: list[int]) -> None:
    """As `np.unique` finds it, without sorting."""
    found = np.array(keys, np.int32)
    rows = 3 * np.arange(len(keys), dtype=np.int64)
    assert first_of(found, rows, 10).tolist() == (3 * np.unique(found, return_index=True)[1]).tolist()
