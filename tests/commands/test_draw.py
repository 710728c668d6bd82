"""Anyone can check a draw, and where a ticket stands in it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kickoff.cli import main
from kickoff.commands.draw import LIST, SHEET
from kickoff.plumbing import key_files
from kickoff.plumbing.record_log import open_log
from kickoff.waiting_room.snapshot import LineState
from tests.door.rig import Rig, night_text
from tests.door.test_lottery import drawn

PEOPLE = 40
Run = Callable[..., tuple[int, str]]
Played = tuple[Path, Rig, list[str]]


@pytest.fixture
def played(tmp_path: Path) -> Played:
    """A run folder whose line was drawn, its door, the tickets of those in it."""
    rig = Rig(state=LineState.DRAW)
    rig.at_s = 5.0
    tickets = [rig.join(account).json["ticket"] for account in range(1, PEOPLE + 1)]
    rig.serve(0)
    tickets.append(rig.join(PEOPLE + 1).json["ticket"])
    journal = tmp_path / "journal" / "psg-juventus"
    log = open_log(journal / "log", writer="door", file_bytes_max=1 << 20)
    assert log.append(bytes(rig.log.data))
    log.close()
    (journal / "night.toml").write_text(night_text(), "utf-8")
    key_files.store(tmp_path, rig.keys)
    return tmp_path, rig, tickets


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Type `kickoff draw …`: (exit status, what was printed)."""

    def typed(*arguments: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["draw", *map(str, arguments)])
        return int(ended.value.code or 0), capsys.readouterr().out

    return typed


def test_every_ticket_verifies(run: Run, played: Played) -> None:
    """The place that anyone computes is the place that the door keeps; the commitment is that of before."""
    folder, rig, tickets = played
    assert run("sheet", folder)[0] == 0
    sheet = folder / "status" / SHEET
    for account, ticket in enumerate(tickets, start=1):
        status, printed = run("verify", sheet, "--ticket", ticket, "--commitment", drawn(rig)["commitment"], "--json")
        found = json.loads(printed)
        assert (status, found["verified"], found["number"]) == (0, True, account)
        assert found["place"] == rig.join(account).json["place"]
        assert found["drawn"] == (account <= PEOPLE)


@pytest.mark.parametrize("change", ["secret", "seed", "commitment", "list", "shorter"])
def test_whatever_is_changed_is_found(run: Run, played: Played, change: str) -> None:
    """A sheet that was tampered with ends in a negative answer that says what does not fit."""
    folder, _, _ = played
    run("sheet", folder)
    sheet, listed = folder / "status" / SHEET, folder / "status" / LIST
    lines = listed.read_text().splitlines(keepends=True)
    if change == "list":
        lines[3], lines[4] = lines[4].replace(" 5 ", " 4 "), lines[3].replace(" 4 ", " 5 ")
        listed.write_text("".join(lines))
    elif change == "shorter":
        listed.write_text("".join(lines[:-1]))
    else:
        told = json.loads(sheet.read_text())
        told[change] = told[change][::-1]
        sheet.write_text(json.dumps(told))
    status, printed = run("verify", sheet)
    assert status == 1
    assert printed.startswith("not verified: ")


def test_another_commitment_than_the_one_shown_before_is_found(run: Run, played: Played) -> None:
    """Else a draw could be held again until its order pleases."""
    folder, _, _ = played
    run("sheet", folder)
    assert run("verify", folder / "status" / SHEET, "--commitment", "00" * 32)[0] == 1


def test_bad_input_is_one_line(run: Run, played: Played, tmp_path: Path) -> None:
    """What, where, how to mend it."""
    folder, _, tickets = played
    run("sheet", folder)
    for arguments in (
        ("verify", tmp_path / "none.json"),
        ("verify", folder / "status" / SHEET, "--ticket", "rubbish"),
        ("verify", folder / "status" / SHEET, "--ticket", tickets[0].replace("ticket", "pass")),
        ("sheet", tmp_path / "nowhere"),
    ):
        assert run(*arguments)[0] == 2
