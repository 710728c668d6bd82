"""A token for one who hears many players."""

import json
from pathlib import Path

import pytest

from kickoff.cli import main
from kickoff.clock import WallClock
from kickoff.door.collectors import COLLECTOR_DECODER, COLLECTOR_PURPOSE
from kickoff.plumbing.key_files import create, store
from kickoff.seals import Seals
from tests.aftermath.logs import write_log


def test_a_collectors_token_is_of_one_night_and_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the door opens is what was asked for."""
    write_log(tmp_path / "journal", [])
    keys = create()
    store(tmp_path, keys)
    with pytest.raises(SystemExit) as ended:
        main(["collector", str(tmp_path), "--name", "cdn-north", "--days", "2", "--json"])
    assert not ended.value.code
    told = json.loads(capsys.readouterr().out)
    now = WallClock().now()
    claims = Seals(keys.seals).open(COLLECTOR_PURPOSE, told["token"], COLLECTOR_DECODER, at_us=now)
    assert (claims.name, claims.night) == ("cdn-north", "a-night")
    assert 1.9 < (claims.expires_at - now) / 86_400e6 < 2


def test_without_keys_it_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Name the folder of a run."""
    write_log(tmp_path / "journal", [])
    with pytest.raises(SystemExit) as ended:
        main(["collector", str(tmp_path), "--name", "cdn-north"])
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
