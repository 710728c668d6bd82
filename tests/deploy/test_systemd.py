"""The units of deploy/systemd/: systemd finds nothing wrong in them, and what they start is what runs."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kickoff.plumbing.key_files import load_or_create
from kickoff.settings import read_settings
from tests.deploy.nginx import DEPLOY
from tests.door.process import DoorProcess

UNITS = sorted((DEPLOY / "systemd").glob("kickoff*.service"))
PROGRAM = "/opt/kickoff/.venv/bin/kickoff"
EXPOSED_MAX = 20
"""Of systemd's own scale to 100: below 20 it calls a unit well protected."""


def environment() -> dict[str, str]:
    """What kickoff.env says."""
    lines = (DEPLOY / "systemd" / "kickoff.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def started_by(unit: Path, *, instance: str, folder: Path) -> tuple[list[str], dict[str, str]]:
    """(the command of a unit, its environment), on this machine."""
    text = unit.read_text("utf-8").replace("%i", instance)
    (command,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    own = re.findall(r"^Environment=(.*)$", text, re.MULTILINE)
    told = {**environment(), **dict(line.split("=", 1) for line in own)}
    told["NIGHT_FOLDER"] = str(folder)
    command = re.sub(r"\$\{(\w+)\}", lambda name: told[name[1]], command)
    first, *rest = shlex.split(command)
    assert first == PROGRAM
    return [sys.executable, "-m", "kickoff", *rest], told


def test_systemd_finds_nothing_wrong_in_the_units(tmp_path: Path) -> None:
    """A misspelt directive is ignored with a warning nobody reads; here it fails. So does a unit with wide rights."""
    for path in sorted((DEPLOY / "systemd").glob("kickoff*.[st]*")):
        program = str(Path(sys.executable).parent / "kickoff")
        (tmp_path / path.name).write_text(path.read_text("utf-8").replace(PROGRAM, program), "utf-8")
    for path in sorted(tmp_path.iterdir()):
        looked = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
        assert (looked.returncode, looked.stderr) == (0, ""), path.name
    for unit in UNITS:
        command = ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSED_MAX}"]
        looked = subprocess.run([*command, str(tmp_path / unit.name)], capture_output=True, text=True, check=False)
        assert looked.returncode == 0, looked.stdout


def test_the_settings_of_the_units_are_settings() -> None:
    """A variable that no process knows stops every process on the machine."""
    told = {name: value for name, value in environment().items() if name.startswith("KICKOFF_")}
    read_settings({**told, "KICKOFF_DOOR_PORT": "8080"})
    assert told


@pytest.mark.parametrize(("name", "port"), [("door@", ""), ("journal", ""), ("console", "KICKOFF_CONSOLE_PORT")])
def test_a_unit_starts_what_it_says(name: str, port: str, tmp_path: Path) -> None:
    """The command of the unit, with the environment of the unit, comes up and stops with 0 when told to."""
    house = DoorProcess(tmp_path / "night")
    load_or_create(house.folder)
    unit = DEPLOY / "systemd" / f"kickoff-{name}.service"
    command, told = started_by(unit, instance="0", folder=house.folder)
    free = {port: "0"} if port else {}
    process = subprocess.Popen(command, env={**os.environ, **told, **free}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(f"{name.strip('@')} ready")
    process.terminate()
    process.stdout.close()
    assert process.wait(20) == 0
