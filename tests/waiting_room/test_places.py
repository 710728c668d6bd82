"""Places are given once, whatever happens to the process."""

import sqlite3
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kickoff.waiting_room.places import (
    PLACE_MAX,
    MemoryBlocks,
    PlaceBook,
    block_size,
    joined_ms,
    last_given_before,
    packed,
    unpacked,
)
from kickoff.waiting_room.sql import SqlBlocks


@given(st.integers(0, 15), st.integers(1, PLACE_MAX), st.integers(0, 2**31 - 1))
def test_a_word_of_the_index_tells_lane_place_and_time(lane: int, place: int, milliseconds: int) -> None:
    """Everything that a re-join must be told stands in 8 bytes."""
    word = packed(lane, place, milliseconds)
    assert 0 <= word < 2**63
    assert unpacked(word) == (lane, place, milliseconds)


@given(st.integers(0, 100_000), st.integers(1, 300))
def test_a_place_is_reserved_before_it_is_given(start: int, count: int) -> None:
    """At no instant has a place been given that a restart could give again."""
    blocks = MemoryBlocks()
    book = PlaceBook("main", blocks, last_given=start)
    for number in range(count):
        assert book.give() == start + number + 1
        assert blocks.reserved["main"] >= book.last_given


def test_a_reservation_that_fails_gives_no_place() -> None:
    """On a full disk nobody is promised anything, and nothing is skipped when it has room again."""

    class Full(MemoryBlocks):
        refuses = True

        def reserve(self, lane: str, *, upto: int) -> None:
            if self.refuses:
                raise sqlite3.OperationalError("disk full")
            super().reserve(lane, upto=upto)

    blocks = Full()
    book = PlaceBook("main", blocks)
    with pytest.raises(sqlite3.OperationalError):
        book.give()
    blocks.refuses = False
    assert book.give() == 1


def test_a_short_line_loses_little_to_a_lost_block() -> None:
    """After a power cut the rest of a block is a gap that is called for nobody."""
    assert (block_size(0), block_size(16_000), block_size(10_000_000)) == (64, 1_000, 4_096)


def test_the_line_goes_on_without_a_gap_unless_the_log_may_be_torn() -> None:
    """A killed process has lost nothing; a machine that went down may have."""
    assert last_given_before(logged=70, reserved=128, log_is_whole=True) == 70
    assert last_given_before(logged=70, reserved=128, log_is_whole=False) == 128
    assert last_given_before(logged=200, reserved=128, log_is_whole=False) == 200


def test_reservations_outlive_the_process(tmp_path: Path) -> None:
    """The next start reads what the last one may have given, and whether the machine went down between."""
    with sqlite3.connect(tmp_path / "door.sqlite") as connection:
        SqlBlocks(connection, night="a", boot="first").reserve("main", upto=64)
        SqlBlocks(connection, night="a", boot="first").reserve("main", upto=32)
    with sqlite3.connect(tmp_path / "door.sqlite") as connection:
        assert SqlBlocks(connection, night="a", boot="first").before("main") == (64, True)
        assert SqlBlocks(connection, night="a", boot="second").before("main") == (64, False)
        assert SqlBlocks(connection, night="b", boot="second").before("main") == (0, True)


def test_a_join_before_the_start_counts_as_at_it() -> None:
    """Clocks differ; a time in the index is never negative."""
    assert joined_ms(500, 1_000) == 0
    assert joined_ms(3_500_000, 1_000_000) == 2_500
