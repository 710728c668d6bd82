"""`kickoff locate` reads leaf rows as anybody exports them."""

from pathlib import Path

import msgspec
import pytest

from kickoff.cli import main

HEAD = "min,isp,box,value,cnt\n"


def rows(minute: int, failing: int) -> str:
    """Four leaves; those of provider 08 fail as told."""
    return "".join(
        f"{minute},{isp},{box},{failing if isp == '08' else 2},200\n" for isp in ("08", "8") for box in ("x", "y", "z")
    )


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Five normal minutes, then one in which provider 08 fails, then one in which the other does."""
    path = tmp_path / "case.csv"
    minutes = [rows(60 * minute, 2) for minute in range(10, 15)]
    later = rows(960, 2).replace(",2,200", ",180,200")
    path.write_text(HEAD + "".join(minutes) + rows(900, 80) + later, "utf-8")
    return path


def test_the_document_has_its_promised_shape_and_reads_no_later_row(
    case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """08 is a name, not the number 8; and minute 960 has not happened yet."""
    with pytest.raises(SystemExit) as left:
        main(["locate", str(case), "--at", "900", "--json"])
    document = msgspec.json.decode(capsys.readouterr().out)

    assert left.value.code == 0
    assert document["verdict"] == "located"
    assert document["candidates"][0]["causes"] == [{"isp": "08"}]
    assert 0 < document["candidates"][0]["confidence"] <= 1
    assert len(document["candidates"]) >= 5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("min,isp,value\n60,a,1\n", "no column 'cnt'"),
        ("min,isp,value,cnt\n60,a,many,7\n", "whole numbers"),
        ("min,isp,value,cnt\n9000,a,1,7\n", "no row is as early"),
        ("", "cannot be read as CSV"),
    ],
)
def test_a_file_that_cannot_be_counted_is_one_line(
    tmp_path: Path, text: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What, where, and how to mend it; exit status 2."""
    path = tmp_path / "case.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(SystemExit) as left:
        main(["locate", str(path), "--at", "900", "--json"])

    assert left.value.code == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
