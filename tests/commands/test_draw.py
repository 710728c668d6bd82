"""Anyone can check a draw, and where a ticket stands in it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from kickoff.aftermath.draw_sheet import SHEET
from kickoff.cli import main
from kickoff.facts import read_records
from kickoff.plumbing import key_files
from kickoff.plumbing.record_log import open_log
from kickoff.seals import account_subject
from kickoff.waiting_room.draw import Ballot, commitment_of, digest_of, leaf_of, seed_of
from kickoff.waiting_room.draw_list import LIST
from kickoff.waiting_room.snapshot import LineState
from kickoff.waiting_room.tickets import TICKET_DECODER, TICKET_PURPOSE
from tests.door.rig import Rig, night_text
from tests.door.test_lottery import drawn
from tests.door.test_recovery import restarted

PEOPLE = 40
Run = Callable[..., tuple[int, str]]
Played = tuple[Path, Rig, list[str]]


@pytest.fixture
def played(tmp_path: Path) -> Played:
    """A run folder whose line was drawn, its door, the tickets of those in it."""
    rig = before(PEOPLE)
    tickets = [rig.join(account).json["ticket"] for account in range(1, PEOPLE + 1)]
    rig.serve(0)
    tickets.append(rig.join(PEOPLE + 1).json["ticket"])
    lay_out(tmp_path, rig)
    return tmp_path, rig, tickets


def before(people: int) -> Rig:
    """A door that is still shut, so many people before it."""
    rig = Rig(state=LineState.DRAW)
    rig.at_s = 5.0
    for account in range(1, people + 1):
        rig.join(account)
    return rig


def lay_out(folder: Path, rig: Rig) -> Path:
    """The run folder of a door; its log."""
    journal = folder / "journal" / "psg-juventus"
    log = open_log(journal / "log", writer="door", file_bytes_max=1 << 20)
    assert log.append(bytes(rig.log.data))
    log.close()
    (journal / "night.toml").write_text(night_text(), "utf-8")
    key_files.store(folder, rig.keys)
    return max((journal / "log").glob("*.log"))


@pytest.fixture
def kickoff(capsys: pytest.CaptureFixture[str]) -> Run:
    """Type `kickoff …`: (exit status, what was printed)."""

    def typed(*arguments: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments)])
        return int(ended.value.code or 0), capsys.readouterr().out

    return typed


@pytest.fixture
def run(kickoff: Run) -> Run:
    """Type `kickoff draw …`."""
    return lambda *arguments: kickoff("draw", *arguments)


def test_every_ticket_verifies(run: Run, played: Played) -> None:
    """The place that anyone computes is the place that the door keeps; the commitment is that of before."""
    folder, rig, tickets = played
    assert run("sheet", folder)[0] == 0
    sheet = folder / "status" / SHEET
    for account, ticket in enumerate(tickets, start=1):
        status, printed = run("verify", sheet, "--ticket", ticket, "--commitment", drawn(rig)["commitment"], "--json")
        found = json.loads(printed)
        assert (status, found["verified"], found["number"]) == (0, True, account)
        assert (found["tickets"], found["gaps"], found["commitment_compared"]) == (PEOPLE, 0, True)
        assert found["place"] == rig.join(account).json["place"]
        assert found["drawn"] == (account <= PEOPLE)


def test_a_number_suffices_to_compute_a_place(run: Run, played: Played) -> None:
    """It stands on the waiting page, and gives nobody a ticket."""
    folder, rig, _ = played
    run("sheet", folder)
    status, printed = run("verify", folder / "status" / SHEET, "--number", "known.7")
    assert (status, rig.join(7).json["lane"]) == (0, "known")
    assert f"lane known, number 7 is drawn to place {rig.join(7).json['place']}" in printed
    assert run("verify", folder / "status" / SHEET, "--number", "7")[0] == 2


def test_what_is_not_compared_and_who_came_later_is_said(run: Run, played: Played) -> None:
    """A sheet proves nothing of what was promised before; a place after the doors is no lot."""
    folder, _, tickets = played
    run("sheet", folder)
    printed = run("verify", folder / "status" / SHEET, "--ticket", tickets[-1])[1]
    assert "40 tickets of psg-juventus, 0 numbers without a ticket" in printed
    assert "commitment not compared with one that you saw before: give --commitment" in printed
    assert "number 41 came after the doors: its place is its number" in printed
    told = json.loads(run("verify", folder / "status" / SHEET, "--json")[1])
    assert told["commitment_compared"] is False


@pytest.mark.parametrize("is_before", [False, True])
def test_who_is_forgotten_takes_nobodys_proof_away(kickoff: Run, played: Played, *, is_before: bool) -> None:
    """The list is kept before somebody on it is forgotten, with their line, which names nobody."""
    folder, _, tickets = played
    if is_before:
        assert kickoff("draw", "sheet", folder)[0] == 0
    assert kickoff("forget", folder, "--account", 3)[0] == 0
    assert kickoff("draw", "sheet", folder)[0] == 0
    sheet = folder / "status" / SHEET
    for ticket in (tickets[2], tickets[3]):
        assert kickoff("draw", "verify", sheet, "--ticket", ticket)[0] == 0


def test_who_is_forgotten_before_the_draw_stands_on_the_list_as_nobody(kickoff: Run, tmp_path: Path) -> None:
    """The door that reads its log back and the list that is made of it agree, also of two who are forgotten."""
    rig = before(PEOPLE)
    tickets = [rig.join(account).json["ticket"] for account in range(1, PEOPLE + 1)]
    log = lay_out(tmp_path, rig)
    for account in (3, 9):
        assert kickoff("forget", tmp_path, "--account", account)[0] == 0
    rig.log.data[:] = log.read_bytes()
    again = restarted(rig, state=LineState.DRAW)
    again.serve(0)
    lay_out(tmp_path, again)
    assert kickoff("draw", "sheet", tmp_path)[0] == 0
    sheet = tmp_path / "status" / SHEET
    assert kickoff("draw", "verify", sheet, "--ticket", tickets[3])[0] == 0
    assert kickoff("draw", "verify", sheet, "--ticket", tickets[2])[0] == 1


def test_a_list_that_lost_a_ticket_is_not_published(kickoff: Run, played: Played) -> None:
    """Forgotten by hand, without the sheet kept: better said than shown as a sheet that nobody can verify."""
    folder, rig, _ = played
    log = next((folder / "journal" / "psg-juventus" / "log").glob("*.log"))
    subject = account_subject(rig.keys.subject_key, 3)
    raw = log.read_bytes()
    number = int(subject).to_bytes(8, "little", signed=True)
    assert number in raw
    log.write_bytes(raw.replace(number, (-(2**63)).to_bytes(8, "little", signed=True)))
    assert read_records(log.read_bytes()).facts.size
    assert kickoff("draw", "sheet", folder)[0] == 2
    assert not (folder / "status" / SHEET).exists()


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


Rows = list[tuple[str, int]]


def made_up(folder: Path, rows: Rows, **told: str) -> Path:
    """A sheet whose digests fit, of these lines, made by somebody who knows how."""
    secret, lanes = b"s" * 32, dict[str, list[tuple[int, bytes]]]()
    for lane, number in rows:
        lanes.setdefault(lane, []).append((number, leaf_of("n", Ballot(lane=lane, number=number, subject=5))))
    seed = seed_of(secret, digest_of({lane: iter(leaves) for lane, leaves in lanes.items()}))
    counts = {lane: leaves[-1][0] for lane, leaves in lanes.items()}
    sheet = {"night": "n", "commitment": commitment_of(secret), "secret": secret.hex(), "seed": seed.hex()}
    (folder / SHEET).write_text(json.dumps({**sheet, "counts": counts, **told}))
    leaf = {(lane, number): hashed.hex() for lane, leaves in lanes.items() for number, hashed in leaves}
    written = [f"{lane} {number} {leaf[lane, number]}\n" for lane, number in rows]
    (folder / LIST).write_text("".join(written))
    return folder / SHEET


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([("main", 1), ("main", 2), ("main", 2)], "do not rise"),
        ([("main", 2), ("main", 1)], "do not rise"),
        ([("main", -1), ("main", 1)], "not `lane number hash`"),
        ([("main", 0), ("main", 1)], "not `lane number hash`"),
        ([("main", 9), ("known", 1), ("main", 10)], "more than one block"),
    ],
)
def test_a_list_that_is_none_does_not_verify(run: Run, tmp_path: Path, rows: Rows, why: str) -> None:
    """Also where every hash fits: whoever made the sheet knows how to make them fit."""
    status, printed = run("verify", made_up(tmp_path, rows), "--json")
    assert (status, json.loads(printed)["verified"]) == (1, False)
    assert why in json.loads(printed)["wrong"]


def test_numbers_without_a_ticket_are_counted(run: Run, tmp_path: Path) -> None:
    """A power cut may leave a gap; whoever checks is told how large it is."""
    printed = run("verify", made_up(tmp_path, [("main", 1), ("main", 1000)]))[1]
    assert "2 tickets of n, 998 numbers without a ticket" in printed
    assert run("verify", tmp_path / SHEET, "--number", "main.2")[0] == 1


@pytest.mark.parametrize("told", [{"secret": "zz"}, {"secret": ""}, {"seed": "zz"}, {"commitment": "00"}])
def test_what_is_no_hash_is_said_to_be_none(run: Run, tmp_path: Path, told: dict[str, str]) -> None:
    """In words, not by a traceback."""
    status, printed = run("verify", made_up(tmp_path, [("main", 1)], **told))
    assert (status, "is not 32 bytes in hexadecimal" in printed) == (1, True)


def test_another_commitment_than_the_one_shown_before_is_found(run: Run, played: Played) -> None:
    """Else a draw could be held again until its order pleases. Written in capitals it is the same."""
    folder, rig, _ = played
    run("sheet", folder)
    assert run("verify", folder / "status" / SHEET, "--commitment", "00" * 32)[0] == 1
    assert run("verify", folder / "status" / SHEET, "--commitment", str(drawn(rig)["commitment"]).upper())[0] == 0


def test_a_ticket_that_is_not_on_the_list_is_a_negative_answer(run: Run, played: Played) -> None:
    """With a document that says why: it is what the command is asked for."""
    folder, rig, tickets = played
    run("sheet", folder)
    claims = rig.seals.open(TICKET_PURPOSE, tickets[4], TICKET_DECODER, at_us=rig.now)
    others = (
        (replace(claims, subject=claims.subject + 1), "not on the list"),
        (replace(claims, night="another"), "of the night another"),
    )
    for other, why in others:
        forged = rig.seals.seal(TICKET_PURPOSE, other)
        status, printed = run("verify", folder / "status" / SHEET, "--ticket", forged, "--json")
        found = json.loads(printed)
        assert (status, found["verified"]) == (1, False)
        assert why in found["wrong"]


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


@pytest.mark.parametrize(
    ("skips", "says"),
    [
        ([[3, 9]], "is on the list and among the skips"),
        ([[50, 60], [55, 70]], "do not rise"),
        ([[60, 50]], "do not rise"),
        ([[-5, 0]], "do not rise"),
        ([[first, first] for first in range(1_000, 200_000, 3)], "not as long as the sheet says"),
    ],
)
def test_numbers_of_nobody_that_do_not_fit_are_named(
    run: Run, played: Played, skips: list[list[int]], says: str
) -> None:
    """Whoever wrote the sheet may be who is checked, and may have written much."""
    folder, _, _ = played
    assert run("sheet", folder)[0] == 0
    sheet = folder / "status" / SHEET
    told = json.loads(sheet.read_text())
    if says.startswith("not as long"):
        told["counts"]["known"] += 1_000
    sheet.write_text(json.dumps({**told, "skips": {"known": skips}}))
    status, printed = run("verify", sheet)
    assert (status, says in printed) == (1, True), printed
