"""The one-place index: what a dictionary would say, in a quarter of its memory."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from kickoff.seals import keyed_hash64
from kickoff.waiting_room.index import ABSENT, PackedIndex

KEYS = st.integers(-(2**63), 2**63 - 1) | st.integers(-5, 5) | st.sampled_from([256 * n for n in range(40)])
VALUES = st.integers(0, 2**63 - 1)


@given(st.lists(st.tuples(KEYS.filter(bool), VALUES), max_size=400))
def test_it_answers_like_a_dictionary(entries: list[tuple[int, int]]) -> None:
    """Whatever the keys, also those that all fall on one home slot."""
    index, known = PackedIndex(1_000), dict[int, int]()
    for key, value in entries:
        assert index.put(key, value)
        known[key] = value
    assert len(index) == len(known)
    assert all(index.get(key) == value for key, value in known.items())
    assert index.get(123_456_789) == known.get(123_456_789, ABSENT)


@given(st.lists(st.tuples(st.integers(1, 40), st.sampled_from(("get", "put", "bulk"))), max_size=300))
def test_a_slot_that_was_looked_at_in_vain_is_the_right_one_later(steps: list[tuple[int, str]]) -> None:
    """Between the look and the entry others may come, and tables may grow or be built anew."""
    index, known = PackedIndex(1_000), dict[int, int]()
    for number, (chosen, step) in enumerate(steps):
        key = 256 * chosen
        if step == "get":
            assert index.get(key) == known.get(key, ABSENT)
        elif step == "put":
            assert index.put(key, number)
            known[key] = number
        elif not known:
            index.get(key)
            index.bulk(np.array([256 * (chosen + 1)], np.int64), np.array([number], np.int64))
            known[256 * (chosen + 1)] = number
    assert len(index) == len(known)
    assert all(index.get(key) == value for key, value in known.items())


@given(st.dictionaries(KEYS.filter(bool), VALUES, max_size=600))
def test_built_at_once_or_one_by_one_it_says_the_same(entries: dict[int, int]) -> None:
    """The way back from the log leads to the same line."""
    index = PackedIndex(1_000)
    index.bulk(np.array(list(entries), np.int64), np.array(list(entries.values()), np.int64))
    assert len(index) == len(entries)
    assert all(index.get(key) == value for key, value in entries.items())
    assert index.put(99, 7)
    assert index.get(99) == 7


def test_of_two_values_of_one_key_the_first_stands() -> None:
    """A household that proved to hold two places keeps the lower, which the log's reader puts first."""
    index = PackedIndex(10)
    index.bulk(np.array([5, 6, 5], np.int64), np.array([1, 2, 3], np.int64))
    assert (index.get(5), index.get(6), len(index)) == (1, 2, 2)


def test_of_more_keys_than_it_may_hold_the_first_are_kept() -> None:
    """Rows are not keys: a full line's log names some holders twice, and must still be read back."""
    index = PackedIndex(2)
    index.bulk(np.array([5, 5, 5, 6, 7], np.int64), np.array([1, 2, 3, 4, 5], np.int64))
    assert (index.get(5), index.get(6), index.get(7), len(index)) == (1, 4, ABSENT, 2)


def test_an_entry_takes_at_most_32_bytes() -> None:
    """Waiting costs this and nothing else, above the first megabyte: 2.3 million viewers in some 60 MB."""
    index, most = PackedIndex(100_000), 0.0
    for number in range(90_000):
        index.put(keyed_hash64(b"k", b"%d" % number), number)
        if number > 33_000 and number % 500 == 0:
            most = max(most, index.bytes_used / len(index))
    assert most <= 32
    rebuilt = PackedIndex(100_000)
    keys = np.array([keyed_hash64(b"k", b"%d" % number) for number in range(90_000)], np.int64)
    rebuilt.bulk(keys, np.arange(90_000))
    assert rebuilt.bytes_used / len(rebuilt) <= 32


def test_full_it_refuses_the_new_and_knows_the_old() -> None:
    """Nobody's place is evicted to make room for another."""
    index = PackedIndex(3)
    assert all(index.put(key, key) for key in (1, 2, 3))
    assert not index.left
    assert not index.put(4, 4)
    assert index.put(2, 9)
    assert (index.get(2), index.get(4)) == (9, ABSENT)
