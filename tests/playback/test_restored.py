"""Streams read back all at once are those that were played one by one."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from kickoff.playback.leases import FAILED, STARTED, STOPPED, LeaseTable
from kickoff.playback.restored import BROKEN, GRANTED, OVER, PUT_OUT, SHOWN, StreamFacts, restored
from kickoff.units import US_PER_MS
from tests.playback.test_leases import EPOCH, Book

CHANNELS = ["", "a", "b", "c"]
DEVICES = ["", "tv", "web"]
Happened = tuple[int, int, int, int, int]
FACTS = st.lists(
    st.tuples(st.integers(1, 6), st.integers(1, 4), st.integers(1, 5), st.integers(1, 3), st.integers(1, 2)),
    max_size=60,
)
"""(stream, subject, kind, channel, device)."""


def one_by_one(facts: list[Happened]) -> LeaseTable:
    """What a door does as it happens, fact after fact."""
    table = LeaseTable(Book(), epoch_us=EPOCH, rows_max=100)
    for number, (stream, subject, kind, channel, device) in enumerate(facts):
        at = EPOCH + number * US_PER_MS
        if kind == GRANTED:
            if table.reinstate(stream, subject, channel=CHANNELS[channel], device=DEVICES[device], at_us=at):
                table.switch(stream, CHANNELS[channel])
                table.unmark(stream, STARTED | FAILED | STOPPED)
                table.token_given(stream, at)
        elif table.is_known(stream, subject):
            if kind == SHOWN:
                table.mark(stream, STARTED)
                table.unmark(stream, FAILED)
            elif kind == BROKEN:
                table.mark(stream, FAILED)
            else:
                table.end(stream)
                if kind == PUT_OUT:
                    table.mark(stream, STOPPED)
    return table


def at_once(facts: list[Happened]) -> LeaseTable:
    """The same, read back."""
    table = LeaseTable(Book(), epoch_us=EPOCH, rows_max=100)
    columns = np.array(facts, np.int64).reshape(-1, 5).T
    streams = restored(
        StreamFacts(
            stream=columns[0].astype(np.uint32),
            subject=columns[1],
            at_us=EPOCH + np.arange(len(facts)) * US_PER_MS,
            kind=columns[2].astype(np.uint8),
            channel=columns[3].astype(np.uint16),
            device=columns[4].astype(np.uint16),
        )
    )
    table.restore(streams, seen_us=streams.granted_us, channels=CHANNELS, devices=DEVICES)
    return table


def seen_of(table: LeaseTable) -> list[object]:
    """All that can be asked of six streams and four accounts."""
    flags = (STARTED, FAILED, STOPPED)
    return [
        len(table),
        table.open_total,
        *([(one.stream, one.device, one.channel, one.since) for one in table.streams_of(who)] for who in range(1, 5)),
        *(table.has_been_inside(who) for who in range(1, 5)),
        *(table.is_known(row, who) for row in range(1, 7) for who in range(1, 5)),
        *(table.has(row, flag) for row in range(1, len(table) + 1) for flag in flags),
        *(table.token_age_s(row, EPOCH + 100 * US_PER_MS) for row in range(1, len(table) + 1)),
    ]


@given(FACTS)
def test_read_back_at_once_it_is_the_table_that_was(facts: list[Happened]) -> None:
    """Also with streams granted twice, ended twice, claimed by others, or begun before they were granted."""
    assert seen_of(at_once(facts)) == seen_of(one_by_one(facts))


def test_a_table_read_back_goes_on_granting() -> None:
    """The columns grow as before, and the next stream has the next number."""
    table = at_once([(2, 7, GRANTED, 1, 1), (2, 7, OVER, 1, 1)])
    assert table.grant(8, channel="b", device="tv", at_us=EPOCH) == 3
    assert table.reinstate(1, 9, channel="b", device="tv", at_us=EPOCH)
    assert [one.stream for one in table.streams_of(8)] == [3]
