"""`kickoff locate` reads leaf rows as anybody exports them."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from kickoff.cli import main
from kickoff.commands.locate import read_case
from kickoff.incidents import locate
from kickoff.incidents.leaves import LEAVES_MAX

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
        ("min,isp,value,cnt\n60,a,1,7\n,b,1,7\n", "row 2: min is blank"),
        ("min,isp,value,cnt\n6000,a,1,\n60,a,1,7\n60,b,1,\n", "row 3: cnt is blank"),
        ("min,isp,value,cnt\n60,a,1,7\n60.5,b,1,7\n", "row 2: min is 60.5"),
        ("min,isp,value,cnt\n60,a,1,7\n60,b,-3,7\n", "row 2: value is -3"),
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
    """Quoted names, minutes with a point, rows in any order, a column of households, a mostly empty one; tabs, `;`."""
    head, *lines = case.read_text("utf-8").splitlines()
    plain = locate(read_case(case, 900)).candidates[0]
    for number in range(5):
        changed = [
            [head, *lines[::-1]],
            [",".join(f'"{field}"' for field in line.split(",")) for line in (head, *lines)],
            ["id,note," + head, *(f"{10**30 + row % 9},{'x' if not row else ''}," + line.replace("00,", "00.0,", 1)
                                  for row, line in enumerate(lines))],
            [line.replace(",", ";") for line in (head, *lines)],
            [line.replace(",", "\t") for line in (head, *lines)],
        ][number]  # fmt: skip
        case.write_text("\r\n".join(changed) + "\r\n", "utf-8-sig")
        assert locate(read_case(case, 900)).candidates[0].causes == plain.causes, changed[0]


@pytest.mark.parametrize("at", ["nan", "inf", "900000000000"])
def test_no_instant_is_refused(case: Path, at: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every row, or none, would be earlier than that."""
    with pytest.raises(SystemExit) as left:
        main(["locate", str(case), "--at", at])

    assert left.value.code == 2
    assert "is no instant" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "at", "says"),
    [
        (lambda text: text, "900", ""),
        (lambda text: text, "959.5", ""),
        (lambda text: "".join(f"{number}," * (number > 0) + "," * (number == 0) + line + "\n"
                              for number, line in enumerate(text.splitlines())), "900", "without a name is left out"),
        (lambda text: text.replace("value,cnt", "cnt,value"), "900", "are the columns swapped?"),
        (lambda text: text, "1100", "explained is the minute 960, the last there is: 140 s before --at"),
    ],
)  # fmt: skip
def test_what_had_to_be_chosen_is_said_in_one_line(
    case: Path, change: Callable[[str], str], at: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An answer about an old minute, or with columns mixed up, looks like any other. What is as usual needs no word."""
    case.write_text(change(case.read_text("utf-8")), "utf-8")
    with pytest.raises(SystemExit) as left:
        main(["locate", str(case), "--at", at, "--json"])
    told = capsys.readouterr()

    assert left.value.code == 0
    assert says in told.err
    assert told.err.count("\n") == bool(says)
    named = {name for one in msgspec.json.decode(told.out)["candidates"] for cause in one["causes"] for name in cause}
    assert named <= {"isp", "box"}


def test_a_dimension_that_is_given_up_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A cause that lies in it would never be found, and nobody would know why."""
    path = tmp_path / "case.csv"
    lines = (f"{60 * (row % 2)},home{row},{'ab'[row // 2 % 2]},0,9\n" for row in range(LEAVES_MAX + 2))
    path.write_text("min,home,isp,value,cnt\n" + "".join(lines), "utf-8")
    found = read_case(path, 60)

    assert found.dimensions == ("isp",)
    assert "left out, as telling least: home" in capsys.readouterr().err


def test_blas_gets_one_thread_unless_somebody_wants_more(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a thread for each core a case costs three times the processor, and no less time."""
    for wanted, given in ((None, "1"), ("3", "3")):
        monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
        if wanted:
            monkeypatch.setenv("OPENBLAS_NUM_THREADS", wanted)
        with pytest.raises(SystemExit):
            main(["locate", str(case), "--at", "900"])
        assert os.environ["OPENBLAS_NUM_THREADS"] == given


def test_numpy_is_not_there_before_a_command_is(tmp_path: Path) -> None:
    """It reads the number of threads when it is imported, once."""
    code = "import sys, kickoff.cli; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=tmp_path).returncode == 0


def test_one_row_and_no_trials_are_answered_too(tmp_path: Path) -> None:
    """Nothing can be told, and that is said."""
    path = tmp_path / "case.csv"
    for text in ("900,08,x,5,9\n", "900,08,x,0,0\n900,8,y,0,0\n", "900,08,x,9,5\n840,8,y,0,0\n"):
        path.write_text(HEAD + text, "utf-8")
        assert locate(read_case(path, 900)).verdict in {"outside", "cannot_tell"}
