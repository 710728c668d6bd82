"""The log is read back in one pass, in pieces, and says when it cannot be."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from kickoff.door import told as told_module
from kickoff.door.told import LogUnreadableError, Told, Words, read_back
from kickoff.facts import RECORD_BYTES, Fact
from tests.door.rig import N, Rig


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """An evening's log, in a file."""
    rig = Rig()
    for account in range(1, 12):
        lease = rig.watch(account).json["lease"]
        rig.beat(lease, sta="p", msd=5)
        rig.at_s += 12
        rig.beat(lease, sta="p", watched_ms=1_000)
    rig.ask("POST", f"{N}/passes", {"ticket": "forged"})
    path = tmp_path / "door-000001-000001.log"
    path.write_bytes(rig.log.data)
    return path


def columns(told: Told) -> list[object]:
    """Everything that was told."""
    return [
        *(told.places(fact).tolist() for fact in told_module.PLACES),
        told.streams().tolist(),
        told.counts,
        told.refused,
        told.last_at,
        told.seen_ms[:12].tolist(),
        told.silences.tolist(),
        told.channels.words,
        told.kinds.words,
    ]


def test_in_pieces_or_at_once_it_is_told_the_same(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pieces bound the memory and nothing else: words learnt in one are known in the next, silences go on."""
    whole = columns(read_back([log], beat_ms=10_000, streams_max=100))
    monkeypatch.setattr(told_module, "PIECE_BYTES", 3 * RECORD_BYTES)
    assert columns(read_back([log], beat_ms=10_000, streams_max=100)) == whole


def test_what_a_damaged_file_is_and_how_to_mend_it_is_said(log: Path) -> None:
    """One line for the operator, who is in a hurry."""
    raw = bytearray(log.read_bytes())
    raw[40 * RECORD_BYTES] = 9
    log.write_bytes(raw)
    with pytest.raises(LogUnreadableError, match=r"door-000001-000001\.log: .*; move the file away"):
        read_back([log], beat_ms=10_000, streams_max=100)


def test_a_stream_beyond_the_table_is_left_out(log: Path) -> None:
    """A number that was damaged claims no memory."""
    told = read_back([log], beat_ms=10_000, streams_max=4)
    assert int(told.streams()["stream"].max()) == 4
    assert told.counts[Fact.STARTED] == 11


def test_the_time_between_two_files_teaches_nothing_about_silence(log: Path) -> None:
    """It may be the time in which the door was away."""
    later = log.with_name("door-000002-000001.log")
    later.write_bytes(log.read_bytes())
    once, twice = (read_back(paths, beat_ms=10_000, streams_max=100) for paths in ([log], [log, later]))
    assert once.silences.tolist() == [0, 11]
    assert twice.silences.tolist() == [0, 22]


def test_words_without_end_are_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a device is called comes from strangers."""
    monkeypatch.setattr(told_module, "WORDS_MAX", 3)
    words = Words("")
    assert words.numbers(["a", "", "b", "c", "a"]).tolist() == [1, 0, 2, 0, 1]
    assert words.words == ["", "a", "b"]


def test_the_last_place_of_each_lane_is_its_own(log: Path) -> None:
    """From there numbers go on."""
    told = read_back([log], beat_ms=10_000, streams_max=100)
    known = max(row[2] for row in told.places(Fact.JOINED).tolist())
    assert sorted(told.last_place(lane) for lane in range(6))[-2:] == [0, known]
    assert np.all(np.diff([row[2] for row in told.places(Fact.CALLED).tolist()]) > 0)
    assert [len(list(rows)) for _, rows in itertools.groupby(told.places(Fact.LEASED)["lane"].tolist())] == [11]
