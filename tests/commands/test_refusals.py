"""What cannot be done is refused in one line that says what, where, and how to mend it; nothing is lost by it."""

from pathlib import Path

import pytest

from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.aftermath.manifest import NAME
from kickoff.aftermath.sealing import seal_closed
from kickoff.commands import BadInput, collector, keys, people
from kickoff.commands.report import command as report
from kickoff.console.accounts import People
from kickoff.console.roles import EVERY
from kickoff.facts import Fact
from kickoff.night import parse_night
from kickoff.night_folder import lay_out
from kickoff.run_folder import RunFolder
from tests.aftermath import played
from tests.aftermath.logs import at, joined, write_log

EXAMPLE = Path(__file__).parents[2] / "examples" / "psg-juventus.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder that holds one night, `tonight`."""
    (tmp_path / "journal" / "tonight").mkdir(parents=True)
    return tmp_path


def test_a_folder_that_cannot_be_made_is_bad_input(tmp_path: Path) -> None:
    """`--out` below a file."""
    (tmp_path / "file").write_text("")
    night = parse_night(EXAMPLE.read_text("utf-8"), source="example")
    with pytest.raises(BadInput, match="give --out a folder that can be made"):
        lay_out(RunFolder(tmp_path / "file" / "out", night.name), source=EXAMPLE, night=night)


def test_nobody_who_is_known_is_added_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It gave a new password and the least role: the only operator was one word away from being locked out."""
    accounts = People(folder)
    password = accounts.add("operator", EVERY)
    with pytest.raises(BadInput, match="is there already; --change"):
        people.command(people.Act.ADD, folder, "operator")
    assert accounts.is_right("operator", password)
    people.command(people.Act.ADD, folder, "operator", change=True)
    known = accounts.person("operator")
    assert known is not None
    assert known.roles == EVERY
    assert not accounts.is_right("operator", password)
    people.command(people.Act.ADD, folder, "operator", roles="care", change=True)
    assert "care" in capsys.readouterr().out


def test_damaged_accounts_are_told_in_one_line(folder: Path) -> None:
    """With the file's name and what to do."""
    (folder / "state").mkdir()
    (folder / "state" / "console.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(BadInput, match=r"console\.sqlite: cannot be used .*move it away"):
        people.command(people.Act.LIST, folder)


def test_a_damaged_ledger_is_told_in_one_line(tmp_path: Path) -> None:
    """The report is written another time, with a ledger that can be read."""
    run = played.lay_out(tmp_path / "out", people=5)
    (run.root / "state").mkdir(exist_ok=True)
    (run.root / "state" / "ledger.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(BadInput, match=r"ledger\.sqlite"):
        report(run.root, rehearse=False)


def test_no_token_is_signed_for_a_night_that_is_not_there(folder: Path) -> None:
    """It would be refused on the night, by everybody, at once."""
    with pytest.raises(BadInput, match=r"--night nope: .* holds tonight"):
        collector.command(folder, name="cdn", night="nope")
    with pytest.raises(BadInput, match=r"--night nope: .* holds tonight"):
        keys.command("guests", folder, night="nope")
    with pytest.raises(BadInput, match="only `keys guests` is of one night"):
        keys.command("rotate", folder, night="tonight")
    with pytest.raises(BadInput, match="--name 'two\\\\nlines': is no name"):
        collector.command(folder, name="two\nlines", night="tonight")


def test_no_operator_is_nameless_or_for_days(folder: Path) -> None:
    """Each act is written down with who did it, in 40 characters; a token that is lost is good for one evening."""
    for name, hours, told in (
        ("", 1.0, "whose"),
        (" ", 1.0, "is no name"),
        ("o" * 41, 1.0, "40 characters"),
        ("o", 24.5, "24 hours at most"),
    ):
        with pytest.raises(BadInput, match=told):
            keys.command("operator", folder, name=name, hours=hours)
    with pytest.raises(BadInput, match="only an operator's token"):
        keys.command("guests", folder, night="tonight", name="o")


@pytest.mark.parametrize("name", ["", ".", "..", "../journal/a-night"])
def test_a_night_is_a_name_and_no_way_elsewhere(tmp_path: Path, name: str) -> None:
    """What lies beside the journal is not answered."""
    write_log(tmp_path, [joined(1, 10, 1)])
    with pytest.raises(JournalError, match="holds no night"):
        JournalView(tmp_path, name)


def damaged(root: Path, *, cut: bool) -> JournalView:
    """A sealed night one of whose tables is gone, or cut."""
    night = write_log(root, [joined(1, 10, 1)])
    assert seal_closed(night, now=at(10_000))
    part = next((night / "facts").rglob("*.parquet"))
    part.write_bytes(part.read_bytes()[:40]) if cut else part.unlink()
    return JournalView(root, "a-night")


@pytest.mark.parametrize("cut", [True, False])
def test_damaged_tables_are_mended_by_what_is_advised(tmp_path: Path, *, cut: bool) -> None:
    """The advice is followed here, so that it stays true."""
    with pytest.raises(JournalError, match=r"delete .*sealed\.json and run `kickoff journal`"):
        damaged(tmp_path, cut=cut).facts(where=(Fact.JOINED,))
    (tmp_path / "a-night" / NAME).unlink()
    assert seal_closed(tmp_path / "a-night", now=at(10_000))
    assert JournalView(tmp_path, "a-night").facts(where=(Fact.JOINED,)).num_rows == 1
