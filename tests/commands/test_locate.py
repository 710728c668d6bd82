"""`kickoff locate` reads leaf rows as anybody exports them."""

from pathlib import Path

import msgspec
import pytest

from kickoff.cli import main
from kickoff.commands.locate import read_case
from kickoff.incidents import locate

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
        ("min,isp,value,cnt\n", "no rows"),
        ("min,isp,isp,value,cnt\n60,a,b,1,7\n", "several columns 'isp'"),
        ("min,isp,value,cnt\n60,a,1,nan\n", "cnt is nan"),
        ("min,isp,value,cnt\n60,a,-3,7\n", "value is -3"),
        ("min,isp,value,cnt\n60,a,,7\n", "whole numbers"),
        ("min,isp,value,cnt\n60,a\n", "Expected 4 columns"),
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


def test_the_same_case_is_answered_however_it_was_exported(case: Path) -> None:
    """Quoted names, minutes with a point, rows in any order, a column of households, one that is mostly empty."""
    head, *lines = case.read_text("utf-8").splitlines()
    plain = locate(read_case(case, 900)).candidates[0]
    for number in range(3):
        changed = [
            [head, *lines[::-1]],
            [",".join(f'"{field}"' for field in line.split(",")) for line in (head, *lines)],
            ["id,note," + head, *(f"{10**30 + row % 9},{'x' if not row else ''}," + line.replace("00,", "00.0,", 1)
                                  for row, line in enumerate(lines))],
        ][number]  # fmt: skip
        case.write_text("\r\n".join(changed) + "\r\n", "utf-8-sig")
        assert locate(read_case(case, 900)).candidates[0].causes == plain.causes, changed[0]


def test_one_row_and_no_trials_are_answered_too(tmp_path: Path) -> None:
    """Nothing can be told, and that is said."""
    path = tmp_path / "case.csv"
    for text in ("900,08,x,5,9\n", "900,08,x,0,0\n900,8,y,0,0\n", "900,08,x,9,5\n840,8,y,0,0\n"):
        path.write_text(HEAD + text, "utf-8")
        assert locate(read_case(path, 900)).verdict in {"outside", "cannot_tell"}
