"""Who is inside: a table of streams that remembers its accounts and forgets nobody."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import given
from numpy.typing import NDArray

from kickoff.playback.leases import BYTES_PER_ROW, DEVICES_MAX, FAILED, OTHER, STARTED, LeaseTable
from kickoff.units import US_PER_S

EPOCH = 1_000_000_000_000


class Book:
    """Heads in a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[int, int] = {}

    def get(self, key: int) -> int:
        """The row."""
        return self.rows.get(key, -1)

    def put(self, key: int, value: int) -> bool:
        """Never full."""
        self.rows[key] = value
        return True

    def bulk(self, keys: NDArray[np.int64], values: NDArray[np.int64]) -> None:
        """All at once."""
        self.rows.update(zip(keys.tolist(), values.tolist(), strict=True))


def table(rows_max: int = 1_000) -> LeaseTable:
    """An empty table."""
    return LeaseTable(Book(), epoch_us=EPOCH, rows_max=rows_max)


def granted(leases: LeaseTable, subject: int, *, at_s: float = 0, channel: str = "a") -> int:
    """One more stream."""
    return leases.grant(subject, channel=channel, device="tv", at_us=EPOCH + round(at_s * US_PER_S))


def test_the_streams_of_an_account_are_listed_the_newest_first() -> None:
    """A person who must choose a screen to end is shown which they are."""
    leases = table()
    first, _, third = granted(leases, 7), granted(leases, 8), granted(leases, 7, at_s=5, channel="b")
    listed = list(leases.streams_of(7))
    assert [(one.stream, one.channel, one.since) for one in listed] == [
        (third, "b", EPOCH + 5 * US_PER_S),
        (first, "a", EPOCH),
    ]
    leases.end(first)
    assert [one.stream for one in leases.streams_of(7)] == [third]
    assert leases.has_been_inside(7)
    assert not leases.has_been_inside(9)
    assert leases.open_total == 2


def test_a_forgotten_lease_is_taken_back_and_nobody_elses_is() -> None:
    """What the door forgot, the signed token tells it again."""
    leases = table()
    assert leases.reinstate(3, 7, channel="a", device="tv", at_us=EPOCH)
    assert leases.is_open(3, 7)
    assert leases.reinstate(1, 8, channel="a", device="tv", at_us=EPOCH)
    assert not leases.reinstate(3, 8, channel="a", device="tv", at_us=EPOCH)
    assert not leases.reinstate(5_000_000, 8, channel="a", device="tv", at_us=EPOCH)
    assert not leases.reinstate(0, 8, channel="a", device="tv", at_us=EPOCH)
    assert granted(leases, 9) == 4


def test_an_ended_lease_can_be_taken_up_again_once_counted_once() -> None:
    """A viewer who comes back goes on with the same stream."""
    leases = table()
    row = granted(leases, 7)
    leases.end(row)
    leases.end(row)
    assert leases.open_total == 0
    assert leases.reinstate(row, 7, channel="a", device="tv", at_us=EPOCH)
    assert leases.reinstate(row, 7, channel="a", device="tv", at_us=EPOCH)
    assert leases.open_total == 1
    assert [one.stream for one in leases.streams_of(7)] == [row]


def test_flags_tell_how_a_start_went() -> None:
    """A switch of channel is a new start."""
    leases = table()
    row = granted(leases, 7)
    leases.mark(row, STARTED)
    assert leases.has(row, STARTED)
    leases.unmark(row, STARTED | FAILED)
    assert not leases.has(row, STARTED)
    leases.switch(row, "b")
    assert leases.channel(row) == "b"


def test_the_table_is_bounded_and_small() -> None:
    """A lease costs 29 bytes here and at most 32 in the index of heads: far below 200."""
    leases = table(rows_max=3)
    for subject in range(3):
        granted(leases, subject + 1)
    assert leases.is_full
    columns = [value for value in vars(leases).values() if type(value).__name__ == "array"]
    assert sum(column.itemsize for column in columns) == BYTES_PER_ROW


def test_devices_without_end_take_no_channel_its_name() -> None:
    """What a device is called comes from strangers: one account can fill their book, and no other."""
    leases = LeaseTable(Book(), epoch_us=EPOCH, rows_max=10_000, channels=["a", "b"])
    for number in range(DEVICES_MAX):
        leases.grant(7, channel="a", device=f"device {number}", at_us=EPOCH)
    row = leases.grant(8, channel="b", device="one more", at_us=EPOCH)
    assert leases.channel(row) == "b"
    [stream] = leases.streams_of(8)
    assert (stream.channel, stream.device) == ("b", OTHER)


@given(st.lists(st.floats(0, 3_000), min_size=1, max_size=50))
def test_inside_is_never_more_than_the_open_leases(silences_s: list[float]) -> None:
    """Each counts between nothing and one."""
    leases = table()
    for number, silence_s in enumerate(silences_s, 1):
        granted(leases, number, at_s=3_000 - silence_s)
    inside = leases.inside(at_us=EPOCH + 3_000 * US_PER_S, beat_ms=10_000)
    assert 0 < inside <= len(silences_s) + 1e-9
    heard = sum(silence_s < 15 for silence_s in silences_s)
    assert inside >= heard - 1e-9


def test_whoever_was_heard_of_just_now_counts_whole() -> None:
    """A beat is not missed before it is due."""
    leases = table()
    for subject in range(10):
        granted(leases, subject + 1)
    assert leases.inside(at_us=EPOCH + 9 * US_PER_S, beat_ms=10_000) == 10.0
