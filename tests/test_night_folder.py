"""Making a night ready to be played."""

import socket
from pathlib import Path

import pytest

from kickoff.commands import BadInput
from kickoff.night_folder import check_ports, lay_out, read_night, write_start
from kickoff.run_folder import RunFolder
from kickoff.settings import DoorSettings, Settings
from kickoff.units import parse_iso

EXAMPLE = Path(__file__).parent.parent / "examples" / "psg-juventus.toml"


def test_a_missing_file_is_said_with_the_remedy(tmp_path: Path) -> None:
    """A mistyped name is the most common mistake of all."""
    with pytest.raises(BadInput, match=r"night\.toml: there is no such file; name a night file"):
        read_night(tmp_path / "night.toml")


def test_a_night_without_its_curve_does_not_start(tmp_path: Path) -> None:
    """Found before the doors open, not when the crowd fails to come."""
    copy = tmp_path / "night.toml"
    copy.write_text(EXAMPLE.read_text())

    with pytest.raises(BadInput, match=r"there is no 'arrivals-1998-06-30\.csv' beside it"):
        read_night(copy)


def test_a_time_zone_that_nobody_lives_in_is_refused(tmp_path: Path) -> None:
    """The clock on every page and in every notice is told by it."""
    copy = tmp_path / "night.toml"
    copy.write_text(EXAMPLE.read_text().replace("Europe/Paris", "Europe/Pariss"))

    with pytest.raises(BadInput, match=r"night\.toml:\d+: time_zone: .* did you mean 'Europe/Paris'\?"):
        read_night(copy)


def test_a_port_in_use_is_named_with_the_setting_to_change() -> None:
    """The second `make run` on a machine says what to do."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(BadInput, match=rf"port {port} .*KICKOFF_DOOR_PORT"):
            check_ports(Settings(door=DoorSettings(port=port)))


def test_the_night_as_run_knows_its_start_and_its_scale(tmp_path: Path) -> None:
    """The journal's copy is what every later answer reads."""
    night, text = read_night(EXAMPLE)
    folder = RunFolder(tmp_path / "out", night.name)
    lay_out(folder, source=EXAMPLE, night=night)
    start = parse_iso("2022-09-06T18:59:00Z")

    once = write_start(folder, text, starts_at=start, scale=0.1)
    again = write_start(folder, folder.night_file.read_text(), starts_at=start)

    assert once.crowd is not None
    assert once.crowd.subscribers == 2000
    assert once.at(0) == start
    assert again == once
    assert (folder.journal / "arrivals-1998-06-30.csv").is_file()


def test_an_earlier_run_is_put_aside_not_lost(tmp_path: Path) -> None:
    """Playing again must not destroy the only record of the last night."""
    night, _ = read_night(EXAMPLE)
    folder = RunFolder(tmp_path / "out", night.name)
    lay_out(folder, source=EXAMPLE, night=night)
    folder.summary.write_text("{}")

    lay_out(folder, source=EXAMPLE, night=night)

    assert not folder.summary.exists()
    assert (tmp_path / "out.previous" / "summary.json").read_text() == "{}"


def test_a_folder_that_is_no_run_is_left_alone(tmp_path: Path) -> None:
    """`--out ~` must not move somebody's home."""
    night, _ = read_night(EXAMPLE)
    (tmp_path / "letters").mkdir()

    with pytest.raises(BadInput, match="is no run folder"):
        lay_out(RunFolder(tmp_path / "letters", night.name), source=EXAMPLE, night=night)


def test_a_host_that_nobody_knows_is_no_port_in_use() -> None:
    """It was said of a misspelt name to end what uses its port."""
    with pytest.raises(BadInput, match=r"host nowhere\.invalid: .*KICKOFF_DOOR_HOST"):
        check_ports(Settings(door=DoorSettings(host="nowhere.invalid")))
