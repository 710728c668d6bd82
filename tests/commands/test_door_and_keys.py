"""`kickoff keys` and the ways in which `kickoff door` cannot start: one line each, and exit status 2."""

import json
import socket
from pathlib import Path

import pytest

from kickoff.accounts.sessions import GUEST_DECODER, GUEST_PURPOSE
from kickoff.cli import main
from kickoff.clock import WallClock
from kickoff.plumbing.key_files import load
from kickoff.seals import Seals
from kickoff.units import US_PER_S
from tests.door.process import NIGHT, DoorProcess
from tests.door.rig import N, Rig


def run(*arguments: str) -> int:
    """The exit status of a command."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def test_keys_are_made_shown_and_rotated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Their names are printed, their secrets never."""
    assert run("keys", str(tmp_path), "--json") == 0
    first = json.loads(capsys.readouterr().out)
    assert run("keys", str(tmp_path), "--rotate", "--json") == 0
    second = json.loads(capsys.readouterr().out)
    assert second["seals"][1:] == first["seals"]
    assert second["signing"][1:] == first["signing"]
    assert run("keys", str(tmp_path)) == 0
    shown = capsys.readouterr().out
    assert second["seals"][0] in shown
    assert load(tmp_path).seals[0].secret.hex() not in shown


def test_guests_get_claims_of_one_night(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each opens the operator's lane once; without a night there is nothing to sign."""
    assert run("keys", "guests", str(tmp_path), "--night", NIGHT, "--count", "3", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    seals, now = Seals(load(tmp_path).seals), WallClock().now()
    claims = [seals.open(GUEST_PURPOSE, text, GUEST_DECODER, at_us=now) for text in told["claims"]]
    assert {one.night for one in claims} == {NIGHT}
    assert len({one.number for one in claims}) == 3
    assert run("keys", "guests", str(tmp_path)) == 2
    assert "--night" in capsys.readouterr().err


def test_an_operators_token_opens_the_house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who has the keys' folder needs no console to act; who is named in the token is written beside each act."""
    assert run("keys", "operator", str(tmp_path), "--name", "Claire", "--hours", "2", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert run("keys", "operator", str(tmp_path), "--name", "Claire") == 0
    assert capsys.readouterr().out.count("\n") == 1
    rig = Rig(ring=load(tmp_path))
    rig.at_s += (told["expires_at"] - rig.now) / US_PER_S - 60
    assert rig.ask("POST", f"{N}/operator", {"act": "pause"}, session=told["token"]).status == 200
    assert rig.facts("operator")[-1]["app"] == "Claire"
    rig.at_s += 120
    assert rig.ask("POST", f"{N}/operator", {"act": "resume"}, session=told["token"]).status == 403
    assert told["expires_at"] - WallClock().now() <= 2 * 3600 * US_PER_S


def test_a_folder_that_is_not_there_gets_no_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped name would otherwise hold secrets that no door reads."""
    assert run("keys", str(tmp_path / "mistyped")) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "mistyped").exists()


def test_a_port_in_use_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the setting that chooses another."""
    DoorProcess(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("KICKOFF_DOOR_PORT", str(taken.getsockname()[1]))
        assert run("door", str(tmp_path)) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "KICKOFF_DOOR_PORT" in told


@pytest.mark.parametrize("damage", ["keys.json", "state/door.sqlite", f"journal/{NIGHT}/log/door-000001-000001.log"])
def test_damaged_files_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    """Nothing is written over what cannot be read."""
    DoorProcess(tmp_path)
    monkeypatch.setenv("KICKOFF_DOOR_PORT", "0")
    path = tmp_path / damage
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"nonsense" * 100)
    assert run("door", str(tmp_path)) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert path.name in told
    assert path.read_bytes() == b"nonsense" * 100
