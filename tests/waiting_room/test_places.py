"""Places are given once, whatever happens to the process."""

import sqlite3
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kickoff.waiting_room.places import (
    BLOCK_MAX,
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


class Disk(MemoryBlocks):
    """A disk that takes its time: what is reserved ahead is durable once `finish` says so."""

    def __init__(self) -> None:
        super().__init__()
        self.waited = 0
        self.asked: list[int] = []

    def reserve(self, lane: str, *, upto: int) -> None:
        """Somebody waits for it."""
        self.waited += 1
        super().reserve(lane, upto=upto)

    def reserve_ahead(self, lane: str, *, upto: int) -> None:
        """It is on its way."""
        del lane
        self.asked.append(upto)

    def finish(self, lane: str) -> None:
        """The disk has done what it was asked."""
        for upto in self.asked:
            super().reserve(lane, upto=upto)
        self.asked.clear()


def test_only_the_first_of_a_night_waits_for_the_disk() -> None:
    """The next block is durable before the present one is used up: no join waits for a flush, and none stands still."""
    disk = Disk()
    book = PlaceBook("main", disk)
    for _ in range(20_000):
        book.give()
        disk.finish("main")
    assert disk.waited == 1


@given(st.lists(st.one_of(st.none(), st.integers(1, 40)), max_size=60), st.integers(0, 50_000))
def test_no_place_is_given_beyond_what_is_durable(turns: list[int | None], start: int) -> None:
    """A slow disk is waited for; a kill at any instant finds every place that was given reserved, and few more.

    `turns`: so many places are given; or the disk finishes what it was asked.
    """
    disk = Disk()
    book = PlaceBook("main", disk, last_given=start)
    for turn in turns:
        if turn is None:
            disk.finish("main")
        for _ in range(turn or 0):
            book.give()
            assert book.last_given <= disk.durable("main") <= book.last_given + BLOCK_MAX
            if disk.waited <= 1:
                assert disk.durable("main") <= book.last_given + block_size(book.last_given)


def test_a_line_that_fills_faster_than_the_disk_turns_soon_waits_no_more() -> None:
    """At kick-off thousands come within one flush of the disk: blocks of a short line would make each of them wait."""
    disk = Disk()
    book = PlaceBook("main", disk)
    for number in range(30_000):
        book.give()
        if number % 1_000 == 0:
            disk.finish("main")
    assert disk.waited <= 6


def test_a_disk_that_never_answers_the_thread_costs_a_wait_a_block() -> None:
    """Where reserving ahead fails, the door is as it was without it: slower, and right."""
    disk = Disk()
    book = PlaceBook("main", disk)
    assert [book.give() for _ in range(3_000)] == list(range(1, 3_001))
    assert disk.waited >= 4


def test_a_short_line_loses_little_to_a_lost_block() -> None:
    """After a power cut the rest of a block is a gap that is called for nobody."""
    assert (block_size(0), block_size(16_000), block_size(10_000_000)) == (64, 1_000, 8_192)


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


def test_what_is_reserved_ahead_is_written_by_another_thread(tmp_path: Path) -> None:
    """The one who asks has it back at once, sees it when it is durable, and the next start reads it."""
    blocks = SqlBlocks(sqlite3.connect(tmp_path / "door.sqlite", check_same_thread=False), night="a", boot="first")
    blocks.reserve("main", upto=64)
    blocks.reserve_ahead("main", upto=96)
    blocks.close()
    assert blocks.durable("main") == 96
    with sqlite3.connect(tmp_path / "door.sqlite") as connection:
        assert SqlBlocks(connection, night="a", boot="first").before("main") == (96, True)


def test_a_disk_that_refuses_the_thread_is_met_by_who_must_wait(tmp_path: Path) -> None:
    """A failure ahead of time promises nothing and stops nobody; the join that needs the place hears of it."""
    connection = sqlite3.connect(tmp_path / "door.sqlite", check_same_thread=False)
    blocks = SqlBlocks(connection, night="a", boot="first")
    connection.execute("DROP TABLE reserved")
    blocks.reserve_ahead("main", upto=64)
    with pytest.raises(sqlite3.OperationalError):
        blocks.reserve("main", upto=64)
    assert blocks.durable("main") == 0
    blocks.close()


def test_a_join_before_the_start_counts_as_at_it() -> None:
    """Clocks differ; a time in the index is never negative."""
    assert joined_ms(500, 1_000) == 0
    assert joined_ms(3_500_000, 1_000_000) == 2_500
