"""Complaints made elsewhere are taken in as counts, told as evidence, and never become a number of people."""

from pathlib import Path

import pytest

from kickoff.aftermath import complaints
from kickoff.aftermath.complaints import (
    FILE,
    ComplaintsError,
    ingest_complaints,
    is_complaints,
    read_complaints,
)
from kickoff.units import AtUs, parse_iso

HEAD = "minute,source,count\n"
LATE = AtUs(parse_iso("2022-09-06T23:00:00Z"))


def written(folder: Path, rows: str) -> Path:
    """A file of complaints beside the folder."""
    path = folder / "given.csv"
    path.write_text(HEAD + rows, "utf-8")
    return path


def test_read_twice_nothing_is_counted_twice(tmp_path: Path) -> None:
    """Whoever sends the same file again, or a longer one, must not double the complaints."""
    path = written(tmp_path, "2022-09-06T19:01:00Z,social,40\n2022-09-06T19:02:00Z,social,70\n")
    assert [ingest_complaints(path, tmp_path), ingest_complaints(path, tmp_path)] == [2, 2]
    ingest_complaints(written(tmp_path, "2022-09-06T19:02:00Z,social,75\n2022-09-06T19:02:00Z,calls,3\n"), tmp_path)

    found = read_complaints(tmp_path, until=LATE)

    assert found is not None
    assert found["count"].to_pylist() == [40, 3, 75]
    assert found["source"].to_pylist() == ["social", "calls", "social"]


def test_what_came_later_is_not_read(tmp_path: Path) -> None:
    """A statement of 19:02 knows what was counted up to 19:02, and nothing of the minute that runs."""
    ingest_complaints(written(tmp_path, "2022-09-06T19:01:00Z,social,40\n2022-09-06T19:02:00Z,social,70\n"), tmp_path)

    for until, known in (("19:01:59", []), ("19:02:00", [40]), ("19:02:59", [40]), ("19:03:00", [40, 70])):
        found = read_complaints(tmp_path, until=AtUs(parse_iso(f"2022-09-06T{until}Z")))
        assert found is not None
        assert found["count"].to_pylist() == known


def test_a_minute_of_a_rehearsed_night_is_over_sooner(tmp_path: Path) -> None:
    """Its clock runs faster: after a second everything of that minute was said."""
    ingest_complaints(written(tmp_path, "2022-09-06T19:01:00Z,social,40\n"), tmp_path)

    found = read_complaints(tmp_path, until=AtUs(parse_iso("2022-09-06T19:01:01Z")), minute_s=1.0)

    assert found is not None
    assert found["count"].to_pylist() == [40]


def test_a_night_takes_no_more_counts_than_can_be_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file more would leave a night that answers nothing any more."""
    monkeypatch.setattr(complaints, "ROWS_MAX", 2)
    ingest_complaints(written(tmp_path, "2022-09-06T19:01:00Z,social,40\n2022-09-06T19:02:00Z,social,70\n"), tmp_path)
    with pytest.raises(ComplaintsError, match="more than 2 counts"):
        ingest_complaints(written(tmp_path, "2022-09-06T19:03:00Z,social,1\n"), tmp_path)

    found = read_complaints(tmp_path, until=LATE)

    assert found is not None
    assert found["count"].to_pylist() == [40, 70]


def test_a_night_without_complaints_has_none(tmp_path: Path) -> None:
    """No file is not the same as a file that counts nobody."""
    assert read_complaints(tmp_path, until=LATE) is None


@pytest.mark.parametrize(("row", "word"), [
    ("2022-09-06T19:01:00Z,social\n", "columns"), ("yesterday,social,4\n", "instant"),
    ("2022-09-06T19:01:00Z,,4\n", "source"), ("2022-09-06T19:01:00Z,social,-4\n", "count"),
    ("2022-09-06T19:01:00Z,social,many\n", "count"), (f"2022-09-06T19:01:00Z,social,{'9' * 5_000}\n", "count"),
])  # fmt: skip
def test_a_row_that_is_no_count_is_one_line_that_names_it(tmp_path: Path, row: str, word: str) -> None:
    """What, where, and how to mend it; and nothing of the file is taken in."""
    path = written(tmp_path, "2022-09-06T19:00:00Z,social,1\n" + row)

    with pytest.raises(ComplaintsError, match=rf"given.csv:3: .*{word}"):
        ingest_complaints(path, tmp_path)
    assert not (tmp_path / FILE).exists()


def test_an_access_log_is_no_count_of_complaints(tmp_path: Path) -> None:
    """`kickoff ingest` takes both, and tells them apart by the first line."""
    log = tmp_path / "access.log"
    log.write_bytes(b"\x1f\x8b\x08\x00binary")

    assert not is_complaints(log)
    assert is_complaints(written(tmp_path, ""))
