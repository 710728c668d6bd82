"""`kickoff ingest` of complaints: what is none is refused by its header, and nothing taken in is no success."""

from pathlib import Path

import pytest

from kickoff.cli import main


def ingested(folder: Path, text: str, *arguments: str) -> object:
    """The exit status of taking in a file of this text."""
    (folder / "journal" / "tonight").mkdir(parents=True, exist_ok=True)
    (folder / "given.csv").write_text(text, "utf-8")
    with pytest.raises(SystemExit) as left:
        main(["ingest", str(folder), str(folder / "given.csv"), "--night", "tonight", *arguments])
    return left.value.code


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ("minute,count", "given.csv:1: there is no column 'source'"),
        ("source,count", "given.csv:1: there is no column 'minute'"),
        ("minute,source", "given.csv:1: there is no column 'count'"),
        ("minute,count,source", "given.csv:1: the columns are minute,count,source; write minute,source,count"),
    ],
)
def test_a_header_of_complaints_is_no_access_log(
    tmp_path: Path, head: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was asked for the house's keys instead, of which its sender has never heard."""
    assert ingested(tmp_path, f"{head}\n2022-09-06T19:01:00Z,3\n") == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_a_header_alone_is_nothing_taken_in(
    tmp_path: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """A script that sends an empty export must hear of it."""
    assert ingested(tmp_path, "minute,source,count\n", *arguments) == 1
    assert "nothing was taken in" in capsys.readouterr().err


def test_what_a_spreadsheet_writes_is_taken_in(tmp_path: Path) -> None:
    """It begins with a mark of its encoding and quotes its names."""
    assert ingested(tmp_path, '\ufeff"minute","source","count"\n2022-09-06T19:01:00Z,social,3\n') == 0
    kept = (tmp_path / "journal" / "tonight" / "complaints.csv").read_text("utf-8")
    assert kept == "minute,source,count\n2022-09-06T19:01:00.000Z,social,3\n"
