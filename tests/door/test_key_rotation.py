"""Keys are rotated while the door runs: the new ones sign, what the old ones signed stays good."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kickoff.cli import _application
from tests.door.process import Caller, DoorProcess
from tests.door.rig import CLIENT, N
from tests.door.test_serve import Rush
from tests.valkey import until


@pytest.fixture
def door(tmp_path: Path) -> Iterator[DoorProcess]:
    """A door that runs."""
    process = DoorProcess(tmp_path / "run")
    process.start()
    yield process
    process.kill()


def test_a_running_door_takes_new_keys_without_a_restart(door: DoorProcess) -> None:
    """Nobody in line notices; whoever comes now gets a ticket of the new key."""
    rush, caller = Rush(door), Caller(door.port)
    rush.join(caller, 1)
    old = rush.tickets[1]
    was = caller.call("GET", "/.well-known/jwks.json")[1]["keys"]
    rotated = CliRunner().invoke(_application(["keys"]), ["keys", "rotate", str(door.folder), "--json"])
    assert rotated.exit_code == 0, rotated.output

    def kinds() -> list[str]:
        return [key["kid"] for key in caller.call("GET", "/.well-known/jwks.json")[1]["keys"]]

    until(lambda: len(kinds()) == 4)
    assert kinds()[2:] == [key["kid"] for key in was]
    # The session was sealed by the old key, and so was the ticket; both are good.
    status, again = rush.join(caller, 1)
    assert (status, again["place"]) == (200, 1)
    assert again["ticket"].split(".")[1] != old.split(".")[1]
    until(lambda: caller.call("POST", f"{N}/passes", {"ticket": old})[0] == 201)
    wanted = {"pass": caller.call("POST", f"{N}/passes", {"ticket": old})[1]["pass"], "channel": "canal-plus"}
    status, lease = caller.call("POST", f"{N}/leases", wanted | {"client": CLIENT}, session=rush.session(1))
    assert status == 201
    assert caller.call("GET", f"/v1/check/live/north/{lease['playback_token']}/canal-plus/master.m3u8")[0] == 200
