"""Nothing written is lost; what cannot be written waits, in order and within a bound."""

import errno
import os
import threading
from pathlib import Path

import pytest

from kickoff.plumbing import record_log
from kickoff.plumbing.record_log import log_files, open_log


def test_each_start_has_an_epoch_of_its_own(tmp_path: Path) -> None:
    """A file is never written to by two starts: a torn tail stays the last thing in its file."""
    for _ in range(2):
        log = open_log(tmp_path, writer="door", file_bytes_max=100)
        assert log.append(b"a" * 96)
        log.close()
    assert [path.name for path in log_files(tmp_path)] == ["door-000001-000001.log", "door-000002-000001.log"]


def test_a_long_file_is_followed_by_another(tmp_path: Path) -> None:
    """Whoever seals the log into tables knows that all but the last are complete."""
    log = open_log(tmp_path, writer="door", file_bytes_max=100)
    before = log.is_long
    log.append(b"a" * 120)
    assert (before, log.is_long) == (False, True)
    assert log.rotate()
    log.append(b"b")
    log.close()
    assert [path.read_bytes() for path in log_files(tmp_path)] == [b"a" * 120, b"b"]


def test_a_disk_that_refuses_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was promised before is written once there is room, in its order; a half-written record is completed."""
    log = open_log(tmp_path, writer="door", file_bytes_max=1_000)
    write, room = os.write, [10]

    def grudging(file: int, data: bytes) -> int:
        if room[0] <= 0:
            raise OSError(errno.ENOSPC, "full")
        written = write(file, data[: room[0]])
        room[0] -= written
        return written

    monkeypatch.setattr(os, "write", grudging)
    assert log.append(b"12345678")
    assert not log.append(b"abcdefgh")
    stuck = log.is_stuck
    assert not log.append(b"ABCDEFGH")
    room[0] = 1_000
    assert log.append(b"")
    assert (stuck, log.is_stuck) == (True, False)
    log.close()
    assert log_files(tmp_path)[0].read_bytes() == b"12345678abcdefghABCDEFGH"


def test_what_waits_is_bounded_in_whole_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that stays full costs bounded memory, and says how much was let go."""
    monkeypatch.setattr(record_log, "UNWRITTEN_BYTES_MAX", 20)
    log = open_log(tmp_path, writer="door", file_bytes_max=1_000)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda _file, _data: 0)
        for batch in (b"a" * 8, b"b" * 8, b"c" * 8):
            assert not log.append(batch)
    assert log.dropped_bytes == 8
    assert log.append(b"d" * 8)
    log.close()
    assert log_files(tmp_path)[0].read_bytes() == b"a" * 8 + b"b" * 8 + b"d" * 8


def test_what_was_rotated_away_is_synced_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut costs the last second, not the end of the file before."""
    flushed: list[int] = []
    flush = os.fdatasync

    def noted(file: int) -> None:
        flushed.append(os.fstat(file).st_ino)
        flush(file)

    monkeypatch.setattr(os, "fdatasync", noted)
    log = open_log(tmp_path, writer="door", file_bytes_max=100)
    log.append(b"a" * 96)
    log.rotate()
    log.append(b"b" * 96)
    log.sync()
    log.sync()
    log.close()
    first, second = (path.stat().st_ino for path in log_files(tmp_path))
    assert flushed == [first, second, second, second]


def test_a_log_is_synced_again_and_again_until_the_end_of_the_block(tmp_path: Path) -> None:
    """By a thread of its own: whoever appends never waits for the disk."""
    log = open_log(tmp_path, writer="door", file_bytes_max=100)
    done = threading.Event()
    sync = log.sync

    def told() -> None:
        sync()
        done.set()

    log.sync = told  # type: ignore[method-assign]
    with record_log.synced(log, every_s=0.001):
        log.append(b"a" * 96)
        assert done.wait(10)
    log.close()
